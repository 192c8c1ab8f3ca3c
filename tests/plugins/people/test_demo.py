"""The people of the demo: every contact has somebody, the same ones each time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text

from core.contacts.models import Contact
from plugins.people.demo import BULK, story
from tests.cast import Tenant
from tests.plugins.people.cast import contact, persons

PEOPLE = "{ persons(first: 100) { nodes { fullName mobileE164 isPrimary contact { name } } } }"


async def told(tenant: Tenant, count: int) -> Any:
    """The persons of a tenant whose contacts the story was told for, twice."""
    for number in range(count):
        await contact(tenant, f"C{number:02}")
    for _ in range(2):
        async with tenant.session() as session:
            rows = await session.scalars(select(Contact).order_by(Contact.name_key))
            await story(session, {row.name: row for row in rows})
    nodes = (await tenant.ask(PEOPLE))["persons"]["nodes"]
    # People of one name come in the order of their ids, which no two tenants share.
    return sorted(nodes, key=str)


async def test_the_story_is_the_same_for_every_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    found = await told(tenant, 45)

    assert found == await told(other_tenant, 45)
    assert len({person["contact"]["name"] for person in found}) == 45
    assert {len(p["mobileE164"]) for p in found} == {12}


async def test_the_large_set_gives_each_contact_somebody_and_every_third_two(
    tenant: Tenant,
) -> None:
    sites = [await contact(tenant, f"C{number}") for number in range(6)]

    async with tenant.session() as session:
        for statement in BULK:
            await session.execute(text(statement), {"tenant": session.tenant_id})

    found = [await persons(tenant, site) for site in sites]
    assert [len(one) for one in found] == [1, 1, 2, 1, 1, 2]
    assert all(sum(one.values()) == 1 for one in found)
