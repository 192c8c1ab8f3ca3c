"""Users, roles and partner keys, asked of the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from tests.cast import Tenant

PASSWORD = "correct horse"
USER = "user { id version login roles { name } }"
ROLE = "role { id version name permissions }"


def login(tenant: Tenant, name: str) -> str:
    return f"{name}@{tenant.slug}.fr"


async def make_role(tenant: Tenant, name: str, *permissions: str) -> Any:
    made = await tenant.do("roleCreate", ROLE, name=name, permissions=list(permissions))
    return made["role"]


async def make_user(tenant: Tenant, name: str, *roles: Any) -> Any:
    ids = [role["id"] for role in roles]
    return (await tenant.do("userCreate", USER, login=login(tenant, name), name=name, roleIds=ids))[
        "user"
    ]


async def test_the_caller_is_told_who_they_are(tenant: Tenant) -> None:
    answer = await tenant.without("contacts.write").ask(
        "{ me { name login locale permissions tenant { slug timeZone locale currency } } }"
    )

    assert answer["me"] == {
        "name": "Camille",
        "login": f"camille@{tenant.slug}",
        "locale": "fr",
        "permissions": sorted(tenant.permissions - {"contacts.write"}),
        "tenant": {
            "slug": tenant.slug,
            "timeZone": "Europe/Paris",
            "locale": "fr",
            "currency": "EUR",
        },
    }


async def test_who_may_nothing_is_still_told_who_they_are(tenant: Tenant) -> None:
    nobody = replace(tenant, permissions=frozenset())

    assert await nobody.ask("{ me { name permissions } }") == {
        "me": {"name": "Camille", "permissions": []}
    }


async def test_users_roles_and_keys_are_for_those_who_may_see_them(tenant: Tenant) -> None:
    blind = tenant.without("tenancy.read")

    for field in ("users", "roles", "partnerKeys"):
        answer = await blind.answer(f"{{ {field} {{ totalCount }} }}")
        assert answer["data"] == {field: None}
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]


async def test_only_who_may_manages_users(tenant: Tenant) -> None:
    reader = tenant.without("tenancy.write")

    answer = await reader.answer(
        'mutation { roleCreate(input: {name: "a", permissions: ["contacts.read"]}) '
        "{ userErrors { code } } }"
    )

    assert answer["data"] == {"roleCreate": None}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]


async def test_a_user_has_roles_and_a_login_in_lower_case(tenant: Tenant) -> None:
    dispatcher = await make_role(tenant, "Dispatcher", "contacts.write", "contacts.read")
    reader = await make_role(tenant, "Archivist", "contacts.read")

    user = await make_user(tenant, "Ada", dispatcher, reader)

    assert dispatcher["permissions"] == ["contacts.read", "contacts.write"]
    assert user["login"] == f"ada@{tenant.slug}.fr"
    assert user["roles"] == [{"name": "Archivist"}, {"name": "Dispatcher"}]
    found = await tenant.ask('{ users(where: {name: {eq: "Ada"}}) { nodes { login } } }')
    assert found == {"users": {"nodes": [{"login": user["login"]}]}}


async def test_a_taken_login_is_refused_in_the_same_words_whoever_has_it(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await make_user(tenant, "ada")
    query = (
        'mutation($login: String!) { userCreate(input: {login: $login, name: "x"}) '
        "{ user { id } userErrors { code field message } } }"
    )
    taken = login(tenant, "ADA")

    answers = [await t.ask(query, login=taken) for t in (tenant, other_tenant)]

    assert answers[0] == answers[1]
    assert answers[0]["userCreate"] == {
        "user": None,
        "userErrors": [
            {
                "code": "LOGIN_TAKEN",
                "field": "login",
                "message": f"The login '{taken.lower()}' is taken.",
            }
        ],
    }


async def test_a_login_that_was_given_up_is_free(tenant: Tenant, other_tenant: Tenant) -> None:
    user = await make_user(tenant, "ada")

    await tenant.do("userUpdate", USER, id=user["id"], login=login(tenant, "lovelace"))

    assert await other_tenant.refused("userCreate", login=login(tenant, "lovelace"), name="x") == [
        ("LOGIN_TAKEN", "login")
    ]
    await other_tenant.do("userCreate", USER, login=login(tenant, "ada"), name="x")


async def test_what_is_not_given_stays(tenant: Tenant) -> None:
    role = await make_role(tenant, "Dispatcher", "contacts.read")
    user = await make_user(tenant, "ada", role)

    changed = await tenant.do("userUpdate", USER, id=user["id"], name="Ada Lovelace")

    assert changed["user"] == {**user, "version": user["version"] + 1}


async def test_a_change_of_roles_counts_the_version_up(tenant: Tenant) -> None:
    role = await make_role(tenant, "Dispatcher", "contacts.read")
    user = await make_user(tenant, "ada")

    changed = await tenant.do("userUpdate", USER, id=user["id"], version=1, roleIds=[role["id"]])

    assert changed["user"] == {**user, "version": 2, "roles": [{"name": "Dispatcher"}]}
    assert await tenant.refused("userUpdate", id=user["id"], version=1, roleIds=[]) == [
        ("STALE_VERSION", "version")
    ]


async def test_another_tenants_users_roles_and_keys_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    role = await make_role(tenant, "Dispatcher", "contacts.read")
    user = await make_user(tenant, "ada")
    key = await tenant.do(
        "partnerKeyCreate", "partnerKey { id }", name="ERP", scopes=["contacts.read"]
    )
    missing = [("NOT_FOUND", "id")]

    assert await other_tenant.refused("userUpdate", id=user["id"], name="x") == missing
    assert await other_tenant.refused("userDisable", id=user["id"]) == missing
    assert (
        await other_tenant.refused("userSetPassword", id=user["id"], password=PASSWORD) == missing
    )
    assert await other_tenant.refused("roleUpdate", id=role["id"], name="x") == missing
    assert await other_tenant.refused("roleDelete", id=role["id"]) == missing
    assert await other_tenant.refused("partnerKeyRevoke", id=key["partnerKey"]["id"]) == missing
    assert await other_tenant.refused(
        "userCreate", login=login(other_tenant, "a"), name="x", roleIds=[role["id"]]
    ) == [("NOT_FOUND", "roleIds")]


async def test_a_role_is_deleted_once_nobody_has_it(tenant: Tenant) -> None:
    role = await make_role(tenant, "Dispatcher", "contacts.read")
    user = await make_user(tenant, "ada", role)
    assert await tenant.refused("roleDelete", id=role["id"]) == [("ROLE_IN_USE", "id")]

    await tenant.do("userUpdate", id=user["id"], roleIds=[])
    deleted = await tenant.do("roleDelete", "deletedId", id=role["id"])

    assert deleted["deletedId"] == role["id"]
    assert await tenant.ask("{ roles { totalCount } }") == {"roles": {"totalCount": 0}}


async def test_two_roles_of_a_tenant_have_two_names(tenant: Tenant, other_tenant: Tenant) -> None:
    await make_role(tenant, "Dispatcher", "contacts.read")
    await make_role(other_tenant, "Dispatcher", "contacts.read")

    assert await tenant.refused(
        "roleCreate", name=" Dispatcher", permissions=["contacts.read"]
    ) == [("NAME_TAKEN", "name")]


async def test_the_secret_of_a_key_is_told_once(tenant: Tenant) -> None:
    query = (
        "mutation($key: String) { partnerKeyCreate(idempotencyKey: $key, "
        'input: {name: "ERP", scopes: ["contacts.read"]}) '
        "{ secret partnerKey { id scopes lastUsedAt } userErrors { code } } }"
    )

    first, again = [(await tenant.ask(query, key="k1"))["partnerKeyCreate"] for _ in range(2)]

    assert first["secret"].startswith(f"fgk_{tenant.id.hex}_")
    assert again == {**first, "secret": None}
    assert first["partnerKey"]["scopes"] == ["contacts.read"]
    kept = await tenant.house.owner.fetchval(
        "select key_hash from core_partner_key where tenant_id = $1", tenant.id
    )
    assert first["secret"] not in kept


async def test_a_revoked_key_is_not_rotated(tenant: Tenant) -> None:
    key = await tenant.do(
        "partnerKeyCreate", "partnerKey { id }", name="ERP", scopes=["contacts.read"]
    )

    revoked = await tenant.do(
        "partnerKeyRevoke", "partnerKey { revokedAt }", id=key["partnerKey"]["id"]
    )

    assert revoked["partnerKey"]["revokedAt"] is not None
    assert await tenant.refused("partnerKeyRotate", id=key["partnerKey"]["id"]) == [
        ("KEY_REVOKED", "id")
    ]


async def test_a_key_that_has_expired_is_not_made(tenant: Tenant) -> None:
    assert await tenant.refused(
        "partnerKeyCreate", name="x", scopes=["contacts.read"], expiresAt="2020-01-01T00:00:00Z"
    ) == [("INVALID_EXPIRY", "expiresAt")]


async def test_the_audit_says_that_a_password_changed_and_who_has_which_role(
    tenant: Tenant,
) -> None:
    role = await make_role(tenant, "Dispatcher", "contacts.read")
    user = await make_user(tenant, "ada")
    await tenant.do("userSetPassword", id=user["id"], password=PASSWORD)
    await tenant.do("userUpdate", id=user["id"], roleIds=[role["id"]])

    entries = await tenant.house.owner.fetch(
        "select changes from core_audit_entry where tenant_id = $1 and row_type = 'core_user' "
        "and action = 'CHANGED' order by id",
        tenant.id,
    )

    assert [orjson.loads(entry["changes"]) for entry in entries] == [
        {"password_hash": [None, "***"]},
        {"roles": [[], ["Dispatcher"]]},
    ]


async def test_a_password_is_no_part_of_what_idempotency_keys_are_compared_by(
    tenant: Tenant,
) -> None:
    user = await make_user(tenant, "ada")
    query = (
        'mutation($id: ID!, $password: String!) { userSetPassword(idempotencyKey: "k", '
        "input: {id: $id, password: $password}) { user { version } userErrors { code } } }"
    )

    answers = [
        await tenant.ask(query, id=user["id"], password=password)
        for password in (PASSWORD, "another horse")
    ]

    assert answers[0] == answers[1]
