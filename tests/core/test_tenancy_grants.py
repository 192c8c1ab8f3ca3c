"""Nobody gives what they don't have, or takes over who may do more."""

from __future__ import annotations

from dataclasses import replace

from tests.cast import Tenant
from tests.core.test_tenancy import PASSWORD, login, make_role, make_user


def administrator(tenant: Tenant) -> Tenant:
    return replace(tenant, permissions=tenant.permissions | {"*"})


async def test_nobody_gives_what_they_do_not_have(tenant: Tenant) -> None:
    lesser = tenant.without("contacts.write")
    role = await make_role(tenant, "Editor", "contacts.write")
    not_yours = "PERMISSION_NOT_YOURS"

    assert await lesser.refused("roleCreate", name="x", permissions=["contacts.write"]) == [
        (not_yours, "permissions")
    ]
    assert await tenant.refused("roleCreate", name="x", permissions=["*"]) == [
        (not_yours, "permissions")
    ]
    assert await lesser.refused("partnerKeyCreate", name="x", scopes=["contacts.write"]) == [
        (not_yours, "scopes")
    ]
    assert await lesser.refused(
        "userCreate", login=login(tenant, "a"), name="x", roleIds=[role["id"]]
    ) == [(not_yours, "roleIds")]


async def test_nobody_takes_over_who_may_do_more(tenant: Tenant) -> None:
    lesser = tenant.without("contacts.write")
    role = await make_role(tenant, "Editor", "contacts.write")
    user = await make_user(tenant, "ada", role)
    not_yours = [("PERMISSION_NOT_YOURS", "id")]

    assert await lesser.refused("userSetPassword", id=user["id"], password=PASSWORD) == not_yours
    assert await lesser.refused("userUpdate", id=user["id"], login="a@b.fr") == not_yours
    assert await lesser.refused("userDisable", id=user["id"]) == not_yours
    assert await lesser.refused("roleUpdate", id=role["id"], name="x") == not_yours


async def test_a_permission_that_does_not_exist_is_named(tenant: Tenant) -> None:
    assert await administrator(tenant).refused(
        "roleCreate", name="x", permissions=["contacts.fly"]
    ) == [("UNKNOWN_PERMISSION", "permissions")]


async def test_who_may_everything_gives_everything_but_to_keys(tenant: Tenant) -> None:
    role = await make_role(administrator(tenant), "Administrator", "*")

    assert role["permissions"] == ["*"]
    assert await administrator(tenant).refused("partnerKeyCreate", name="x", scopes=["*"]) == [
        ("UNKNOWN_PERMISSION", "scopes")
    ]


async def test_nobody_shuts_themselves_out(tenant: Tenant) -> None:
    me = (await tenant.ask("{ me { id } }"))["me"]["id"]

    assert await tenant.refused("userDisable", id=me) == [("OWN_ACCOUNT", "id")]
