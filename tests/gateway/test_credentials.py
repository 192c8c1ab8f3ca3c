"""What a token or a partner key is good for, and until when."""

from __future__ import annotations

from datetime import timedelta

from core.tenancy import services
from core.tenancy.credentials import Kind, draw
from tests.cast import Tenant
from tests.gateway.visitors import WRONG, Client, make_user


async def test_a_token_that_names_another_tenant_is_nobodys(
    client: Client, tenant: Tenant, other_tenant: Tenant, ada: str
) -> None:
    token = await client.token(ada)

    forged = token.replace(tenant.id.hex, other_tenant.id.hex)

    assert forged != token
    assert await client.name(forged) is None
    assert await client.name(draw(Kind.TOKEN, tenant.id)) is None
    assert await client.name(token.replace("fgt_", "fgk_")) is None
    assert await client.name(token) == "Ada"


async def test_a_token_sees_its_own_tenant_and_no_other(
    client: Client, tenant: Tenant, other_tenant: Tenant, ada: str
) -> None:
    await make_user(other_tenant, "grace", "contacts.read")

    answer = await client.ask(
        await client.token(ada), "{ me { tenant { slug } } users { nodes { login } } }"
    )

    assert answer["data"]["me"] == {"tenant": {"slug": tenant.slug}}
    logins = {node["login"] for node in answer["data"]["users"]["nodes"]}
    assert logins == {ada, f"camille@{tenant.slug}"}


async def test_a_token_that_has_expired_is_nobodys(client: Client, tenant: Tenant) -> None:
    async with tenant.session() as session:
        good = await services.issue_token(session, tenant.user_id, timedelta(minutes=1))
        expired = await services.issue_token(session, tenant.user_id, timedelta(seconds=-1))

    assert await client.name(good.token) == "Camille"
    assert await client.name(expired.token) is None


async def test_who_is_disabled_is_out_at_once_until_enabled(
    client: Client, tenant: Tenant, ada: str
) -> None:
    user, login = await make_user(tenant, "grace", "contacts.read")
    admin, token = await client.token(ada), await client.token(login)
    assert await client.name(token) == "grace"

    await client.ask(
        admin, "mutation($id: ID!) { userDisable(input: {id: $id}) { user { id } } }", id=user
    )

    assert await client.name(token) is None
    assert (await client.login(login)).json() == WRONG
    await client.ask(
        admin, "mutation($id: ID!) { userEnable(input: {id: $id}) { user { id } } }", id=user
    )
    assert await client.name(token) is None
    assert await client.name(await client.token(login)) == "grace"


async def test_a_new_password_ends_the_tokens_of_the_old_one(
    client: Client, tenant: Tenant, ada: str
) -> None:
    user, login = await make_user(tenant, "grace", "contacts.read")
    admin, token = await client.token(ada), await client.token(login)
    assert await client.name(token) == "grace"

    await client.ask(
        admin,
        'mutation($id: ID!) { userSetPassword(input: {id: $id, password: "another horse"}) '
        "{ user { id } } }",
        id=user,
    )

    assert await client.name(token) is None
    assert (await client.login(login)).json() == WRONG
    assert await client.name(await client.token(login, "another horse")) == "grace"


async def test_a_role_that_changes_is_felt_at_once(
    client: Client, tenant: Tenant, ada: str
) -> None:
    _, login = await make_user(tenant, "grace", "contacts.read", "audit.read")
    admin, token = await client.token(ada), await client.token(login)
    mine = "{ me { permissions } }"
    assert (await client.ask(token, mine))["data"]["me"]["permissions"] == [
        "audit.read",
        "contacts.read",
    ]
    roles = await client.ask(admin, "{ roles { nodes { id name } } }")
    role = next(n["id"] for n in roles["data"]["roles"]["nodes"] if n["name"] == "grace's")

    await client.ask(
        admin,
        'mutation($id: ID!) { roleUpdate(input: {id: $id, permissions: ["audit.read"]}) '
        "{ role { id } } }",
        id=role,
    )

    assert (await client.ask(token, mine))["data"]["me"]["permissions"] == ["audit.read"]


KEY = """
mutation($name: String!, $scopes: [String!]!) {
  partnerKeyCreate(input: {name: $name, scopes: $scopes}) { secret partnerKey { id } }
}
"""


async def test_a_partner_key_is_good_for_its_scopes_only(client: Client, ada: str) -> None:
    made = await client.ask(await client.token(ada), KEY, name="ERP", scopes=["contacts.read"])
    secret = made["data"]["partnerKeyCreate"]["secret"]

    me = await client.ask(secret, "{ me { id name login permissions } }")
    answer = await client.ask(secret, "{ contacts { totalCount } users { totalCount } }")

    assert me["data"]["me"] == {
        "id": made["data"]["partnerKeyCreate"]["partnerKey"]["id"],
        "name": "ERP",
        "login": None,
        "permissions": ["contacts.read"],
    }
    assert answer["data"] == {"contacts": {"totalCount": 0}, "users": None}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]


async def test_a_partner_key_that_is_rotated_or_revoked_is_void_at_once(
    client: Client, ada: str
) -> None:
    admin = await client.token(ada)
    made = await client.ask(admin, KEY, name="ERP", scopes=["contacts.read"])
    old, key = made["data"]["partnerKeyCreate"].values()
    assert await client.name(old) == "ERP"

    rotated = await client.ask(
        admin, "mutation($id: ID!) { partnerKeyRotate(input: {id: $id}) { secret } }", id=key["id"]
    )
    new = rotated["data"]["partnerKeyRotate"]["secret"]

    assert await client.name(old) is None
    assert await client.name(new) == "ERP"
    await client.ask(
        admin, "mutation($id: ID!) { partnerKeyRevoke(input: {id: $id}) { secret } }", id=key["id"]
    )
    assert await client.name(new) is None


async def test_a_partner_key_is_not_ended_by_a_logout(client: Client, ada: str) -> None:
    made = await client.ask(await client.token(ada), KEY, name="ERP", scopes=["contacts.read"])
    secret = made["data"]["partnerKeyCreate"]["secret"]

    answer = await client.http.post("/auth/logout", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 401
    assert await client.name(secret) == "ERP"
