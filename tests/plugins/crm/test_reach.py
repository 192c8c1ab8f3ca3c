"""Effective suspensions and flags over random trees, against a model in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from core.contacts import services
from core.contacts.models import Contact
from core.hierarchy.models import ContactClosure
from core.kit.ids import global_id, new_id
from plugins.crm.models import Flag, Suspension
from tests.cast import House, Tenant

PAGE = """{ contacts(first: 20) { nodes { id isSuspended
  effectiveSuspensions { reason distance } effectiveFlags { text distance } } } }"""


@dataclass(frozen=True)
class Levels:
    """All levels of one way, or some."""

    all: bool
    at: frozenset[int]

    def has(self, distance: int) -> bool:
        return self.all or distance in self.at


@dataclass(frozen=True)
class Stop:
    origin: int
    own: bool
    up: Levels
    down: Levels
    lifted: bool


levels = st.builds(
    Levels, st.booleans(), st.frozensets(st.integers(min_value=1, max_value=4), max_size=2)
)


@st.composite
def worlds(draw: Any) -> tuple[list[int | None], list[Stop], set[int]]:
    """Each contact's parent (by place, always an earlier one), suspensions, and who is flagged."""
    size = draw(st.integers(min_value=1, max_value=9))
    parents: list[int | None] = [None]
    for place in range(1, size):
        parents.append(draw(st.none() | st.integers(min_value=0, max_value=place - 1)))
    somewhere = st.integers(min_value=0, max_value=size - 1)
    stops = draw(
        st.lists(
            st.builds(Stop, somewhere, st.booleans(), levels, levels, st.booleans()), max_size=4
        )
    )
    return parents, stops, draw(st.sets(somewhere, max_size=4))


def above(parents: list[int | None], place: int) -> dict[int, int]:
    """How far each ancestor of a contact is, itself included."""
    found, distance, at = {}, 0, place
    while True:
        found[at] = distance
        parent = parents[at]
        if parent is None:
            return found
        at, distance = parent, distance + 1


def expected_stops(
    parents: list[int | None], stops: list[Stop], place: int
) -> list[tuple[str, int]]:
    found = []
    for number, stop in enumerate(stops):
        if stop.lifted:
            continue
        if stop.origin == place:
            if stop.own:
                found.append((str(number), 0))
        elif stop.origin in (over := above(parents, place)):
            if stop.down.has(over[stop.origin]):
                found.append((str(number), over[stop.origin]))
        elif place in (over := above(parents, stop.origin)) and stop.up.has(over[place]):
            found.append((str(number), -over[place]))
    return sorted(found, key=lambda s: (abs(s[1]), int(s[0])))


async def build(
    tenant: Tenant, parents: list[int | None], stops: list[Stop], flagged: set[int]
) -> list[UUID]:
    keys = [new_id() for _ in parents]
    async with tenant.session() as session:
        group = await services.default_group(session, "Customers")
        for place, parent in enumerate(parents):
            session.add(
                Contact(
                    id=keys[place],
                    name=str(place),
                    name_key=str(place),
                    group_id=group.id,
                    parent_id=None if parent is None else keys[parent],
                    parent_kind=None if parent is None else "OTHER",
                )
            )
            await session.flush()
            rows = [
                {
                    "tenant_id": tenant.id,
                    "ancestor_id": keys[ancestor],
                    "descendant_id": keys[place],
                    "depth": depth,
                }
                for ancestor, depth in above(parents, place).items()
            ]
            await session.execute(insert(ContactClosure).values(rows))
        for number, stop in enumerate(stops):
            session.add(
                Suspension(
                    contact_id=keys[stop.origin],
                    cause="MANUAL",
                    reason=str(number),
                    since=session.now,
                    on_self=stop.own,
                    ancestors_all=stop.up.all,
                    ancestor_levels=sorted(stop.up.at),
                    descendants_all=stop.down.all,
                    descendant_levels=sorted(stop.down.at),
                    lifted_at=session.now if stop.lifted else None,
                )
            )
            await session.flush()
        for place in flagged:
            session.add(Flag(contact_id=keys[place], text=str(place), set_at=session.now))
    return keys


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds())
async def test_r025_any_scope_in_any_tree_reaches_exactly_the_levels_it_names(
    house: House, world: tuple[list[int | None], list[Stop], set[int]]
) -> None:
    parents, stops, flagged = world
    tenant = await house.tenant()
    keys = await build(tenant, parents, stops, flagged)

    nodes = (await tenant.ask(PAGE))["contacts"]["nodes"]

    places = {global_id("contact", key): place for place, key in enumerate(keys)}
    assert len(nodes) == len(parents)
    for node in nodes:
        place = places[node["id"]]
        reaching = expected_stops(parents, stops, place)
        shown = [(s["reason"], s["distance"]) for s in node["effectiveSuspensions"]]
        assert shown == reaching
        assert node["isSuspended"] is bool(reaching)
        flags = [(int(f["text"]), f["distance"]) for f in node["effectiveFlags"]]
        over = above(parents, place)
        assert flags == sorted(
            ((p, d) for p, d in over.items() if p in flagged), key=lambda f: f[1]
        )
