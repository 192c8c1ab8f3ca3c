"""Imports of contacts: read, mapped, checked, applied, undone, reported on."""

from __future__ import annotations

import csv
import io
from datetime import date
from uuid import UUID

import pytest

from core.importing.contacts.part import Contacts
from core.importing.nights import CLOSED
from core.importing.services.ahead import BY_NUMBER, Alone, Following
from core.importing.services.batches import own
from core.kit.sheets import cut
from gateway import background
from gateway.nightly import run_job
from tests.cast import Tenant
from tests.importing import BATCH, Importing, table, workbook


async def test_r051_a_file_is_read_checked_and_applied(importing: Importing) -> None:
    await importing.tenant.group("Customers")
    content = table(
        ["Code client", "Raison sociale", "Groupe", "CP", "Ville", "Tél"],
        ["C1", "Dalkia", "Customers", "69003", "Lyon", "04 72 00 00 01"],
        ["", "Engie", "", "", "Nantes", ""],
    )

    read = await importing.read(content)
    checked = await importing.do("importCheck", read["id"])
    before = await importing.contacts()
    applied = await importing.do("importApply", read["id"])

    assert (read["state"], read["rowCount"], read["headerRow"]) == ("READ", 2, 1)
    assert [(c["header"], c["field"]) for c in read["columns"]] == [
        ("Code client", "reference"), ("Raison sociale", "name"), ("Groupe", "group"),
        ("CP", "postcode"), ("Ville", "town"), ("Tél", "phone"),
    ]  # fmt: skip
    assert read["job"]["state"] == "SUCCEEDED"
    assert (checked["state"], before) == ("CHECKED", [])
    assert checked["counts"] | {"created": 0} == dict.fromkeys(checked["counts"], 0)
    assert checked["counts"]["created"] == 2
    first, second = await importing.rows(checked)
    assert first["number"] == 2
    assert first["changes"] == [
        {"field": "reference", "before": None, "after": "C1"},
        {"field": "name", "before": None, "after": "Dalkia"},
        {"field": "postcode", "before": None, "after": "69003"},
        {"field": "town", "before": None, "after": "Lyon"},
        {"field": "phone", "before": None, "after": "04 72 00 00 01"},
        {"field": "group", "before": None, "after": "Customers"},
    ]
    assert {"field": "group", "before": None, "after": "Imported contacts"} in second["changes"]
    assert (applied["state"], applied["counts"]["written"]) == ("APPLIED", 2)
    assert await importing.contacts("name reference town phone group { name } version") == [
        {"name": "Dalkia", "reference": "C1", "town": "Lyon", "phone": "04 72 00 00 01",
         "group": {"name": "Customers"}, "version": 1},
        {"name": "Engie", "reference": None, "town": "Nantes", "phone": None,
         "group": {"name": "Imported contacts"}, "version": 1},
    ]  # fmt: skip
    assert applied["file"]["filename"] == "clients.csv"
    assert applied["createdBy"] == "Camille"


async def test_r052_a_contact_is_known_by_its_reference_and_by_nothing_else(
    importing: Importing,
) -> None:
    site = await importing.tenant.contact("Dalkia", reference="C1", town="Lyon", street="rue A")
    await importing.tenant.contact("Engie")

    batch = await importing.apply(
        table(["Référence", "Nom", "Ville", "Rue"], ["C1", "Dalkia Nord", "", "#EMPTY"],
              ["C2", "Engie", "Nantes", ""])
    )  # fmt: skip

    changed, created = await importing.rows(batch)
    assert (changed["outcome"], created["outcome"]) == ("CHANGED", "CREATED")
    assert changed["changes"] == [
        {"field": "name", "before": "Dalkia", "after": "Dalkia Nord"},
        {"field": "street", "before": "rue A", "after": None},
    ]
    found = {c["reference"]: c for c in await importing.contacts("id name reference town street")}
    assert found["C1"] == {
        "id": site, "name": "Dalkia Nord", "reference": "C1", "town": "Lyon", "street": None,
    }  # fmt: skip
    assert found["C2"]["id"] == created["targetId"]
    assert found[None]["name"] == "Engie"


async def test_r052_the_word_that_clears_is_the_users_choice(importing: Importing) -> None:
    await importing.tenant.contact("Dalkia", reference="C1", town="Lyon", street="rue A")
    content = table(["Référence", "Ville", "Rue"], ["C1", "#EMPTY", "(vide)"])

    batch = await importing.read(content, clearWord="(vide)")
    batch = await importing.do("importCheck", batch["id"])

    assert batch["clearWord"] == "(vide)"
    assert (await importing.rows(batch))[0]["changes"] == [
        {"field": "town", "before": "Lyon", "after": "#EMPTY"},
        {"field": "street", "before": "rue A", "after": None},
    ]
    file = await importing.send(content)
    assert await importing.tenant.refused(
        "importCreate", fileId=file, sheet="contacts", clearWord=" "
    ) == [("TEXT_REQUIRED", "clearWord")]


async def test_r052_what_is_ambiguous_is_refused(importing: Importing) -> None:
    for name in ("Dalkia", "Engie"):
        await importing.tenant.contact(name, reference="C1")
    await importing.tenant.contact("Vinci", reference="c2")

    batch = await importing.apply(
        table(["Référence", "Nom", "Parent"], ["C1", "X", ""], ["C3", "Y", "C1"],
              ["C4", "Z", ""], ["C4", "Z", ""], ["C2", "W", ""], ["C5", "V", ""])
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        [("AMBIGUOUS_REFERENCE", "reference")],
        [("AMBIGUOUS_PARENT", "parentReference")],
        [("DUPLICATE_IN_FILE", "reference")],
        [("DUPLICATE_IN_FILE", "reference")],
        "CREATED",
        "CREATED",
    ]
    assert (await importing.rows(batch))[4]["notes"] == [
        {"code": "CASE_DIFFERS", "field": "reference",
         "message": "There is 'c2', which differs by its case only."}
    ]  # fmt: skip
    assert {c["name"] for c in await importing.contacts()} == {"Dalkia", "Engie", "Vinci", "W", "V"}


async def test_r053_parents_come_by_reference_in_any_order(importing: Importing) -> None:
    await importing.tenant.contact("Groupe", reference="G")

    batch = await importing.apply(
        table(["Référence", "Nom", "Référence du parent", "Lien"],
              ["S2", "Site 2", "S1", "site facturé au parent"], ["S1", "Site 1", "G", ""],
              ["R", "Racine", "", ""])
    )  # fmt: skip

    assert await importing.outcomes(batch) == ["CREATED"] * 3
    found = {c["reference"]: c for c in await importing.contacts(
        "reference depth descendantCount parentKind path { contact { name } }")}  # fmt: skip
    path = [step["contact"]["name"] for step in found["S2"].pop("path")]
    assert sorted(path) == ["Groupe", "Site 1"]
    assert found["S2"] == {
        "reference": "S2", "depth": 2, "descendantCount": 0, "parentKind": "BILLING_SITE",
    }  # fmt: skip
    assert (found["G"]["descendantCount"], found["S1"]["parentKind"]) == (2, "OTHER")
    assert found["R"]["depth"] == 0


async def test_r053_a_blank_parent_never_unparents_and_the_word_does(importing: Importing) -> None:
    root = await importing.tenant.contact("Groupe", reference="G")
    await importing.tenant.contact("Site 1", reference="S1", parent=root)
    await importing.tenant.contact("Site 2", reference="S2", parent=root)

    batch = await importing.apply(
        table(["Référence", "Parent"], ["S1", ""], ["S2", "#EMPTY"])
    )  # fmt: skip

    assert await importing.outcomes(batch) == ["UNCHANGED", "CHANGED"]
    found = {c["reference"]: c for c in await importing.contacts("reference depth")}
    assert (found["S1"]["depth"], found["S2"]["depth"]) == (1, 0)


async def test_r053_circles_and_missing_parents_are_refused_with_what_hangs_on_them(
    importing: Importing,
) -> None:
    root = await importing.tenant.contact("Groupe", reference="G")
    await importing.tenant.contact("Site", reference="S", parent=root)

    batch = await importing.apply(
        table(["Référence", "Nom", "Parent", "E-mail"],
              ["A", "A", "B", ""], ["B", "B", "C", ""], ["C", "C", "A", ""], ["D", "D", "A", ""],
              ["G", "", "S", ""], ["E", "E", "nowhere", ""], ["F", "F", "E", ""],
              ["H", "H", "", "no address"], ["I", "I", "H", ""], ["S", "", "S", ""],
              ["J", "J", "S", ""], ["K", "K", "nowhere", "none"], ["L", "", "H", ""])
    )  # fmt: skip

    cycle, parent = ("CYCLE", "parentReference"), "parentReference"
    assert await importing.outcomes(batch) == [
        [cycle], [cycle], [cycle], [("PARENT_REFUSED", parent)],
        [cycle], [("UNKNOWN_PARENT", parent)], [("PARENT_REFUSED", parent)],
        [("INVALID_EMAIL", "email")], [("PARENT_REFUSED", parent)], [cycle],
        "CREATED", [("INVALID_EMAIL", "email"), ("UNKNOWN_PARENT", parent)],
        [("NAME_EMPTY", "name"), ("PARENT_REFUSED", parent)],
    ]  # fmt: skip
    messages = [row["problems"][0]["message"] for row in (await importing.rows(batch))[:4]]
    assert messages[0] == "The rows would close a circle: A › B › C › A."
    assert messages[3] == "Its parent 'A', row 2, is refused."
    found = {c["reference"]: c["depth"] for c in await importing.contacts("reference depth")}
    assert found == {"G": 0, "S": 1, "J": 2}


async def test_r053_a_file_may_turn_a_tree_upside_down(importing: Importing) -> None:
    top = await importing.tenant.contact("A", reference="A")
    middle = await importing.tenant.contact("B", reference="B", parent=top)
    await importing.tenant.contact("C", reference="C", parent=middle)

    batch = await importing.apply(
        table(["Référence", "Parent"], ["A", "B"], ["B", "C"], ["C", "#EMPTY"])
    )

    assert await importing.outcomes(batch) == ["CHANGED"] * 3
    found = {c["reference"]: c for c in await importing.contacts(
        "reference depth descendantCount")}  # fmt: skip
    assert [(found[r]["depth"], found[r]["descendantCount"]) for r in "ABC"] == [
        (2, 0), (1, 1), (0, 2),
    ]  # fmt: skip


async def test_r054_custom_fields_come_by_key_and_by_label(importing: Importing) -> None:
    tenant = importing.tenant
    group = await tenant.group()
    for label, type_ in (("Boilers", "DECIMAL"), ("Since", "DATE"), ("Leased", "BOOLEAN")):
        await tenant.do("customFieldCreate", groupId=group, label=label, type=type_)
    await tenant.do(
        "customFieldCreate", groupId=group, label="Énergie", type="LIST",
        options=[{"label": "Gaz"}, {"label": "Fioul"}],
    )  # fmt: skip
    site = await tenant.contact("Dalkia", reference="C1")

    batch = await importing.apply(
        table(["Référence", "custom.boilers", "Since", "leased", "energie", "Groupe"],
              ["C1", "1 234,50", "31/01/2026", "oui", "gaz", ""],
              ["C2", "x", "31/02/2026", "peut-être", "Bois", "Customers"])
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        "CHANGED",
        [("NAME_EMPTY", "name"), ("INVALID_NUMBER", "custom.boilers"),
         ("INVALID_DATE", "custom.since"), ("INVALID_BOOLEAN", "custom.leased"),
         ("UNKNOWN_OPTION", "custom.energie")],
    ]  # fmt: skip
    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { version customValues { key display } } }", id=site
    )
    shown = {v["key"]: v["display"] for v in found["contact"]["customValues"]}
    assert shown == {
        "boilers": "1234.50", "since": "2026-01-31", "leased": "true", "energie": "Gaz",
    }  # fmt: skip
    assert found["contact"]["version"] == 2


@pytest.mark.parametrize(
    "cell",
    [
        "+33612345678",
        "33612345678",
        "3.3612345678E+10",
        "06 12 34 56 78",
        "3,3612345678E10",
        "33612345678.0",
        "612345678.0",
        "+33612345678,0",
        "06.12.34.56.78",
        "0033612345678",
    ],
)
async def test_r056_a_phone_is_the_same_however_a_spreadsheet_has_turned_it(
    importing: Importing, cell: str
) -> None:
    await importing.apply(table(["Nom", "Téléphone"], ["Dalkia", cell]))

    assert await phones(importing) == ["+33612345678"]


async def test_r056_a_phone_may_be_a_number_cell(importing: Importing) -> None:
    content = workbook(["Nom", "Téléphone"], ["Dalkia", 33612345678], ["Engie", 612345678.0])

    await importing.apply(content, "clients.xlsx")

    assert await phones(importing) == ["+33612345678", "+33612345678"]


async def phones(importing: Importing) -> list[str]:
    rows = await importing.tenant.house.owner.fetch(
        "select phone_e164 from core_contact where tenant_id = $1 order by name",
        importing.tenant.id,
    )
    return [row["phone_e164"] for row in rows]


async def test_r056_digits_that_are_lost_are_not_guessed(importing: Importing) -> None:
    batch = await importing.apply(
        table(["Nom", "Téléphone"], ["Dalkia", "3.36E+10"], ["Engie", "demander à l'accueil"])
    )

    assert await importing.outcomes(batch) == [[("DIGITS_LOST", "phone")], "CREATED"]
    assert [n["code"] for n in (await importing.rows(batch))[1]["notes"]] == ["PHONE_UNREADABLE"]


async def test_r051_any_header_is_allowed_and_what_it_meant_is_remembered(
    importing: Importing,
) -> None:
    content = table(["Truc", "Machin", "Bidule"], ["C1", "Dalkia", "?"])
    read = await importing.read(content)
    columns = ["reference", "name", None]

    checked = await importing.do("importCheck", read["id"], columns=columns)
    again = await importing.read(table(["TRUC ", "machin", "Bidule"], ["C2", "Engie", ""]))

    assert [c["field"] for c in read["columns"]] == [None, None, None]
    assert checked["counts"]["created"] == 1
    assert [c["field"] for c in again["columns"]] == columns
    assert again["state"] == "READ"


@pytest.mark.parametrize(
    ("columns", "refusal"),
    [
        (["reference"], ("MAPPING_INCOMPLETE", "columns")),
        (["reference", "colour"], ("UNKNOWN_COLUMN", "columns.1")),
        (["name", "name"], ("DUPLICATE_COLUMN", "columns.1")),
        (["name", "createdAt"], ("UNKNOWN_COLUMN", "columns.1")),
        ([None, None], ("NOTHING_MAPPED", "columns")),
    ],
)
async def test_r051_a_mapping_that_makes_no_sense_is_refused(
    importing: Importing, columns: list[str | None], refusal: tuple[str, str]
) -> None:
    read = await importing.read(table(["Truc", "Nom"], ["C1", "Dalkia"]))

    assert await importing.tenant.refused("importCheck", id=read["id"], columns=columns) == [
        refusal
    ]
    assert (await importing.batch(read["id"]))["state"] == "READ"


async def test_r051_what_somebody_changed_since_the_check_is_not_written_over(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    ids = {r: await tenant.contact(r, reference=r, town="Lyon") for r in ("A", "B", "C")}
    batch = await importing.check(
        table(["Référence", "Nom", "Ville"], ["A", "A", "Nantes"], ["B", "B", "Nantes"],
              ["C", "C", "Lyon"], ["D", "D", "Nantes"], ["E", "E", "Nantes"])
    )  # fmt: skip
    await tenant.do("contactUpdate", id=ids["A"], town="Brest")
    await tenant.do("contactUpdate", id=ids["B"], street="rue B")
    await tenant.do("contactUpdate", id=ids["C"], town="Metz")
    await tenant.contact("D bis", reference="D")

    batch = await importing.do("importApply", batch["id"])

    assert await importing.outcomes(batch) == [
        [("CHANGED_SINCE", None)], "CHANGED", "UNCHANGED", [("CHANGED_SINCE", None)], "CREATED",
    ]  # fmt: skip
    found = {c["name"]: c for c in await importing.contacts("name town street")}
    assert (found["A"]["town"], found["C"]["town"]) == ("Brest", "Metz")
    assert found["B"] == {"name": "B", "town": "Nantes", "street": "rue B"}
    assert "D" not in found
    assert batch["counts"] == {
        "created": 1, "changed": 1, "unchanged": 1, "refused": 2, "written": 2, "undone": 0,
        "kept": 0,
    }  # fmt: skip


async def test_r051_two_imports_at_once_lose_nothing(importing: Importing) -> None:
    await importing.tenant.contact("Dalkia", reference="C1", town="Lyon")
    columns = ["Référence", "Nom", "Ville", "Rue"]
    one = await importing.check(table(columns, ["C1", "", "Nantes", ""], ["N", "New", "", ""]))
    two = await importing.check(table(columns, ["C1", "", "Brest", ""], ["N", "New", "", ""]))
    three = await importing.check(table(columns, ["C1", "", "", "rue A"]))
    for batch in (one, two, three):
        await importing.tenant.do("importApply", id=batch["id"])

    await importing.work()

    first, second, third = [await importing.batch(b["id"]) for b in (one, two, three)]
    assert await importing.outcomes(first) == ["CHANGED", "CREATED"]
    assert await importing.outcomes(second) == [[("CHANGED_SINCE", None)]] * 2
    assert await importing.outcomes(third) == ["CHANGED"]
    assert await importing.contacts("name town street") == [
        {"name": "Dalkia", "town": "Nantes", "street": "rue A"},
        {"name": "New", "town": None, "street": None},
    ]


async def test_r051_undo_takes_back_what_nobody_has_changed_since(importing: Importing) -> None:
    tenant = importing.tenant
    root = await tenant.contact("Groupe", reference="G")
    old = await tenant.contact("Dalkia", reference="C1", town="Lyon", parent=root)
    batch = await importing.apply(
        table(["Référence", "Nom", "Ville", "Parent", "Téléphone"],
              ["C1", "Dalkia Nord", "Nantes", "N2", "0612345678"], ["N1", "Neuf 1", "", "", ""],
              ["N2", "Neuf 2", "", "N1", ""], ["N3", "Neuf 3", "", "", ""],
              ["N4", "Neuf 4", "", "", ""], ["N5", "Neuf 5", "", "", ""])
    )  # fmt: skip
    ids = {row["reference"]: row["targetId"] for row in await importing.rows(batch)}
    await tenant.do("contactUpdate", id=ids["N3"], town="Brest")
    await tenant.contact("Child", parent=ids["N4"])
    await tenant.do("personCreate", contactId=ids["N5"], lastName="Durand")

    undone = await importing.do("importUndo", batch["id"])

    assert undone["state"] == "UNDONE"
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (3, 3)
    rows = {row["reference"]: row for row in await importing.rows(undone)}
    assert {r: (row["kept"] or {}).get("code") for r, row in rows.items()} == {
        "C1": None, "N1": None, "N2": None,
        "N3": "CHANGED_SINCE", "N4": "IN_USE", "N5": "IN_USE",
    }  # fmt: skip
    found = {c["name"]: c for c in await importing.contacts("id name town phone depth version")}
    assert sorted(found) == ["Child", "Dalkia", "Groupe", "Neuf 3", "Neuf 4", "Neuf 5"]
    assert found["Dalkia"] == {
        "id": old, "name": "Dalkia", "town": "Lyon", "phone": None, "depth": 1, "version": 3,
    }  # fmt: skip
    assert await tenant.refused("importApply", id=batch["id"]) == [("WRONG_STATE", "id")]


async def test_r006_the_audit_says_which_import_it_was(importing: Importing) -> None:
    contact = await importing.tenant.contact("Dalkia", reference="C1")

    batch = await importing.apply(table(["Référence", "Ville"], ["C1", "Lyon"]))
    await importing.do("importUndo", batch["id"])

    found = await importing.tenant.ask(
        "query($id: ID!) { contact(id: $id) { history "
        "{ nodes { channel action actor actorName changes } } } }",
        id=contact,
    )
    undone, done, _ = found["contact"]["history"]["nodes"]
    assert done == {
        "channel": "IMPORT", "action": "CHANGED", "actor": batch["id"], "actorName": "Camille",
        "changes": {"town": {"before": None, "after": "Lyon"}},
    }  # fmt: skip
    assert (undone["channel"], undone["changes"]["town"]["after"]) == ("IMPORT", None)


async def test_r051_the_report_has_the_refused_rows_ready_to_be_sent_again(
    importing: Importing,
) -> None:
    batch = await importing.apply(
        table(["Réf", "Raison sociale", "Truc", "E-mail"], ["C1", "Dalkia", "=1+1", "x@"],
              ["C2", "Engie", "", ""], ["C3", "", "", ""])
    )  # fmt: skip

    made = await importing.report(batch, format="CSV", language="fr")

    lines = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert lines == [
        ["Réf", "Raison sociale", "Truc", "E-mail", "Ligne refusée", "Refusée parce que"],
        ["C1", "Dalkia", "'=1+1", "x@", "2", "E-mail : « x@ » n'est pas une adresse e-mail."],
        ["C3", "", "", "", "4", "Raison sociale : un contact doit avoir un nom."],
    ]
    corrected = made.replace(b"x@", b"x@dalkia.fr", 1)
    again = await importing.check(corrected)
    assert [c["field"] for c in again["columns"]] == [
        "reference", "name", None, "email", None, None,
    ]  # fmt: skip
    assert await importing.outcomes(again) == ["CREATED", [("NAME_EMPTY", "name")]]


async def test_r051_applying_is_cancelled_gone_on_with_and_undone(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.importing.services.rows.AT_ONCE", 2)
    monkeypatch.setattr("gateway.background.SLICE_SECONDS", -1)
    batch = await importing.check(table(["Nom"], *([f"Contact {n}"] for n in range(5))))
    started = await importing.tenant.do("importApply", "importBatch { job { id } }", id=batch["id"])
    job = started["importBatch"]["job"]["id"]
    found = await importing.backstage.tenant(importing.tenant.id)
    assert found is not None
    await background.work(importing.backstage, found)  # one step

    await importing.tenant.do("jobCancel", id=job)

    stopped = await importing.batch(batch["id"])
    assert (stopped["state"], stopped["counts"]["written"]) == ("STOPPED", 2)
    assert len(await importing.contacts()) == 2
    gone_on = await importing.do("importApply", batch["id"])
    assert (gone_on["state"], gone_on["counts"]["written"]) == ("APPLIED", 5)
    assert gone_on["job"]["total"] == gone_on["job"]["done"] == 3
    undone = await importing.do("importUndo", batch["id"])
    assert (undone["counts"]["undone"], await importing.contacts()) == (5, [])


async def test_r058_rows_that_were_made_ready_for_another_place_are_read_anew(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.importing.services.rows.AT_ONCE", 2)
    made = await importing.read(table(["Nom"], *([f"Contact {n}"] for n in range(5))))
    place = Alone()
    async with importing.tenant.session() as session:
        batch = await own(session, UUID(made["id"].removeprefix("import_batch_")), None)
        following = Following(session, batch, [Contacts()], BY_NUMBER)

        async def take() -> list[int]:
            return [row.number for row in await following.take(place)]

        assert [await take(), await take()] == [[2, 3], [4, 5]]
        place.cursor = {"after": [2]}  # what a step did whose transaction was undone
        assert [await take() for _ in range(3)] == [[3, 4], [5, 6], []]
        assert place.cursor == {"after": [6]}


async def test_r058_rows_of_imports_that_nobody_touches_for_90_days_go_by_night(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    found = await importing.backstage.tenant(tenant.id)
    assert found is not None
    lines = table(["Référence", "Nom"], ["C1", "Dalkia"], ["C2", ""])
    fresh = await importing.apply(table(["Nom"], ["Fresh"]))
    applied, checked = await importing.apply(lines), await importing.check(lines)
    await tenant.house.owner.execute(
        "update core_import_batch set updated_at = now() - interval '91 days' where id = any($1)",
        [UUID(hex=one["id"].removeprefix("import_batch_")) for one in (applied, checked)],
    )

    await run_job(importing.backstage, found, CLOSED.name, date.today(), by_hand=True)

    assert (await importing.batch(fresh["id"]))["state"] == "APPLIED"
    assert len(await importing.rows(fresh)) == 1
    for one in (applied, checked):
        closed = await importing.batch(one["id"])
        assert (closed["state"], closed["counts"]) == ("CLOSED", one["counts"])
        assert closed["file"] == one["file"]
        assert await importing.rows(closed) == []
        for what in ("importCheck", "importApply", "importUndo", "importReport"):
            assert await tenant.refused(what, id=one["id"]) == [("WRONG_STATE", "id")]
    assert await tenant.refused("importDelete", id=applied["id"]) == [("WRONG_STATE", "id")]
    await tenant.do("importDelete", "deletedId", id=checked["id"])


async def test_r082_another_tenants_import_is_not_there(
    importing: Importing, other_tenant: Tenant
) -> None:
    batch = await importing.read(table(["Nom"], ["Dalkia"]))

    answer = await other_tenant.answer(BATCH, id=batch["id"])

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    for what in ("importCheck", "importApply", "importUndo", "importDelete", "importReport"):
        assert await other_tenant.refused(what, id=batch["id"]) == [("NOT_FOUND", "id")]


async def test_r083_an_import_needs_the_permission_for_what_it_writes(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    file = await importing.send(table(["Nom"], ["Dalkia"]))
    create = "mutation($input: ImportCreateInput!) { importCreate(input: $input) { __typename } }"
    for permission in ("imports.write", "contacts.write"):
        answer = await tenant.without(permission).answer(
            create, input={"fileId": file, "sheet": "contacts"}
        )
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await tenant.ask("{ importSheets }"))["importSheets"] == ["contacts", "persons"]
    assert await tenant.refused("importCreate", fileId=file, sheet="cars") == [
        ("UNKNOWN_SHEET", "sheet")
    ]


async def test_r004_an_archived_contact_is_changed_and_said_to_be_archived(
    importing: Importing,
) -> None:
    contact = await importing.tenant.contact("Dalkia", reference="C1")
    await importing.tenant.do("contactArchive", id=contact)

    batch = await importing.apply(table(["Référence", "Ville"], ["C1", "Lyon"]))

    (row,) = await importing.rows(batch)
    assert (row["outcome"], [note["code"] for note in row["notes"]]) == ("CHANGED", ["ARCHIVED"])


async def test_r083_who_may_only_see_imports_has_their_reports(importing: Importing) -> None:
    batch = await importing.check(table(["Nom", "E-mail"], ["Dalkia", "x"]))
    tenant = importing.tenant
    importing.tenant = tenant.without("imports.write", "contacts.write")

    assert b"Dalkia" in await importing.report(batch, format="CSV")


async def test_r058_the_file_is_kept_with_the_import_until_that_is_forgotten(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    batch = await importing.check(table(["Nom"], ["Dalkia"]))
    claims = "select claims from core_file where tenant_id = $1"
    assert await tenant.house.owner.fetchval(claims, tenant.id) == 1

    deleted = await tenant.do("importDelete", "deletedId", id=batch["id"])

    assert deleted["deletedId"] == batch["id"]
    assert await tenant.house.owner.fetchval(claims, tenant.id) == 0
    rows = "select count(*) from core_import_row where tenant_id = $1"
    assert await tenant.house.owner.fetchval(rows, tenant.id) == 0


async def test_what_columns_may_mean_is_said_by_the_api(importing: Importing) -> None:
    await importing.tenant.do(
        "customFieldCreate", groupId=await importing.tenant.group(), label="Énergie", type="TEXT"
    )
    found = await importing.tenant.ask(
        "query($s: String!) { importFields(sheet: $s) { key french english headers } }",
        s="contacts",
    )

    fields = {f["key"]: f for f in found["importFields"]}
    assert fields["custom.energie"]["headers"][0] == "custom.energie"
    assert "code client" in fields["reference"]["headers"]
    assert "createdAt" not in fields
    assert fields["person.firstName"]["french"] == "Prénom (personne principale)"


async def test_r001_a_row_that_the_database_refuses_keeps_no_other_from_being_written(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    batch = await importing.check(
        table(["Référence", "Nom", "Groupe"], *([f"R{n}", f"N{n}", ""] for n in range(9)))
    )
    await tenant.house.owner.execute(
        "alter table core_contact add constraint no_n4 check (name <> 'N4') not valid"
    )
    try:
        batch = await importing.do("importApply", batch["id"])
    finally:
        await tenant.house.owner.execute("alter table core_contact drop constraint no_n4")

    assert [o for o in await importing.outcomes(batch) if o != "CREATED"] == [
        [("NOT_WRITTEN", None)]
    ]
    assert batch["counts"]["written"] == 8


async def test_r057_a_text_that_an_export_had_to_cut_is_left_as_it_is(
    importing: Importing,
) -> None:
    await importing.tenant.contact("Dalkia", reference="C1", information="the whole")

    batch = await importing.check(table(["Référence", "Informations"], ["C1", cut("x" * 40_000)]))

    (row,) = await importing.rows(batch)
    assert (row["outcome"], row["changes"]) == ("UNCHANGED", [])
    assert [(note["code"], note["field"]) for note in row["notes"]] == [("CELL_CUT", "information")]
