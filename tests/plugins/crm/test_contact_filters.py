"""Contacts are listed by flag and by suspension, by those who may see them."""

from __future__ import annotations

from typing import Any

from tests.cast import House, Tenant
from tests.kit.both import Both

LIST = "query($w: ContactFilter) { contacts(where: $w) { totalCount nodes { name } } }"


async def _tree(tenant: Tenant) -> dict[str, str]:
    made: dict[str, str] = {}
    for name, parent in (("Head", None), ("Site", "Head"), ("Room", "Site"), ("Other", None)):
        above = {"parent": made[parent]} if parent else {}
        made[name] = await tenant.contact(name, **above)
    await tenant.do("contactFlagSet", contactId=made["Site"], text="Pays late")
    await tenant.do(
        "contactSuspend", contactId=made["Site"], reason="unpaid",
        scope={"self": False, "ancestors": {"all": True}},
    )  # fmt: skip
    return made


async def names(tenant: Tenant, **where: Any) -> list[str]:
    page = (await tenant.ask(LIST, w=where))["contacts"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["name"] for node in page["nodes"]]


async def test_r024_contacts_are_listed_by_flag_inherited_ones_too(tenant: Tenant) -> None:
    await _tree(tenant)

    assert await names(tenant, flagged=True) == ["Room", "Site"]
    assert await names(tenant, flagged=False) == ["Head", "Other"]


async def test_r025_contacts_are_listed_by_suspension_wherever_it_begins(tenant: Tenant) -> None:
    await _tree(tenant)

    assert await names(tenant, suspended=True) == ["Head"]
    assert await names(tenant, suspended=False) == ["Other", "Room", "Site"]
    assert await names(tenant, suspended=False, flagged=True) == ["Room", "Site"]


async def test_r024_who_may_not_see_flags_cannot_find_them_out_by_filtering(
    house: House, tenant: Tenant
) -> None:
    await _tree(tenant)
    blind = tenant.without("crm.flags")

    for value in (True, False):
        answer = await blind.answer(LIST, w={"flagged": value})

        assert answer["data"] == {"contacts": None}
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
    assert await names(blind, suspended=True) == ["Head"]
    assert await names(blind, flagged=None) == ["Head", "Other", "Room", "Site"]


async def test_both_executions_refuse_the_filter_alike(house: House, tenant: Tenant) -> None:
    both = Both(house, tenant)

    way, answer = await both.ask(LIST, {"w": {"flagged": True}}, "none")

    assert (way, len(answer["errors"])) == ("plain", 1)


async def test_without_the_module_the_filters_are_not_there(house: House) -> None:
    plain = await house.tenant(modules=frozenset({"people"}))

    answer = await plain.answer(LIST, w={"flagged": True})

    assert "not to include unknown field 'flagged'" in answer["errors"][0]["message"]
