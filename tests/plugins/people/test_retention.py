"""Who has not been dealt with for long, whichever module would know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import BadInput
from plugins.people import rules
from tests.cast import Tenant
from tests.plugins.finance.cast import invoice
from tests.plugins.missions.cast import mission
from tests.plugins.people.cast import contact, person

REPORT = """query($months: Int!, $first: Int = 20, $after: String) {
  inactivePersons(months: $months, first: $first, after: $after) { totalCount
    nodes { person { lastName } lastActivityAt source } pageInfo { hasNextPage endCursor } } }"""


async def age(tenant: Tenant, table: str, column: str, months: int, where: str = "true") -> None:
    """Let rows of the tenant be from so many months ago."""
    await tenant.house.owner.execute(
        f"update {table} set {column} = now() - make_interval(months => $2) "
        f"where tenant_id = $1 and {where}", tenant.id, months,
    )  # fmt: skip


async def report(tenant: Tenant, months: int, **more: Any) -> dict[str, str]:
    """The last names of the report, and by what each is known."""
    found = (await tenant.ask(REPORT, months=months, **more))["inactivePersons"]
    assert found["totalCount"] == len(found["nodes"]) or more
    return {node["person"]["lastName"]: node["source"] for node in found["nodes"]}


async def test_r046_who_was_not_dealt_with_for_so_long_is_listed_with_what_happened_last(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    aubry, _colin = await person(tenant, site, "Aubry"), await person(tenant, None, "Colin")
    given = {"personId": aubry["id"], "status": "GRANTED"}
    await tenant.do("consentRecord", **given, givenAt="2020-01-01T00:00:00Z")
    await age(tenant, "people_person", "updated_at", 40)
    await age(tenant, "people_consent", "given_at", 30)

    assert await report(tenant, 24) == {"Aubry": "CONSENT", "Colin": "PERSON"}
    assert await report(tenant, 36) == {"Colin": "PERSON"}
    assert await report(tenant, 41) == {}


async def test_r046_notes_files_missions_and_documents_of_their_contact_count(
    tenant: Tenant,
) -> None:
    names = ("Note", "Mission", "Document", "Nothing")
    made = {}
    for name in names:
        made[name] = await contact(tenant, name), await person(tenant, None, name)
        await tenant.do("personMove", id=made[name][1]["id"], contactId=made[name][0])
    type_ = (await tenant.do("noteTypeCreate", "noteType { id }", name="Appel"))["noteType"]["id"]
    site, somebody = made["Note"]
    about = {"contactId": site, "typeId": type_, "aboutId": somebody["id"], "subject": "Appel"}
    await tenant.do("noteCreate", **about)
    await mission(tenant, made["Mission"][0])
    await invoice(tenant, made["Document"][0])
    await age(tenant, "people_person", "updated_at", 40)

    assert await report(tenant, 36) == {"Nothing": "PERSON"}
    await age(tenant, "crm_note", "updated_at", 38)
    await age(tenant, "missions_contact_activity", "last_mission_at", 38)
    await age(tenant, "finance_document", "updated_at", 38)
    assert await report(tenant, 36) == {
        "Note": "NOTE", "Mission": "MISSION", "Document": "FINANCIAL_DOCUMENT", "Nothing": "PERSON",
    }  # fmt: skip


async def test_r046_the_report_has_pages_and_costs_a_fixed_number_of_statements(
    tenant: Tenant,
) -> None:
    for number in range(5):
        await person(tenant, None, f"P{number}")
        await age(tenant, "people_person", "updated_at", 60 - number, f"last_name = 'P{number}'")

    first = (await tenant.ask(REPORT, months=12, first=2))["inactivePersons"]
    statements = tenant.statements
    after = first["pageInfo"]["endCursor"]
    second = (await tenant.ask(REPORT, months=12, first=2, after=after))["inactivePersons"]
    rest = (await tenant.ask(REPORT, months=12, first=20, after=second["pageInfo"]["endCursor"]))[
        "inactivePersons"
    ]

    names = [[n["person"]["lastName"] for n in page["nodes"]] for page in (first, second, rest)]
    assert names == [["P0", "P1"], ["P2", "P3"], ["P4"]]
    assert [p["pageInfo"]["hasNextPage"] for p in (first, second, rest)] == [True, True, False]
    assert (first["totalCount"], statements, tenant.statements) == (5, 3, 3)


async def test_r046_the_report_is_the_tenants_own_and_asks_for_its_permission(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await person(tenant, None, "Aubry")
    await age(tenant, "people_person", "updated_at", 40)

    assert await report(other_tenant, 12) == {}
    for missing in ("people.retention", "people.read"):
        answer = await tenant.without(missing).answer(REPORT, months=12)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    for variables in ({"months": 0}, {"months": 601}, {"months": 1, "after": "x"}):
        answer = await tenant.answer(REPORT, **variables)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@given(st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)), st.integers(1, 600))
def test_r046_months_are_those_of_the_calendar(now: datetime, months: int) -> None:
    before = rules.months_before(now, months)

    assert (now.year - before.year) * 12 + now.month - before.month == months
    assert before.day == now.day or (before.day >= 28 and before.day < now.day)
    assert before.timetz() == now.timetz()


def test_r046_no_months_are_refused() -> None:
    with pytest.raises(BadInput, match="must be between 1 and 600"):
        rules.months_before(datetime.now(UTC), 0)
