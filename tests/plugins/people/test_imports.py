"""Imports of persons, and of primary persons in the rows of contacts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Tenant
from tests.importing import Importing, table

PERSONS = """{ persons(orderBy: [NAME_ASC], first: 100) { nodes {
  id firstName lastName email mobile isPrimary version contact { reference }
  bookingAccess receivesDocuments receivesMarketing } } }"""
HEADERS = ["UID", "Référence du contact", "Prénom", "Nom", "E-mail", "Mobile"]


async def people(tenant: Tenant) -> list[Any]:
    found: list[Any] = (await tenant.ask(PERSONS))["persons"]["nodes"]
    return found


async def names(tenant: Tenant) -> dict[str, tuple[str | None, bool]]:
    """By last name: the reference of the contact, and whether they are the primary person."""
    return {
        p["lastName"]: ((p["contact"] or {}).get("reference"), p["isPrimary"])
        for p in await people(tenant)
    }


async def person(tenant: Tenant, last_name: str, contact: str | None = None, **more: Any) -> str:
    given = {"lastName": last_name, "contactId": contact, **more}
    made = await tenant.do("personCreate", "person { id }", **given)
    return str(made["person"]["id"])


async def test_r055_a_person_is_known_by_the_uid_and_by_nothing_else(importing: Importing) -> None:
    tenant = importing.tenant
    site = await tenant.contact("Dalkia", reference="C1")
    camille = await person(tenant, "Martin", site, firstName="Camille", email="c@dalkia.fr")

    batch = await importing.apply(
        table(HEADERS, [camille, "", "", "Durand", "", "0612345678"],
              ["", "C1", "Camille", "Martin", "c@dalkia.fr", ""]),
        sheet="persons",
    )  # fmt: skip

    assert await importing.outcomes(batch) == ["CHANGED", "CREATED"]
    found = {p["lastName"]: p for p in await people(tenant)}
    assert found["Durand"]["id"] == camille
    assert (found["Durand"]["firstName"], found["Durand"]["mobile"]) == ("Camille", "0612345678")
    assert (found["Durand"]["version"], found["Durand"]["isPrimary"]) == (2, True)
    assert found["Martin"]["id"] == (await importing.rows(batch))[1]["targetId"]
    assert (found["Martin"]["isPrimary"], found["Martin"]["contact"]) == (
        False,
        {"reference": "C1"},
    )


async def test_r055_unknown_uids_and_contacts_are_errors_of_their_rows(
    importing: Importing, other_tenant: Tenant
) -> None:
    theirs = await person(other_tenant, "Secret")
    for name in ("A", "B"):
        await importing.tenant.contact(name, reference="twice")

    batch = await importing.apply(
        table(HEADERS, [theirs, "", "", "X", "", ""], ["person_" + 32 * "0", "", "", "X", "", ""],
              ["4711", "", "", "X", "", ""], ["", "nowhere", "", "X", "", ""],
              ["", "twice", "", "X", "", ""], ["", "", "", "Alone", "", ""],
              ["", "", "", "", "", "06"], ["#EMPTY", "", "", "X", "", ""]),
        sheet="persons",
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        [("UNKNOWN_UID", "uid")], [("UNKNOWN_UID", "uid")], [("INVALID_ID", "uid")],
        [("UNKNOWN_CONTACT", "contactReference")], [("AMBIGUOUS_REFERENCE", "contactReference")],
        "CREATED", [("PERSON_EMPTY", "lastName")], [("INVALID_ID", "uid")],
    ]  # fmt: skip
    rows = await importing.rows(batch)
    assert [r["problems"][0]["message"] for r in rows[:2]] == [
        f"There is no person '{theirs}'.", f"There is no person 'person_{32 * '0'}'.",
    ]  # fmt: skip
    assert [note["code"] for note in rows[5]["notes"]] == ["UNATTACHED"]
    assert await names(importing.tenant) == {"Alone": (None, False)}
    assert len(await importing.contacts()) == 2
    assert [p["lastName"] for p in await people(other_tenant)] == ["Secret"]


async def test_r055_twice_the_same_uid_is_refused(importing: Importing) -> None:
    camille = await person(importing.tenant, "Martin")

    batch = await importing.check(
        table(["UID", "Nom"], [camille, "A"], [camille, "B"]), sheet="persons"
    )

    assert await importing.outcomes(batch) == [[("DUPLICATE_IN_FILE", "uid")]] * 2


async def test_r040_imported_persons_leave_each_contact_one_primary_person(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one, two = [await tenant.contact(r, reference=r) for r in ("C1", "C2")]
    first = await person(tenant, "First", one)
    await person(tenant, "Second", one)
    lonely = await person(tenant, "Lonely", two)

    await importing.apply(
        table(HEADERS, [first, "C2", "", "", "", ""], ["", "C3", "", "New 1", "", ""],
              ["", "C1", "", "New 2", "", ""], [lonely, "#EMPTY", "", "", "", ""]),
        sheet="persons",
    )  # fmt: skip
    assert await names(tenant) == {
        "First": ("C2", True), "Second": ("C1", True), "New 2": ("C1", False),
        "Lonely": (None, False),
    }  # fmt: skip


async def test_r041_switches_are_read_as_people_write_them(importing: Importing) -> None:
    batch = await importing.apply(
        table(["Nom", "Accès à la réservation", "Reçoit les documents", "Receives marketing"],
              ["A", "oui", "non", "FAUX"], ["B", "", "", ""], ["C", "peut-être", "", ""]),
        sheet="persons",
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        "CREATED", "CREATED", [("INVALID_BOOLEAN", "bookingAccess")],
    ]  # fmt: skip
    assert [
        (p["bookingAccess"], p["receivesDocuments"], p["receivesMarketing"])
        for p in await people(importing.tenant)
    ] == [(True, False, False), (False, True, True)]


async def test_r051_undoing_persons_leaves_each_contact_one_primary_person(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    await tenant.contact("C2", reference="C2")
    old = await person(tenant, "Old", one, email="old@c1.fr")
    before = await people(tenant)
    batch = await importing.apply(
        table(HEADERS, [old, "C2", "", "Moved", "", ""], ["", "C1", "", "New 1", "", ""],
              ["", "C2", "", "New 2", "", ""], ["", "C2", "", "New 3", "", ""],
              ["", "", "", "New 4", "", ""]),
        sheet="persons",
    )  # fmt: skip
    ids = {row["cells"][3]: row["targetId"] for row in await importing.rows(batch)}
    assert await names(tenant) == {
        "Moved": ("C2", True), "New 1": ("C1", True), "New 2": ("C2", False),
        "New 3": ("C2", False), "New 4": (None, False),
    }  # fmt: skip
    await tenant.do("personUpdate", id=ids["New 3"], firstName="Eva")
    await tenant.do("consentRecord", personId=ids["New 4"], status="GRANTED", medium="EMAIL")

    undone = await importing.do("importUndo", batch["id"])

    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (3, 2)
    kept = [(row["kept"] or {}).get("code") for row in await importing.rows(undone)]
    assert kept == [None, None, None, "CHANGED_SINCE", "IN_USE"]
    assert await names(tenant) == {
        "Old": ("C1", True), "New 3": ("C2", True), "New 4": (None, False),
    }  # fmt: skip
    after = {p["lastName"]: p for p in await people(tenant)}
    assert after["Old"] | {"version": 1} == before[0]


MAIN = ["UID", "Référence du contact", "Nom", "Principale"]


async def test_r041_a_row_makes_its_person_the_primary_one_in_place_of_who_is(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.importing.services.rows.AT_ONCE", 2)
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    for reference in ("C2", "C3"):
        await tenant.contact(reference, reference=reference)
    old, other = [await person(tenant, name, one) for name in ("Old", "Other")]
    before = await names(tenant)

    batch = await importing.apply(
        table(MAIN, [old, "C1", "Older", "non"], [other, "C1", "", "oui"],
              ["", "C2", "First", "non"], ["", "C2", "Second", ""], ["", "C2", "Main", "x"],
              ["", "C3", "Alone", "non"]),
        sheet="persons",
    )  # fmt: skip

    assert await names(tenant) == {
        "Older": ("C1", False), "Other": ("C1", True), "First": ("C2", False),
        "Second": ("C2", False), "Main": ("C2", True), "Alone": ("C3", True),
    }  # fmt: skip
    rows = await importing.rows(batch)
    assert [row["outcome"] for row in rows] == ["CHANGED"] * 2 + ["CREATED"] * 4
    assert [note["code"] for note in rows[0]["notes"]] == ["PRIMARY_STAYS"]
    assert rows[1]["changes"] == [{"field": "isPrimary", "before": "false", "after": "true"}]
    assert {"field": "isPrimary", "before": None, "after": "true"} in rows[4]["changes"]
    undone = await importing.do("importUndo", batch["id"])
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (6, 0)
    assert await names(tenant) == before == {"Old": ("C1", True), "Other": ("C1", False)}


async def test_r041_who_comes_to_a_contact_may_take_the_place_of_who_leaves_it(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one, two = [await tenant.contact(r, reference=r) for r in ("C1", "C2")]
    leaves = await person(tenant, "Leaves", one)
    await person(tenant, "Stays", one)
    comes = await person(tenant, "Comes", two)
    await person(tenant, "Left", two)
    before = await names(tenant)

    batch = await importing.apply(
        table(MAIN, [leaves, "C2", "", "oui"], [comes, "C1", "", "oui"]), sheet="persons"
    )

    assert await importing.outcomes(batch) == ["CHANGED", "CHANGED"]
    assert [row["changes"] for row in await importing.rows(batch)] == [
        [{"field": "contactReference", "before": "C1", "after": "C2"},
         {"field": "isPrimary", "before": "false", "after": "true"}],
        [{"field": "contactReference", "before": "C2", "after": "C1"},
         {"field": "isPrimary", "before": "false", "after": "true"}],
    ]  # fmt: skip
    assert await names(tenant) == {
        "Leaves": ("C2", True), "Stays": ("C1", False), "Comes": ("C1", True),
        "Left": ("C2", False),
    }  # fmt: skip
    undone = await importing.do("importUndo", batch["id"])
    assert (undone["counts"]["undone"], await names(tenant)) == (2, before)


async def test_r041_two_primary_persons_of_a_contact_are_refused_both(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    old = await person(tenant, "Old", one)
    alone = await person(tenant, "Alone")

    batch = await importing.apply(
        table(MAIN, [old, "", "Older", "oui"], ["", "C1", "New", "oui"], ["", "C1", "Third", "?"],
              [alone, "", "", "oui"], ["", "C1", "Fourth", "non"]),
        sheet="persons",
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        [("TWO_PRIMARIES", "isPrimary")], [("TWO_PRIMARIES", "isPrimary")],
        [("INVALID_BOOLEAN", "isPrimary")], [("PERSON_UNATTACHED", "isPrimary")], "CREATED",
    ]  # fmt: skip
    (first, second, *_) = await importing.rows(batch)
    assert first["problems"][0]["message"] == (
        "Row 3 says of another person of the contact that it is the primary one: leave it to one "
        "of them."
    )
    assert second["problems"][0]["message"].startswith("Row 2 says")
    assert await names(tenant) == {
        "Old": ("C1", True), "Alone": (None, False), "Fourth": ("C1", False),
    }  # fmt: skip


async def test_r054_a_contact_row_may_carry_its_primary_person(importing: Importing) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    camille = await person(tenant, "Martin", one, firstName="Camille")
    await person(tenant, "Other", one)
    await tenant.contact("C2", reference="C2")

    batch = await importing.apply(
        table(["Référence", "Nom", "Prénom", "Nom de la personne", "E-mail", "E-mail personne",
               "Portable"],
              ["C1", "", "", "Durand", "c1@x.fr", "", "06 12 34 56 78"],
              ["C2", "", "Eva", "Petit", "", "eva@x.fr", ""],
              ["C3", "New", "Noé", "", "", "", ""],
              ["C4", "Bad", "Léa", "", "", "no address", ""],
              ["C5", "Nobody", "", "", "", "", ""]),
    )  # fmt: skip

    assert [c["field"] for c in batch["columns"]] == [
        "reference", "name", "person.firstName", "person.lastName", "email", "person.email",
        "person.mobile",
    ]  # fmt: skip
    assert await importing.outcomes(batch) == [
        "CHANGED", "CHANGED", "CREATED", [("INVALID_EMAIL", "person.email")], "CREATED",
    ]  # fmt: skip
    assert {"field": "person.lastName", "before": "Martin", "after": "Durand"} in (
        await importing.rows(batch)
    )[0]["changes"]
    found = {(p["firstName"], p["lastName"]): p for p in await people(tenant)}
    assert found["Camille", "Durand"]["id"] == camille
    assert found["Camille", "Durand"]["mobile"] == "06 12 34 56 78"
    assert found["Eva", "Petit"] | {"id": "", "version": 1} == {
        "id": "", "firstName": "Eva", "lastName": "Petit", "email": "eva@x.fr", "mobile": None,
        "isPrimary": True, "version": 1, "contact": {"reference": "C2"}, "bookingAccess": False,
        "receivesDocuments": True, "receivesMarketing": True,
    }  # fmt: skip
    assert found["Noé", None]["contact"] == {"reference": "C3"}
    assert len(found) == 4
    versions = {c["reference"]: c["version"] for c in await importing.contacts("reference version")}
    assert versions == {"C1": 2, "C2": 1, "C3": 1, "C5": 1}


async def test_r054_undoing_takes_back_the_primary_person_too(importing: Importing) -> None:
    tenant = importing.tenant
    one = await tenant.contact("C1", reference="C1")
    await person(tenant, "Martin", one, firstName="Camille")
    batch = await importing.apply(
        table(["Référence", "Nom", "Nom de la personne"],
              ["C1", "", "Durand"], ["C2", "New", "Petit"], ["C3", "New", "Roux"])
    )  # fmt: skip
    third = (await importing.rows(batch))[2]["targetId"]
    await person(tenant, "Late", third)

    undone = await importing.do("importUndo", batch["id"])

    assert [(row["kept"] or {}).get("code") for row in await importing.rows(undone)] == [
        None, None, "IN_USE",
    ]  # fmt: skip
    assert await names(tenant) == {
        "Martin": ("C1", True), "Roux": ("C3", True), "Late": ("C3", False),
    }  # fmt: skip
    assert {c["reference"] for c in await importing.contacts()} == {"C1", "C3"}


@pytest.mark.parametrize("permission", ["people.write"])
async def test_r083_without_the_permission_for_persons_their_columns_mean_nothing(
    importing: Importing, permission: str
) -> None:
    tenant = importing.tenant
    file = await importing.send(table(["Nom", "Prénom", "Portable"], ["A", "Eva", "06"]))
    made = await tenant.without(permission).do(
        "importCreate", "importBatch { id }", fileId=file, sheet="contacts"
    )
    await importing.work()

    batch = await importing.batch(made["importBatch"]["id"])

    assert [c["field"] for c in batch["columns"]] == ["name", None, None]


async def test_r083_who_may_not_write_persons_does_not_apply_an_import_of_them(
    importing: Importing,
) -> None:
    batch = await importing.check(table(["Nom"], ["Durand"]), sheet="persons")
    apply = "mutation($id: ID!) { importApply(input: {id: $id}) { importBatch { id } } }"

    answer = await importing.tenant.without("people.write").answer(apply, id=batch["id"])

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await importing.batch(batch["id"]))["state"] == "CHECKED"


async def test_r051_a_person_changed_since_the_check_is_not_written_over(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    one = await person(tenant, "One", email="a@x.fr")
    two = await person(tenant, "Two", email="a@x.fr")
    batch = await importing.check(
        table(["UID", "E-mail"], [one, "b@x.fr"], [two, "b@x.fr"]), sheet="persons"
    )
    await tenant.do("personUpdate", id=one, email="c@x.fr")
    await tenant.do("personUpdate", id=two, firstName="Eva")

    batch = await importing.do("importApply", batch["id"])

    assert await importing.outcomes(batch) == [[("CHANGED_SINCE", None)], "CHANGED"]
    found = {p["lastName"]: (p["firstName"], p["email"]) for p in await people(tenant)}
    assert found == {"One": (None, "c@x.fr"), "Two": ("Eva", "b@x.fr")}
