"""Saved views: checked against their list, one's own unless they are shared."""

from __future__ import annotations

from typing import Any

import pytest

from core.kit.ids import global_id
from tests.cast import House, Tenant
from tests.core import fields
from tests.plugins.crm.cast import colleague, role

VIEW = "savedView { id listName name columns arguments isShared isMine ownerName version }"
VIEWS = "query($listName: String) { savedViews(listName: $listName) { name isMine isShared } }"


async def save(tenant: Tenant, name: str = "Lille", **more: Any) -> Any:
    given = {"listName": "contacts", "name": name, "columns": ["name"]} | more
    return (await tenant.do("savedViewCreate", VIEW, **given))["savedView"]


async def names(tenant: Tenant, list_name: str | None = None) -> list[str]:
    found = await tenant.ask(VIEWS, listName=list_name)
    return [view["name"] for view in found["savedViews"]]


async def test_r031_a_view_has_columns_a_filter_and_an_order_and_drives_its_list(
    tenant: Tenant,
) -> None:
    for name, town in (("A", "Lille"), ("B", "Lyon"), ("C", "Lille")):
        await tenant.contact(name, town=town)

    view = await save(
        tenant, columns=["name", "group.name", "town"],
        arguments={"where": {"town": {"eq": "Lille"}}, "orderBy": ["NAME_DESC"]},
    )  # fmt: skip
    found = await tenant.ask(
        """query($where: ContactFilter, $orderBy: [ContactOrderBy!]) {
          contacts(where: $where, orderBy: $orderBy) { nodes { name } } }""",
        **view["arguments"],
    )

    assert [c["name"] for c in found["contacts"]["nodes"]] == ["C", "A"]
    assert view | {"id": ""} == {
        "id": "", "listName": "contacts", "name": "Lille",
        "columns": ["name", "group.name", "town"],
        "arguments": {"where": {"town": {"eq": "Lille"}}, "orderBy": ["NAME_DESC"]},
        "isShared": False, "isMine": True, "ownerName": "Camille", "version": 1,
    }  # fmt: skip
    assert view["id"].startswith("saved_view_")


async def test_r031_every_list_of_the_product_has_views(tenant: Tenant) -> None:
    for name, column, order in (
        ("contacts", "reference", "TOWN_ASC"),
        ("persons", "contact.name", "NAME_ASC"),
        ("missions", "type.colour", "PLANNED_START_DESC"),
        ("financialDocuments", "totalInclTax", "DUE_DATE_ASC"),
        ("notes", "ownerName", "DUE_DATE_ASC"),
        ("opportunities", "stage.probability", "EXPECTED_CLOSE_ASC"),
    ):
        await save(tenant, name, listName=name, columns=[column], arguments={"orderBy": [order]})

    assert len(await names(tenant)) == 6
    assert await names(tenant, "missions") == ["missions"]


async def test_r031_views_may_show_and_order_by_custom_fields(tenant: Tenant) -> None:
    group = await fields.group(tenant)
    await fields.field(tenant, group, "Energy")

    view = await save(
        tenant, columns=["customValues.energy"],
        arguments={
            "where": {"customFields": [{"key": "energy", "eq": "Gaz"}]},
            "orderByCustomField": {"key": "energy"}, "search": "boiler",
        },
    )  # fmt: skip

    assert view["columns"] == ["customValues.energy"]
    for wrong in (
        {"columns": ["customValues.colour"]},
        {"arguments": {"where": {"customFields": [{"key": "colour", "eq": "x"}]}}},
        {"arguments": {"orderByCustomField": {"key": "colour"}}},
    ):
        given = {"listName": "contacts", "name": "X", "columns": ["name"]} | wrong
        ((code, _),) = await tenant.refused("savedViewCreate", **given)
        assert code in ("COLUMN_UNKNOWN", "ARGUMENTS_INVALID")


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"listName": "letters"}, ("LIST_UNKNOWN", "listName")),
        ({"listName": "contact"}, ("LIST_UNKNOWN", "listName")),
        ({"columns": []}, ("COLUMN_COUNT", "columns")),
        ({"columns": ["name"] * 2}, ("COLUMN_TWICE", "columns.1")),
        ({"columns": [f"c{n}" for n in range(51)]}, ("COLUMN_COUNT", "columns")),
        ({"columns": ["name", "colour"]}, ("COLUMN_UNKNOWN", "columns.1")),
        ({"columns": ["group"]}, ("COLUMN_UNKNOWN", "columns.0")),
        ({"columns": ["children"]}, ("COLUMN_UNKNOWN", "columns.0")),
        ({"columns": ["children.totalCount"]}, ("COLUMN_UNKNOWN", "columns.0")),
        ({"columns": [""]}, ("COLUMN_UNKNOWN", "columns.0")),
        ({"name": " "}, ("NAME_EMPTY", "name")),
        ({"arguments": []}, ("ARGUMENTS_INVALID", "arguments")),
        ({"arguments": {"first": 3}}, ("ARGUMENTS_INVALID", "arguments.first")),
        ({"arguments": {"where": {"colour": {}}}}, ("ARGUMENTS_INVALID", "arguments.where")),
        ({"arguments": {"where": {"town": "x"}}}, ("ARGUMENTS_INVALID", "arguments.where")),
        ({"arguments": {"orderBy": ["COLOUR"]}}, ("ARGUMENTS_INVALID", "arguments.orderBy")),
        ({"arguments": {"where": {"group": {"eq": "x"}}}}, ("ARGUMENTS_INVALID", "arguments")),
        ({"arguments": {"search": "x" * 201}}, ("ARGUMENTS_INVALID", "arguments")),
    ],
)
async def test_r031_what_the_list_could_not_be_asked_is_no_view(
    tenant: Tenant, wrong: dict[str, Any], refusal: tuple[str, str]
) -> None:
    given = {"listName": "contacts", "name": "Lille", "columns": ["name"]} | wrong

    assert await tenant.refused("savedViewCreate", **given) == [refusal]
    assert await names(tenant) == []


async def test_r031_views_are_ones_own_unless_they_are_shared(tenant: Tenant) -> None:
    alex = await colleague(tenant, "alex")
    mine = await save(tenant, "Mine")
    shared = await save(tenant, "Shared", isShared=True)

    assert await names(tenant) == ["Mine", "Shared"]
    assert (await alex.ask(VIEWS))["savedViews"] == [
        {"name": "Shared", "isMine": False, "isShared": True}
    ]
    reader = alex.without("views.share")
    assert await reader.refused("savedViewUpdate", id=mine["id"], name="X") == [("NOT_FOUND", "id")]
    assert await reader.refused("savedViewDelete", id=shared["id"]) == [("NOT_YOURS", "id")]
    changed = await alex.do("savedViewUpdate", VIEW, id=shared["id"], columns=["town"])
    assert changed["savedView"]["columns"] == ["town"]
    node = await alex.answer("query($id: ID!) { node(id: $id) { id } }", id=mine["id"])
    assert node["data"] == {"node": None}
    refused = await reader.answer(
        """mutation($input: SavedViewCreateInput!) {
          savedViewCreate(input: $input) { savedView { id } } }""",
        input={"listName": "contacts", "name": "X", "columns": ["name"], "isShared": True},
    )
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await names(alex) == ["Shared"]


async def test_r031_views_are_changed_by_those_who_have_seen_them_and_named_once(
    tenant: Tenant,
) -> None:
    view = await save(tenant, "Lille")
    alex = await colleague(tenant, "alex")
    await save(alex, "Lille")

    taken = await tenant.refused(
        "savedViewCreate", listName="contacts", name="LILLE", columns=["name"]
    )
    changed = await tenant.do("savedViewUpdate", VIEW, id=view["id"], version=1, name="Nord")
    stale = await tenant.refused("savedViewUpdate", id=view["id"], version=1, name="Sud")
    wrong = await tenant.refused("savedViewUpdate", id=view["id"], columns=["colour"])
    late = await tenant.refused("savedViewDelete", id=view["id"], version=1)

    assert taken == [("NAME_TAKEN", "name")]
    assert (changed["savedView"]["name"], changed["savedView"]["version"]) == ("Nord", 2)
    assert stale == late == [("STALE_VERSION", "version")]
    assert wrong == [("COLUMN_UNKNOWN", "columns.0")]
    await tenant.do("savedViewDelete", id=view["id"], version=2)
    assert await names(tenant) == []


async def test_r031_views_of_a_module_that_is_off_are_kept_and_not_shown(
    house: House, tenant: Tenant
) -> None:
    await save(tenant, "Late", listName="missions", columns=["reference"])
    small = Tenant(
        house, tenant.id, tenant.user_id, tenant.slug, tenant.modules - {"missions"},
        tenant.permissions,
    )  # fmt: skip

    assert await names(small) == []
    assert await names(tenant.without("missions.read")) == []
    assert await names(tenant) == ["Late"]


async def test_r024_a_view_by_flag_is_refused_to_callers_who_may_not_see_flags(
    tenant: Tenant,
) -> None:
    answer = await tenant.without("crm.flags").answer(
        """mutation($input: SavedViewCreateInput!) {
          savedViewCreate(input: $input) { savedView { id } } }""",
        input={"listName": "contacts", "name": "X", "columns": ["name"],
               "arguments": {"where": {"flagged": True}}},
    )  # fmt: skip

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await names(tenant) == []


TAB = "query($contactId: ID) { defaultTab(contactId: $contactId) { tab origin } }"


async def tab(tenant: Tenant, contact: str | None) -> tuple[str, str]:
    found = (await tenant.ask(TAB, contactId=contact))["defaultTab"]
    return found["tab"], found["origin"]


async def choose(tenant: Tenant, level: str, name: str | None, **more: Any) -> None:
    await tenant.do("defaultTabSet", "tab", level=level, tab=name, **more)


async def test_r032_the_users_choice_goes_before_their_roles_the_tenants_and_general(
    tenant: Tenant,
) -> None:
    site = await tenant.contact()
    desk = await role(tenant, "Desk")
    alex = await colleague(tenant, "alex", desk)
    assert await tab(alex, site) == ("GENERAL", "FALLBACK")

    await choose(tenant, "TENANT", "NOTES")
    assert await tab(alex, site) == ("NOTES", "TENANT")
    await choose(tenant, "ROLE", "PERSONS", roleId=global_id("role", desk))
    assert (await tab(alex, site), await tab(tenant, site)) == (
        ("PERSONS", "ROLE"), ("NOTES", "TENANT"),
    )  # fmt: skip
    await choose(alex, "USER", "MISSIONS")
    await choose(alex, "USER", "OVERVIEW")
    assert await tab(alex, site) == ("OVERVIEW", "USER")
    await choose(alex, "USER", None)
    assert await tab(alex, site) == ("PERSONS", "ROLE")


async def test_r032_a_new_contact_opens_on_general(tenant: Tenant) -> None:
    await choose(tenant, "USER", "NOTES")

    assert await tab(tenant, None) == ("GENERAL", "FALLBACK")
    assert await tab(tenant, await tenant.contact()) == ("NOTES", "USER")


async def test_r032_a_tab_whose_module_is_off_or_that_may_not_be_seen_is_passed_over(
    house: House, tenant: Tenant
) -> None:
    site = await tenant.contact()
    await choose(tenant, "USER", "MISSIONS")
    await choose(tenant, "TENANT", "NOTES")
    small = Tenant(
        house, tenant.id, tenant.user_id, tenant.slug, tenant.modules - {"missions"},
        tenant.permissions - {"missions.read"},
    )  # fmt: skip

    assert await tab(tenant, site) == ("MISSIONS", "USER")
    assert await tab(small, site) == ("NOTES", "TENANT")
    assert await tab(small.without("crm.read"), site) == ("GENERAL", "FALLBACK")
    assert await small.refused("defaultTabSet", level="USER", tab="MISSIONS") == [
        ("TAB_UNKNOWN", "tab")
    ]


async def test_r032_choices_for_roles_and_for_all_are_the_administrators(tenant: Tenant) -> None:
    site = await tenant.contact()
    reader = tenant.without("tenancy.write")
    text = "mutation($input: DefaultTabSetInput!) { defaultTabSet(input: $input) { tab } }"

    answer = await reader.answer(text, input={"level": "TENANT", "tab": "NOTES"})
    missing = await tenant.refused("defaultTabSet", level="ROLE", tab="NOTES")
    unknown = await tenant.refused(
        "defaultTabSet", level="ROLE", tab="NOTES", roleId=global_id("role", tenant.id)
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert missing == [("ROLE_MISSING", "roleId")]
    assert unknown == [("NOT_FOUND", "roleId")]
    assert await tab(tenant, site) == ("GENERAL", "FALLBACK")
    assert "MISSIONS" in (await tenant.ask("{ contactTabs }"))["contactTabs"]
