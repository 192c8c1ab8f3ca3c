"""The Overview as a whole: one request, a constant number of statements, parts that fail alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Integer, cast, literal

from core.contacts.models import Contact as ContactRow
from core.kit.extend import extend
from core.kit.fields import computed, value
from core.kit.modules import hookimpl
from core.overview.schema import Overview
from gateway.modules import load_modules, modules_of
from tests.cast import House, Tenant
from tests.kit.both import Both

CRM = """name reference street postcode town country phone email
  contact { id } group { id name } parent { id name } effectiveFlags { text distance }
  effectiveSuspensions { reason cause since distance contact { id name } }
  primaryPerson { id fullName mobile email }
  customValues { key label display }
  recentNotes { hasMore nodes { id reference subject status updatedAt } }
  recentOpportunities { hasMore nodes { id name status valueExclTax updatedAt } }"""
ALL = (
    CRM
    + """
  account { balance currency status creditLimit directDebit }
  recentMissions { hasMore nodes { id reference status updatedAt type { name } } }
  recentFinancialDocuments { hasMore nodes { id reference kind totalInclTax updatedAt } }
  charts { asOf isStale days
    notes { keys values tops counts } opportunities { keys values tops counts }
    missions { keys values tops counts } financialDocuments { keys values tops counts } }"""
)
ONE = "query($id: ID!) { contact(id: $id) { overview { %s } } }"
MANY = "query($ids: [ID!]!) { contactsById(ids: $ids) { overview { %s } } }"


async def test_r010_fifty_overviews_cost_as_many_statements_as_one(
    house: House, tenant: Tenant
) -> None:
    parent = await tenant.contact("Siège")
    ids = [parent, *[await tenant.contact(f"Site {i}", parent=parent) for i in range(49)]]
    both = Both(house, tenant)
    costs = []

    for some in (ids[:1], ids):
        way, _ = await both.ask(MANY % ALL, {"ids": some})
        costs.append((way, both.statements, both.plain_statements))

    assert len(both.data["contactsById"]) == 50
    assert costs[0] == costs[1]
    assert costs[0][:2] == ("planned", 1)


async def test_r033_the_overview_is_one_statement_in_a_tenant_with_all_modules(
    tenant: Tenant,
) -> None:
    site = await tenant.contact("Site")

    answer = await tenant.ask(ONE % ALL, id=site)

    assert answer["contact"]["overview"]["name"] == "Site"
    assert answer["contact"]["overview"]["recentMissions"] == {"hasMore": False, "nodes": []}
    assert answer["contact"]["overview"]["charts"]["asOf"] is None
    assert tenant.statements == 1


async def test_r033_sections_of_modules_that_are_off_do_not_exist(house: House) -> None:
    small = await house.tenant(frozenset({"crm", "people"}))
    site = await small.contact("Site")

    refused = await small.answer(ONE % ALL, id=site)
    answer = await small.ask(ONE % CRM, id=site)

    assert {error["extensions"]["code"] for error in refused["errors"]} == {
        "GRAPHQL_VALIDATION_FAILED"
    }
    assert "Cannot query field 'account'" in refused["errors"][0]["message"]
    assert answer["contact"]["overview"]["name"] == "Site"
    assert small.statements == 1


def broken(_name: str) -> int:
    raise ValueError("a bug of a module")


@extend(requires="contacts.read")
class BrokenOverview(Overview):
    by_hand: int = computed(broken, needs=[ContactRow.name])
    in_sql: int = value(cast(ContactRow.name, Integer) / literal(0))


class BrokenModule:
    """A third party's, with sections that fail."""

    @staticmethod
    @hookimpl
    def graphql_types() -> list[type]:
        return [BrokenOverview]

    @staticmethod
    @hookimpl
    def module_info() -> Any:
        from core.kit.modules import ModuleInfo

        return ModuleInfo(title="Broken")


@pytest.mark.parametrize("section", ["byHand", "inSql"])
async def test_r033_a_failing_section_is_null_with_an_error_at_its_path_and_the_rest_is_served(
    house: House, tenant: Tenant, section: str
) -> None:
    names = dict(load_modules()._manager.list_name_plugin())
    broken_house = House(
        house.settings, modules_of({**names, "broken": BrokenModule}), house.db, house.sessions,
        house.owner,
    )  # fmt: skip
    hurt = Tenant(
        broken_house, tenant.id, tenant.user_id, tenant.slug,
        tenant.modules | {"broken"}, tenant.permissions,
    )  # fmt: skip
    site = await tenant.contact("Site")

    first = await hurt.answer(ONE % f"name {section} recentNotes {{ hasMore }}", id=site)
    again = await hurt.answer(ONE % f"name {section} recentNotes {{ hasMore }}", id=site)

    for answer in (first, again):  # at first plain, then planned around the section
        assert answer["data"]["contact"]["overview"] == {
            "name": "Site", section: None, "recentNotes": {"hasMore": False},
        }  # fmt: skip
        (error,) = answer["errors"]
        assert error["path"] == ["contact", "overview", section]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "a bug of a module" not in str(answer)


async def test_r038_a_contact_of_another_tenant_is_as_absent_as_one_that_never_was(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    theirs = await other_tenant.contact("Leur siège")
    nobodys = "contact_" + "0" * 32

    answers = [await tenant.answer(ONE % "name", id=some) for some in (theirs, nobodys)]

    said = [str(a).replace(i, "ID") for a, i in zip(answers, (theirs, nobodys), strict=True)]
    assert said[0] == said[1]
    assert answers[0]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
