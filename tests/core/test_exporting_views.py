"""Exports of saved views, of every list, and of what not everybody may see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.importing.services.rows import cells_of
from core.kit.ids import global_id
from core.kit.sheets import MOST_CHARACTERS, characters, cut, is_cut
from tests.cast import Tenant
from tests.core.test_exporting import Exporting, backstage, exporting
from tests.core.test_views import save
from tests.plugins.crm.cast import colleague
from tests.plugins.finance.cast import invoice
from tests.plugins.missions.cast import mission

__all__ = ["backstage", "exporting"]  # the fixtures


async def jobs(tenant: Tenant) -> int:
    return int((await tenant.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"])


async def test_r057_an_export_obeys_a_saved_view_where_nothing_else_is_said(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    parent = await tenant.contact("Group", reference="G1", town="Brest")
    for name, town in (("Dalkia", "Lyon"), ("Engie", "Lyon"), ("Vinci", "Brest")):
        await tenant.contact(name, town=town, parent=parent)
    view = await save(
        tenant, "Lyon", columns=["name", "group.name", "parent.reference"],
        arguments={"where": {"town": {"eq": "Lyon"}}, "orderBy": ["NAME_DESC"]},
    )  # fmt: skip

    assert await exporting.lines(viewId=view["id"]) == [
        ["Nom", "Groupe", "Référence du parent"],
        ["Engie", "Customers", "G1"],
        ["Dalkia", "Customers", "G1"],
    ]
    assert await exporting.lines(
        viewId=view["id"], columns=["name"], where={"town": {"eq": "Brest"}}
    ) == [["Nom"], ["Vinci"], ["Group"]]


async def test_r057_a_view_may_name_custom_fields_and_is_checked_anew(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    group = await tenant.group()
    await tenant.do("customFieldCreate", groupId=group, label="Energy", type="TEXT")
    site = await tenant.contact("Site")
    await tenant.do("contactSetCustomValues", id=site, values=[{"key": "energy", "text": "gas"}])
    view = await save(tenant, "Energies", columns=["customValues.energy", "name"])

    assert await exporting.lines(viewId=view["id"]) == [["Energy", "Nom"], ["gas", "Site"]]


async def test_views_that_are_not_there_or_do_not_fit_are_refused_and_nothing_begins(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    eve = await colleague(tenant, "eve")
    mine = await save(tenant, "Mine")
    shared = await save(tenant, "Ours", isShared=True)
    persons = await save(tenant, "People", listName="persons", columns=["lastName"])
    versions = await save(tenant, "Versions", columns=["name", "version"])

    assert await eve.refused("contactsExport", viewId=mine["id"]) == [("NOT_FOUND", "viewId")]
    for identifier, refusal in (
        (global_id("saved_view", UUID(int=3)), ("NOT_FOUND", "viewId")),
        ("x", ("INVALID_ID", "viewId")),
        (persons["id"], ("OTHER_LIST", "viewId")),
        (versions["id"], ("VIEW_COLUMN_NOT_EXPORTED", "columns")),
    ):
        assert await tenant.refused("contactsExport", viewId=identifier) == [refusal]
    assert await jobs(tenant) == 0
    assert await exporting.lines(viewId=versions["id"], columns=["name"]) == [["Nom"]]
    assert await jobs(tenant) == 1
    assert (await eve.do("contactsExport", viewId=shared["id"]))["userErrors"] == []


async def test_r057_every_list_can_be_exported_as_it_is_filtered_and_ordered(
    exporting: Exporting, tmp_path: Path
) -> None:
    tenant = exporting.tenant
    me = global_id("user", tenant.user_id)
    site = await tenant.contact("Site", reference="S1")
    for description in ("Boiler", "Door"):
        await mission(tenant, site, description=description, amountExclTax="10.50")
    await invoice(tenant, site, issueDate="2026-01-31")
    call = await tenant.do("noteTypeCreate", "noteType { id }", name="Call")
    await tenant.do(
        "noteCreate", contactId=site, typeId=call["noteType"]["id"], subject="Call back",
        text="a;b\n=1", ownerId=me,
    )  # fmt: skip
    await tenant.do(
        "opportunityCreate", contactId=site, name="Contract", valueExclTax="1000", ownerId=me
    )

    async def csv(name: str, **asked: Any) -> list[list[str]]:
        return await exporting.lines_of(name, language="en", **asked)

    assert await csv(
        "missionsExport", columns=["description", "contactReference", "type", "amountExclTax"],
        where={"reference": {"contains": "M-"}}, orderBy=["REFERENCE_ASC"],
    ) == [
        ["Description", "Contact reference", "Type", "Amount excl. tax"],
        ["Boiler", "S1", "Repair", "10.50"], ["Door", "S1", "Repair", "10.50"],
    ]  # fmt: skip
    assert await csv(
        "financialDocumentsExport", columns=["kind", "issueDate", "totalInclTax", "contactName"],
        where={"kind": {"eq": "INVOICE"}},
    ) == [
        ["Kind", "Issue date", "Total incl. tax", "Contact name"],
        ["INVOICE", "2026-01-31", "120.00", "Site"],
    ]  # fmt: skip
    assert await csv(
        "notesExport", columns=["subject", "text", "owner"], where={"status": {"eq": "OPEN"}}
    ) == [["Subject", "Text", "Owner"], ["Call back", "a;b\n=1", "Camille"]]
    assert await csv(
        "opportunitiesExport", columns=["name", "stage", "valueExclTax", "status"],
        orderBy=["VALUE_EXCL_TAX_DESC"],
    ) == [
        ["Name", "Stage", "Value excl. tax", "Status"],
        ["Contract", (await csv("opportunitiesExport", columns=["stage"]))[1][0],
         "1000.00", "NEW"],
    ]  # fmt: skip
    for name, sheet in tenant.house.modules.sheets.items():
        job, content = await exporting.run(f"{name}Export")
        (tmp_path / "book.xlsx").write_bytes(content)
        rows = CalamineWorkbook.from_path(tmp_path / "book.xlsx").get_sheet_by_index(0).to_python()
        assert job["state"] == "SUCCEEDED"
        assert rows[0][: len(sheet.columns)] == [c.french for c in sheet.columns]


async def test_r057_suspensions_mails_and_users_are_exported_as_their_lists_show_them(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    site = await tenant.contact("Site", reference="S1")
    for reason in ("Litige", "Impayé"):
        await tenant.do("contactSuspend", contactId=site, reason=reason, scope={"self": True})
    await tenant.do("tenantSettingsUpdate", exportDomains=["customer.fr"])
    await exporting.run(columns=["name"], sendTo="jean@customer.fr", format="CSV")
    eve = await colleague(tenant, "eve")

    suspensions = ["contactReference", "cause", "reason", "suspendedBy", "liftedAt"]
    assert await exporting.lines_of(
        "suspensionsExport", columns=suspensions, orderBy=["SINCE_ASC"], where={"lifted": False}
    ) == [
        ["Référence du contact", "Cause", "Motif", "Suspendu par", "Levée le"],
        ["S1", "MANUAL", "Litige", "Camille", ""], ["S1", "MANUAL", "Impayé", "Camille", ""],
    ]  # fmt: skip
    # That there is a mail is no secret; what it says is its recipient's alone.
    mails = ["address", "subject", "kind", "state"]
    assert await exporting.lines_of("mailsExport", columns=mails, language="en") == [
        ["Address", "Subject", "Kind", "State"],
        ["jean@customer.fr", "", "SERVICE", "QUEUED"],
    ]
    users = await exporting.lines_of("usersExport", columns=["login"], orderBy=["LOGIN_DESC"])
    shown = await tenant.ask("{ users(orderBy: [LOGIN_DESC]) { nodes { login } } }")
    assert users == [["Identifiant"], *([one["login"]] for one in shown["users"]["nodes"])]
    assert len(users) == 3
    assert eve.user_id != tenant.user_id


async def test_r083_each_list_is_exported_to_those_only_who_may_see_it(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    for name, sheet in tenant.house.modules.sheets.items():
        query = f"mutation {{ {name}Export(input: {{}}) {{ job {{ id }} }} }}"
        answer = await tenant.without(sheet.requires).answer(query)
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"], name
    assert await jobs(tenant) == 0


async def test_a_view_of_each_list_can_be_exported_with_the_names_that_the_list_has(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    for name, paths in (
        ("persons", ["lastName", "contact.name", "consentStatus"]),
        ("missions", ["reference", "type.name", "contact.reference"]),
        ("financialDocuments", ["reference", "contact.name"]),
        ("notes", ["subject", "ownerName", "type.name"]),
        ("opportunities", ["name", "stage.name", "stage.probability", "owner.name"]),
        ("suspensions", ["contact.reference", "cause", "suspendedBy", "liftedAt"]),
        ("mails", ["address", "mailing.name", "contact.name", "sentAt"]),
        ("users", ["login", "name", "disabledAt"]),
    ):
        view = await save(tenant, name, listName=name, columns=paths)

        header, *_ = await exporting.lines_of(f"{name}Export", viewId=view["id"])

        assert len(header) == len(paths)


async def test_r024_flags_are_exported_to_those_only_who_may_see_them(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    site = await tenant.contact("Site")
    await tenant.do("contactFlagSet", contactId=site, text="Beware of the dog")
    view = await save(tenant, "Dogs", isShared=True, columns=["name", "flag.text"])
    guest = replace(exporting, tenant=tenant.without("crm.flags"))

    assert await exporting.lines(columns=["name", "flag"]) == [
        ["Nom", "Marqué"],
        ["Site", "Beware of the dog"],
    ]
    every = await guest.lines()
    assert "Marqué" not in every[0]
    assert "Beware of the dog" not in str(every)
    for asked in (
        {"columns": ["name", "flag"]},
        {"viewId": view["id"]},
        {"where": {"flagged": True}},
    ):
        answer = await guest.tenant.answer(
            "mutation($i: ContactsExportInput!) { contactsExport(input: $i) { job { id } } }",
            i=asked,
        )
        codes = [e["extensions"]["code"] for e in answer["errors"]]
        assert codes == ["FORBIDDEN"]
        assert "Beware" not in str(answer)


async def test_a_text_that_a_cell_does_not_hold_is_marked_and_said(
    exporting: Exporting, tmp_path: Path
) -> None:
    tenant = exporting.tenant
    site = await tenant.contact("Site")
    await tenant.house.owner.execute(
        "update core_contact set information = repeat('x', 40000) where id = $1",
        UUID(site.removeprefix("contact_")),
    )

    _, content = await exporting.run(columns=["name", "information"], language="en")
    said = await tenant.ask("{ jobs { nodes { counts { name value } messages } } }")
    (tmp_path / "book.xlsx").write_bytes(content)
    book = CalamineWorkbook.from_path(tmp_path / "book.xlsx")

    cell = book.get_sheet_by_index(0).to_python()[1][1]
    assert len(cell) == MOST_CHARACTERS
    assert is_cut(cell)
    assert said["jobs"]["nodes"] == [
        {
            "counts": [{"name": "cut", "value": 1}],
            "messages": [
                "Row 2, “Information”: 40000 characters, and a cell holds 32767. What is left out "
                "is marked: ask for CSV or JSONL to have it."
            ],
        }
    ]
    lines = await exporting.lines(columns=["information"])
    assert lines[1] == ["x" * 40_000]


@settings(deadline=None, max_examples=50)
@example("\r", MOST_CHARACTERS)
@given(st.text(min_size=1, max_size=40), st.integers(MOST_CHARACTERS, 70_000))
def test_what_is_cut_fits_a_cell_and_is_known_again(text: str, length: int) -> None:
    long = (text * (length // len(text) + 1))[: length + 1]

    assert characters(cut(long)) <= MOST_CHARACTERS
    assert is_cut(cut(long))
    assert cells_of([cut(long), "Lyon"], ["information", "town"], "-") == {"town": "Lyon"}
    assert cut(long).startswith(long[:1_000])
    assert not is_cut(text)
