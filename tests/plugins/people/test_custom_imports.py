"""Custom values in imports: of persons, of all types, and of contacts that change their group."""

from __future__ import annotations

import csv

from tests.cast import Tenant
from tests.core.fields import displayed, field, put
from tests.importing import Importing, table

PERSON = "query($id: ID!) { person(id: $id) { version customValues { key display } } }"


async def shown(tenant: Tenant, id: str) -> dict[str, str]:
    found = (await tenant.ask(PERSON, id=id))["person"]["customValues"]
    return {value["key"]: value["display"] for value in found}


async def test_r054_custom_values_of_persons_are_imported_and_taken_back(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    for label, type_, more in (
        ("Languages", "MULTI_LIST", {"optionsText": "French, Dutch"}),
        ("Hired", "DATE", {}),
        ("Badge", "TEXT", {}),
    ):
        await tenant.do("customFieldCreate", target="PERSON", label=label, type=type_, **more)
    made = await tenant.do(
        "personCreate", "person { id }", lastName="Roux",
        customValues=[{"key": "badge", "text": "7"}],
    )  # fmt: skip
    roux = made["person"]["id"]

    batch = await importing.apply(
        table(["UID", "Nom", "custom.languages", "Hired", "badge"],
              [roux, "", "Dutch, French", "31/01/2020", ""], ["", "Benali", "french", "", "9"],
              ["", "Noël", "Latin", "soon", ""]),
        sheet="persons",
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        "CHANGED",
        "CREATED",
        [("UNKNOWN_OPTION", "custom.languages"), ("INVALID_DATE", "custom.hired")],
    ]
    rows = await importing.rows(batch)
    benali = rows[1]["targetId"]
    assert await shown(tenant, roux) == {
        "languages": "French, Dutch", "hired": "2020-01-31", "badge": "7",
    }  # fmt: skip
    assert await shown(tenant, benali) == {"languages": "French", "badge": "9"}
    history = await tenant.house.owner.fetch(
        "select changes::text from core_audit_entry where tenant_id = $1 and row_type = "
        "'people_person' and changes::text like '%hired%'",
        tenant.id,
    )
    assert len(history) == 1

    await importing.do("importUndo", batch["id"])
    assert await shown(tenant, roux) == {"badge": "7"}
    found = await tenant.ask("{ persons { totalCount } }")
    assert found["persons"]["totalCount"] == 1


async def test_r018_a_contact_that_an_import_puts_in_another_group_keeps_what_both_have(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    sites, places = await tenant.group("Sites"), await tenant.group("Places")
    for each in (sites, places):
        await field(tenant, each, "Energy", "LIST", optionsText="Gas, Wood")
        await field(tenant, each, "Code")
    await field(tenant, sites, "Area", "DECIMAL")
    site = await tenant.contact("Dalkia", reference="C1", group=sites)
    await put(
        tenant, site, {"key": "energy", "option": "wood"}, {"key": "area", "decimal": "5"},
        {"key": "code", "text": "7B"},
    )  # fmt: skip

    batch = await importing.apply(
        table(["Référence", "Groupe", "custom.code"], ["C1", "Places", "8C"])
    )

    assert await importing.outcomes(batch) == ["CHANGED"]
    assert await displayed(tenant, site) == {"energy": "Wood", "code": "8C"}
    await importing.do("importUndo", batch["id"])
    assert await displayed(tenant, site) == {"energy": "Wood", "area": "5", "code": "7B"}


async def test_r020_what_is_exported_is_imported_as_the_same_values(importing: Importing) -> None:
    tenant = importing.tenant
    sites = await tenant.group("Sites")
    for label, type_, more in (
        ("Long", "LONG_TEXT", {}),
        ("Count", "INTEGER", {}),
        ("Budget", "MONEY", {}),
        ("Instant", "DATETIME", {}),
        ("Trades", "MULTI_LIST", {"optionsText": r"Heating, Power\, light"}),
        ("Phone", "PHONE", {}),
        ("Landlord", "REFERENCE", {"refersTo": "CONTACT"}),
        ("Open", "BOOLEAN", {}),
    ):
        await field(tenant, sites, label, type_, **more)
    other = await tenant.contact("OPH", reference="C2", group=sites)
    site = await tenant.contact("Dalkia", reference="C1", group=sites)
    texts = {
        "long": "one\ntwo; three", "count": "12", "budget": "1250.50 EUR",
        "instant": "2026-07-01T10:00:00Z", "trades": r"Heating, Power\, light",
        "phone": "04 78 00 00 00", "open": "true",
    }  # fmt: skip
    await put(
        tenant, site, *({"key": key, "display": text} for key, text in texts.items()),
        {"key": "landlord", "referenceId": other},
    )  # fmt: skip
    columns = ["reference", *(f"custom.{key}" for key in [*texts, "landlord"])]
    made = await tenant.do("contactsExport", "job { id }", format="CSV", columns=columns)
    await importing.work()
    content = await importing.made_by(made["job"]["id"])

    again = await importing.check(content)
    assert await importing.outcomes(again) == ["UNCHANGED", "UNCHANGED"]

    lines = [*csv.reader(content.decode("utf-8-sig").splitlines(keepends=True), delimiter=";")]
    lines[0] = ["reference", *(f"custom.{key}" for key in [*texts, "landlord"])]
    line = next(line for line in lines if line[0] == "C1")
    line[0] = "C2"
    await importing.apply(table(lines[0], line))
    assert await displayed(tenant, other) == {**texts, "landlord": "OPH"}
