"""Who asks, how long that is believed, and what they may do with the tenant's modules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

import core.plugin
from core.kit.ids import key_in
from core.kit.modules import ModuleInfo, hookimpl
from core.kit.session import Channel
from core.tenancy import services
from core.tenancy.lookups import NOBODY, module_sets
from gateway import tenancy
from gateway.gateways import Gateways
from gateway.modules import modules_of
from gateway.tenancy import Callers
from tests.cast import House, Tenant


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo("Lifts", permissions={"lifts.ride": "Ride lifts."})


LIFTS: Any = SimpleNamespace(__name__="lifts", module_info=module_info)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.now(UTC))


@pytest_asyncio.fixture(loop_scope="session")
async def callers(house: House, clock: Clock) -> Callers:
    gateways = Gateways(modules_of({"core": core.plugin, "lifts": LIFTS}))
    return Callers(house.db, gateways.modules, clock)


async def token_of(tenant: Tenant, *permissions: str, hours: float = 1) -> str:
    """A token of the tenant's user, once they have these permissions."""
    operator = frozenset({"*", *permissions})
    async with tenant.session() as session:
        role = await services.create_role(session, operator, name="r", permissions=permissions)
        await services.update_user(session, tenant.user_id, operator, role_ids=[role.id])
        return (await services.issue_token(session, tenant.user_id, timedelta(hours=hours))).token


async def end_elsewhere(tenant: Tenant) -> None:
    """End all tokens as another process would: ours doesn't hear of it."""
    await tenant.house.owner.execute(
        "delete from core_access_token where tenant_id = $1", tenant.id
    )


async def test_a_token_says_who_asks_and_for_whom(callers: Callers, tenant: Tenant) -> None:
    caller = await callers.of(await token_of(tenant, "contacts.read"))

    assert caller is not None
    assert (caller.tenant, caller.slug) == (tenant.id, tenant.slug)
    assert (caller.user_id, caller.name) == (tenant.user_id, "Camille")
    assert (caller.locale, caller.time_zone) == ("fr", "Europe/Paris")
    assert caller.channel is Channel.UI
    assert caller.permissions == {"contacts.read"}
    assert caller.actor.name == f"user_{tenant.user_id.hex}"


async def test_a_caller_is_believed_for_half_a_minute(
    callers: Callers, tenant: Tenant, clock: Clock
) -> None:
    token = await token_of(tenant, "contacts.read")
    known = await callers.of(token)
    await end_elsewhere(tenant)

    clock.pass_(seconds=29)
    assert await callers.of(token) is known
    clock.pass_(seconds=2)
    assert await callers.of(token) is None


async def test_a_caller_is_not_believed_longer_than_their_token_lasts(
    callers: Callers, tenant: Tenant, clock: Clock
) -> None:
    token = await token_of(tenant, "contacts.read", hours=10 / 3600)
    assert await callers.of(token) is not None

    clock.pass_(seconds=11)

    assert await callers.of(token) is None


async def test_what_is_forgotten_is_looked_up_anew(
    callers: Callers, tenant: Tenant, other_tenant: Tenant
) -> None:
    token, other = await token_of(tenant, "contacts.read"), await token_of(other_tenant, "*")
    assert await callers.of(token) is not None
    known = await callers.of(other)
    await end_elsewhere(tenant)

    callers.forget(tenant.id)

    assert await callers.of(token) is None
    assert await callers.of(other) is known


async def test_only_so_many_callers_are_remembered(
    callers: Callers, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenancy, "MOST_KNOWN", 2)
    async with tenant.session() as session:
        tokens = [(await services.issue_token(session, tenant.user_id)).token for _ in range(3)]
    known = [await callers.of(token) for token in tokens]

    assert await callers.of(tokens[2]) is known[2]
    assert await callers.of(tokens[0]) is not known[0]


async def test_permissions_end_where_the_modules_of_the_tenant_end(
    callers: Callers, house: House
) -> None:
    without = await house.tenant(frozenset({"core"}))
    with_lifts = await house.tenant(frozenset({"lifts"}))

    named = [
        await callers.of(await token_of(t, "contacts.read", "lifts.ride"))
        for t in (without, with_lifts)
    ]

    assert [c and c.permissions for c in named] == [
        {"contacts.read"},
        {"contacts.read", "lifts.ride"},
    ]
    assert [c and c.modules for c in named] == [{"core"}, {"core", "lifts"}]


async def test_everything_is_what_the_modules_of_the_tenant_define(
    callers: Callers, house: House
) -> None:
    without = await house.tenant(frozenset({"core"}))
    with_lifts = await house.tenant(frozenset({"lifts", "not-installed-any-more"}))
    own = set(core.plugin.module_info().permissions or ())

    all_ = [await callers.of(await token_of(t, "*")) for t in (without, with_lifts)]

    assert [c and c.permissions for c in all_] == [own | {"*"}, own | {"*", "lifts.ride"}]
    assert all_[1] is not None
    assert all_[1].modules == {"core", "lifts"}


async def test_the_last_use_of_a_key_is_noted_once_a_minute(
    callers: Callers, tenant: Tenant, clock: Clock
) -> None:
    made = await tenant.do(
        "partnerKeyCreate", "partnerKey { id } secret", name="ERP", scopes=["contacts.read"]
    )
    key, began = key_in(made["partnerKey"]["id"], "partner_key"), clock.now
    used = []
    for seconds in (0, 31, 31):
        clock.pass_(seconds=seconds)
        caller = await callers.of(made["secret"])
        await callers.close()
        used.append(
            await tenant.house.owner.fetchval(
                "select last_used_at from core_partner_key where tenant_id = $1 and id = $2",
                tenant.id,
                key,
            )
        )

    assert used == [began, began, began + timedelta(seconds=62)]
    assert caller is not None
    assert (caller.channel, caller.user_id) == (Channel.PARTNER, None)
    assert caller.actor.name == f"partner_key_{key.hex}"


async def test_a_key_that_expires_is_nobodys(
    callers: Callers, tenant: Tenant, clock: Clock
) -> None:
    made = await tenant.do(
        "partnerKeyCreate", "secret", name="ERP", scopes=["contacts.read"],
        expiresAt=(clock.now + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    assert await callers.of(made["secret"]) is not None

    clock.pass_(hours=1)

    assert await callers.of(made["secret"]) is None


async def test_the_tenant_that_is_nobody_has_no_rows(house: House, tenant: Tenant) -> None:
    assert await house.db.fetch(NOBODY, "select 1 from core_user", []) == []
    assert sorted(tenant.modules - {"core"}) in await module_sets(house.db)
