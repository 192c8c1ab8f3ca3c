"""Contact groups."""

from __future__ import annotations

import asyncio

from core.contacts.services import IMPORTED, default_group
from core.contacts.services.groups import delete_group
from core.kit.ids import key_in
from tests.cast import Tenant

GROUPS = "{ contactGroups { nodes { name version } } }"


async def names(tenant: Tenant) -> list[str]:
    return [g["name"] for g in (await tenant.ask(GROUPS))["contactGroups"]["nodes"]]


async def test_a_name_that_differs_by_case_and_accents_only_is_taken(tenant: Tenant) -> None:
    await tenant.do("contactGroupCreate", name="Écoles")

    assert await tenant.refused("contactGroupCreate", name=" ecoles ") == [("NAME_TAKEN", "name")]
    assert await tenant.refused("contactGroupCreate", name=" ") == [("NAME_EMPTY", "name")]
    assert await names(tenant) == ["Écoles"]


async def test_a_group_is_renamed_unless_the_version_is_stale(tenant: Tenant) -> None:
    group = await tenant.group("Sites")

    await tenant.do("contactGroupRename", id=group, name="Places", version=1)

    assert await tenant.refused("contactGroupRename", id=group, name="X", version=1) == [
        ("STALE_VERSION", "version")
    ]
    assert await names(tenant) == ["Places"]


async def test_only_a_group_that_nothing_is_in_can_be_deleted(tenant: Tenant) -> None:
    group = await tenant.group("Sites")
    contact = await tenant.contact(group=group)

    refused = await tenant.refused("contactGroupDelete", id=group)
    await tenant.do("contactUpdate", id=contact, groupId=await tenant.group("Places"))
    await tenant.do("contactGroupDelete", id=group)

    assert refused == [("GROUP_IN_USE", "id")]
    assert await names(tenant) == ["Places"]


async def test_a_group_deleted_while_a_contact_comes_into_it_leaves_no_contact_without(
    tenant: Tenant,
) -> None:
    group = await tenant.group("Sites")
    delete = """mutation($i: ContactGroupDeleteInput!) {
      contactGroupDelete(input: $i) { userErrors { code } } }"""
    create = """mutation($i: ContactCreateInput!) {
      contactCreate(input: $i) { userErrors { code } } }"""

    deleted, created = await asyncio.gather(
        tenant.answer(delete, i={"id": group}),
        tenant.answer(create, i={"name": "Dalkia", "groupId": group}),
    )

    codes = [
        deleted["data"]["contactGroupDelete"]["userErrors"],
        created["data"]["contactCreate"]["userErrors"],
    ]
    assert sorted(codes, key=len)[0] == []
    assert sorted(codes, key=len)[1] in ([{"code": "GROUP_IN_USE"}], [{"code": "NOT_FOUND"}])


async def test_a_contact_that_comes_into_a_group_being_deleted_waits_and_is_told_that_it_is_gone(
    tenant: Tenant,
) -> None:
    group = await tenant.group("Sites")
    create = """mutation($i: ContactCreateInput!) {
      contactCreate(input: $i) { userErrors { code field } } }"""

    async with tenant.session() as session:
        await delete_group(session, key_in(group, "contact_group"), None)
        await session.flush()
        creating = asyncio.create_task(tenant.answer(create, i={"name": "D", "groupId": group}))
        done, _ = await asyncio.wait([creating], timeout=0.5)
        assert not done

    answer = await creating
    assert answer["data"]["contactCreate"]["userErrors"] == [
        {"code": "NOT_FOUND", "field": "groupId"}
    ]
    assert (await tenant.ask("{ contacts { totalCount } }"))["contacts"]["totalCount"] == 0


async def test_r001_the_group_of_imported_contacts_is_made_once(tenant: Tenant) -> None:
    async def use() -> object:
        async with tenant.session() as session:
            return (await default_group(session)).id

    used = await asyncio.gather(*(use() for _ in range(4)))

    assert len(set(used)) == 1
    assert await names(tenant) == [IMPORTED]


async def test_another_tenants_group_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    foreign = await other_tenant.group("Sites")

    for name in ("contactGroupDelete", "contactGroupRename"):
        given = {"id": foreign} | ({"name": "X"} if name.endswith("Rename") else {})
        assert await tenant.refused(name, **given) == [("NOT_FOUND", "id")]
    assert await names(other_tenant) == ["Sites"]


async def test_who_may_not_configure_changes_no_group(tenant: Tenant) -> None:
    answer = await tenant.without("contacts.configure").answer(
        'mutation { contactGroupCreate(input: {name: "X"}) { userErrors { code } } }'
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await names(tenant) == []
