"""Who is the primary person of a contact once rows of persons are written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.kit.errors import Refused
from core.kit.importing import ImportRow, Remark, Settled
from core.kit.session import TenantSession
from plugins.people.events import PrimaryChanged
from plugins.people.sheets import writing
from plugins.people.sheets.fields import PRIMARY
from plugins.people.sheets.writing import Write

#: When rows are written that say of a person that it is the primary one of a contact (which is kept
#: as their parent): first of those who are at the contact, then of those who come to it, last all
#: others. So nobody takes a place that another row of the same file has just been given.
_STAYS, _COMES = -2, -1
_CLAIMS = text("""
    select id, number, outcome, changes, case when number = first then last else first end as other,
           first <> last as several
    from (
      select id, number, outcome, changes, min(number) over same as first,
             max(number) over same as last
      from core_import_row
      where tenant_id = :tenant and batch_id = :batch and parent_id is not null
        and outcome <> 'REFUSED'
      window same as (partition by parent_id)
    ) claims
""")


def claim(row: ImportRow, current: dict[str, Any] | None, values: dict[str, Any]) -> None:
    """Say what the row's cell changes: that somebody is primary; that somebody isn't, does not."""
    if row.cells.get(PRIMARY) is None:
        return
    before = current["contact_id"] if current else None
    contact = values.get("contact_id", before)
    is_there = current is not None and contact == before
    was_primary = current is not None and current["is_primary"] and is_there
    try:
        said = row.meaning(PRIMARY)
    except Refused as refused:
        row.refused_by(refused, PRIMARY)
        return
    if not said:
        if was_primary:
            message = "A contact has a primary person: this one, until you say it of another."
            row.notes.append(Remark("PRIMARY_STAYS", message, PRIMARY))
    elif contact is not None:
        row.parent_id = contact
        if not was_primary:
            values["is_primary"] = True
            row.changes[PRIMARY] = [None if current is None else "false", "true"]
    elif not row.problems:
        message = "A person without a contact is the primary one of nobody."
        row.refuse("PERSON_UNATTACHED", message, PRIMARY)


async def settle(session: TenantSession, batch: UUID) -> Settled:
    """Refuse rows that say it of several persons of a contact; the others are written first."""
    settled = Settled()
    for row in await session.execute(_CLAIMS, {"tenant": session.tenant_id, "batch": batch}):
        if row.several:
            settled.refused[row.id] = Remark(
                "TWO_PRIMARIES",
                f"Row {row.other} says of another person of the contact that it is the primary "
                "one: leave it to one of them.",
                PRIMARY,
            )
            continue
        if row.outcome == "UNCHANGED":
            continue
        changed = {change[0] for change in row.changes or ()}
        stays = row.outcome != "CREATED" and "contactReference" not in changed
        settled.turns[row.id] = _STAYS if stays else _COMES
    return settled


async def choose(session: TenantSession, writes: Sequence[Write]) -> dict[UUID, Write]:
    """Of those who come to a contact, the first is its primary person if it has nobody; or the

    one of whom the row says so, in place of who is. Returns who leaves contacts as their primary
    person.
    """
    claims = {one.whole["contact_id"]: one for one in writes if one.values.get("is_primary")}
    await _make_way(session, writes, claims)
    moved = [one for one in writes if "contact_id" in one.values]
    going = {one.key for one in moved}
    targets = [key for one in moved if (key := one.values["contact_id"]) is not None]
    present = await writing.persons(session, "contact_id", targets, lock=False)
    held = {one["contact_id"] for one in present if one["id"] not in going} | claims.keys()
    left: dict[UUID, Write] = {}
    for one in moved:
        if one.current is not None and one.current["is_primary"]:
            left[one.current["contact_id"]] = one
        contact = one.values["contact_id"]
        is_primary = contact is not None and (contact not in held or claims.get(contact) is one)
        held.add(contact)
        if is_primary or one.current is not None:
            one.values["is_primary"] = is_primary
    return left


async def _make_way(
    session: TenantSession, writes: Sequence[Write], claims: dict[UUID, Write]
) -> None:
    """Let those whose places are taken be primary no more, before anybody takes them."""
    there = await writing.persons(session, "contact_id", [*claims], lock=True, primary=True)
    going = [one for one in there if one["id"] != claims[one["contact_id"]].key]
    made = [
        Write(ImportRow(one["id"], 0, {}, one["id"]), one["id"], one, {"is_primary": False})
        for one in going
    ]
    await writing.write(session, made)
    for one in going:
        claims[one["contact_id"]].replaces = one["id"]
    after = {
        one["id"]: {**one, "is_primary": False, "version": one["version"] + 1} for one in going
    }
    for write in writes:
        write.current = after.get(write.key, write.current)


async def promote(
    session: TenantSession, contacts: set[UUID], first: Collection[UUID] = ()
) -> list[Write]:
    """Give contacts without a primary person one of *first*, or else the oldest: who that is."""
    if not contacts:
        return []
    there = await writing.persons(session, "contact_id", sorted(contacts), lock=True)
    there.sort(key=lambda one: one["id"] not in first)
    with_primary = {one["contact_id"] for one in there if one["is_primary"]}
    promoted: list[Write] = []
    for one in there:
        if one["contact_id"] not in with_primary:
            with_primary.add(one["contact_id"])
            row = ImportRow(one["id"], 0, {}, one["id"])
            promoted.append(Write(row, one["id"], one, {"is_primary": True}))
    await writing.write(session, promoted)
    for write in promoted:
        await session.tell(PrimaryChanged(write.whole["contact_id"], None, write.key))
    return promoted
