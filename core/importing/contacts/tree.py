"""Parents by reference: who may hang below whom once all rows are written, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.hierarchy.rules import DEEPEST, written_path
from core.kit.importing import Remark, Settled
from core.kit.session import TenantSession

#: Contacts that are new with their rows, or hang elsewhere after them: for each its nearest
#: ancestor among them, by way of those that stay where they are.
_NEXT = text("""
    select distinct on (r.id) r.id, c.ancestor_id
    from core_import_row r
    join core_contact_closure c on c.tenant_id = :tenant and c.descendant_id = r.parent_id
    join core_import_row m on m.tenant_id = :tenant and m.batch_id = :batch
      and m.target_id = c.ancestor_id and m.parent_reference is not null
      and m.outcome in ('CREATED', 'CHANGED')
    where r.tenant_id = :tenant and r.batch_id = :batch and r.parent_id is not null
      and r.parent_reference is not null and r.outcome in ('CREATED', 'CHANGED')
    order by r.id, c.depth
""")
_PLACES = text("""
    select id, number, target_id, reference, parent_reference, parent_id, outcome
    from core_import_row
    where tenant_id = :tenant and batch_id = :batch and outcome in ('CREATED', 'CHANGED')
      and (parent_reference is not null or outcome = 'CREATED' and reference is not null)
    order by number
""")
_GONE = text("""
    select reference, max(number) from core_import_row
    where tenant_id = :tenant and batch_id = :batch and outcome = 'REFUSED'
      and reference is not null
    group by reference
""")
#: Rows that are refused already, and name a parent that isn't there yet.
_LOST = text("""
    select id, parent_reference from core_import_row
    where tenant_id = :tenant and batch_id = :batch and outcome = 'REFUSED'
      and parent_reference <> '' and parent_id is null
""")
#: New references that are others' but for their case, or blanks that look the same: most likely a
#: slip.
_NOTE_TWINS = text("""
    update core_import_row r
    set notes = coalesce(r.notes, '[]') || jsonb_build_array(
      case when translate(r.reference, :blanks, :spaces)
          = translate(twin.reference, :blanks, :spaces)
        then jsonb_build_object('code', 'BLANK_DIFFERS', 'field', 'reference', 'message', format(
          'There is %L, which differs by a blank that does not break only.', twin.reference))
        else jsonb_build_object('code', 'CASE_DIFFERS', 'field', 'reference', 'message', format(
          'There is %L, which differs by its case only.', twin.reference))
      end)
    from (
      select c.reference, translate(lower(c.reference), :blanks, :spaces) as low
      from core_contact c
      where c.tenant_id = :tenant and c.reference is not null
      union
      select o.reference, translate(lower(o.reference), :blanks, :spaces) from core_import_row o
      where o.tenant_id = :tenant and o.batch_id = :batch and o.reference is not null
    ) twin
    where r.tenant_id = :tenant and r.batch_id = :batch and r.outcome = 'CREATED'
      and translate(lower(r.reference), :blanks, :spaces) = twin.low
      and r.reference <> twin.reference
""")
_BLANKS = {"blanks": "\u00a0\u202f\u2007", "spaces": "   "}
#: The ways of what has moved, and of what is new, from the contacts themselves. Each of them is
#: asked for its parent (``offset 0``): what is as new as its tenant is in no statistics, and all
#: of it would be read instead.
_HANG = text("""
    with recursive way (descendant_id, ancestor_id, depth) as (
      select id, id, 0 from unnest(cast(:ids as uuid[])) id
      union all
      select w.descendant_id, c.parent_id, w.depth + 1 from way w
      cross join lateral (
        select parent_id from core_contact where tenant_id = :tenant and id = w.ancestor_id offset 0
      ) c
      where c.parent_id is not null
    )
    insert into core_contact_closure (tenant_id, ancestor_id, descendant_id, depth)
    select :tenant, ancestor_id, descendant_id, depth from way
""")
_BELOW = text("""
    select distinct descendant_id from core_contact_closure
    where tenant_id = :tenant and ancestor_id = any(cast(:ids as uuid[]))
""")
_CUT = text("""
    delete from core_contact_closure
    where tenant_id = :tenant and descendant_id = any(cast(:ids as uuid[]))
""")
_ANCESTORS = text("""
    select a.descendant_id, a.ancestor_id, a.depth from unnest(cast(:ids as uuid[])) given (id)
    cross join lateral (
      select * from core_contact_closure
      where tenant_id = :tenant and descendant_id = given.id offset 0
    ) a
""")
_HEIGHTS = text("""
    select ancestor_id, max(depth) from core_contact_closure
    where tenant_id = :tenant and ancestor_id = any(cast(:ids as uuid[]))
    group by ancestor_id
""")


class Places:
    """The rows that hang something somewhere: what is refused of them, and whose turn is when."""

    def __init__(
        self,
        rows: Sequence[Any],
        nexts: dict[UUID, UUID],
        gone: dict[str, int],
        lost: dict[UUID, str],
    ) -> None:
        #: By reference, the rows that are refused by themselves; and whom such rows hang below.
        self._gone, self._lost = gone, lost
        self._rows = {row.id: row for row in rows}
        self._new = {r.reference: r for r in rows if r.outcome == "CREATED" and r.reference}
        self._by_target = {r.target_id: r for r in rows if r.parent_reference is not None}
        self._nexts = nexts
        self.refused: dict[UUID, tuple[str, str]] = {}

    def resolve(self) -> None:
        """Refuse rows whose parent is nowhere, or is refused itself."""
        for row in self._rows.values():
            if row.parent_reference and not row.parent_id and row.parent_reference not in self._new:
                self.refused[row.id] = self._missing(row.parent_reference)
        for key, reference in self._lost.items():
            if reference not in self._new:
                self.refused[key] = self._missing(reference)
        self.spread()

    def _missing(self, reference: str) -> tuple[str, str]:
        if reference in self._gone:
            number = self._gone[reference]
            return "PARENT_REFUSED", f"Its parent '{reference}', row {number}, is refused."
        return "UNKNOWN_PARENT", f"There is no contact '{reference}', and no row that makes it."

    def spread(self) -> None:
        """Who hangs below a row that makes nothing can't be made either."""
        below: dict[UUID, list[Any]] = {}
        for row in self._rows.values():
            if row.parent_reference and not row.parent_id:
                parent = self._new.get(row.parent_reference)
                if parent is not None:
                    below.setdefault(parent.id, []).append(row)
        waiting = list(self.refused)
        while waiting:
            key = waiting.pop()
            parent = self._rows.get(key)
            if parent is None or parent.outcome != "CREATED":
                continue
            for row in below.get(key, ()):
                if row.id not in self.refused:
                    self.refused[row.id] = (
                        "PARENT_REFUSED",
                        f"Its parent '{row.parent_reference}', row {parent.number}, is refused.",
                    )
                    waiting.append(row.id)

    def above(self, row: Any) -> Any:
        """The row that hangs what this one hangs below, if there is one."""
        if row.parent_id is None:
            return self._new.get(row.parent_reference) if row.parent_reference else None
        found = self._by_target.get(self._nexts.get(row.id))
        return None if found is None or found.id in self.refused else found

    def turns(self) -> dict[UUID, int]:
        """How many rows must be written before each, and refuse those that close a circle."""
        turns: dict[UUID, int] = {}
        for row in self._rows.values():
            way: list[Any] = []
            places: dict[UUID, int] = {}
            while row is not None and row.id not in turns and row.id not in self.refused:
                if row.id in places:
                    self._circle(way[places[row.id] :])
                    break
                places[row.id] = len(way)
                way.append(row)
                row = self.above(row)
            turn = turns.get(row.id, 0) if row is not None else -1
            for one in reversed(way):
                if one.id not in self.refused:
                    turn += 1
                    turns[one.id] = turn
                    if turn > DEEPEST:
                        self.refused[one.id] = _too_deep(turn)
        return turns

    def _circle(self, rows: list[Any]) -> None:
        names = [row.reference or f"row {row.number}" for row in rows]
        path = written_path([*names, names[0]])
        for row in rows:
            self.refused[row.id] = ("CYCLE", f"The rows would close a circle: {path}.")


def _too_deep(depth: int) -> tuple[str, str]:
    return (
        "TOO_DEEP",
        f"The tree would have {depth} levels below its root; {DEEPEST} are allowed.",
    )


async def places(session: TenantSession, batch: UUID) -> Places:
    given = {"tenant": session.tenant_id, "batch": batch}
    nexts = {row: above for row, above in await session.execute(_NEXT, given) if above is not None}
    gone: dict[str, int] = dict((await session.execute(_GONE, given)).all())
    lost: dict[UUID, str] = dict((await session.execute(_LOST, given)).all())
    return Places((await session.execute(_PLACES, given)).all(), nexts, gone, lost)


async def settle(session: TenantSession, batch: UUID) -> Settled:
    """Refuse the rows that can't hang where they say, and put parents before what is below."""
    # What a file has just brought is in no statistics: row by row, it would take for ever.
    await session.execute(text("set local enable_nestloop = off"))
    given = {"tenant": session.tenant_id, "batch": batch, **_BLANKS}
    await session.execute(_NOTE_TWINS, given)
    found = await places(session, batch)
    await session.execute(text("set local enable_nestloop = on"))
    found.resolve()
    turns = found.turns()
    found.spread()
    refused = {key: Remark(*why, "parentReference") for key, why in found.refused.items()}
    return Settled(refused, turns)


async def hang(session: TenantSession, new: Iterable[UUID], moved: Iterable[UUID]) -> None:
    """Make the closure true again for contacts that are new, and for those that hang elsewhere."""
    keys = set(new)
    if moved := list(moved):
        below = await session.scalars(_BELOW, {"tenant": session.tenant_id, "ids": moved})
        affected = set(below)
        await session.execute(_CUT, {"tenant": session.tenant_id, "ids": list(affected)})
        keys |= affected
    await session.execute(_HANG, {"tenant": session.tenant_id, "ids": list(keys)})


class Tree:
    """Who hangs where, as far as some rows need it, and as each of them changes it."""

    def __init__(self, above: dict[UUID, dict[UUID, int]], heights: dict[UUID, int]) -> None:
        self._above, self._heights = above, heights
        self._parents: dict[UUID, UUID | None] = {}

    @classmethod
    async def of(cls, session: TenantSession, parents: list[UUID], moved: list[UUID]) -> Tree:
        given = {"tenant": session.tenant_id}
        above: dict[UUID, dict[UUID, int]] = {}
        for below, key, depth in await session.execute(_ANCESTORS, {**given, "ids": parents}):
            above.setdefault(below, {})[key] = depth
        heights: Any = (await session.execute(_HEIGHTS, {**given, "ids": moved})).all()
        return cls(above, dict(heights))

    def uproot(self, contact: UUID) -> None:
        """It hangs nowhere from now on."""
        self._parents[contact] = None

    def refusal(self, contact: UUID, parent: UUID) -> tuple[str, str] | None:
        """Why *contact* can't hang below *parent*; if it can, it does from now on."""
        depth, key, seen = 0, parent, set()
        while True:
            above = self._above.get(key, {key: 0})
            changed = [(d, k) for k, d in above.items() if k in self._parents]
            if contact in above and (not changed or above[contact] <= min(changed)[0]):
                return "CYCLE", "Somebody has moved its parent below it meanwhile."
            if not changed:
                depth += max(above.values(), default=0)
                break
            steps, nearest = min(changed)
            depth += steps
            following = self._parents[nearest]
            if following is None or nearest in seen:
                break
            seen.add(nearest)
            depth, key = depth + 1, following
        deepest = depth + 1 + self._heights.get(contact, 0)
        if deepest > DEEPEST:
            return _too_deep(deepest)
        self._parents[contact] = parent
        return None
