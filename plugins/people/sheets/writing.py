"""Writes many persons at once, and takes back what was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, delete, func, literal, select

from core.contacts.models import Contact
from core.exporting.rules import CUSTOM
from core.kit import bulk
from core.kit.audit import plain
from core.kit.importing import ImportRow
from core.kit.session import TenantSession
from plugins.people.events import PersonChanged, PersonCreated, PersonDeleted, PrimaryChanged
from plugins.people.models import Person
from plugins.people.sheets.fields import COLUMN, name_key

PERSON: Any = Person.__table__
COLUMNS = (
    "contact_id", "is_primary", *COLUMN.values(), "name_key", "mobile_e164", "landline_e164",
)  # fmt: skip
NEW = {
    "is_primary": False,
    "booking_access": False,
    "receives_documents": True,
    "receives_marketing": True,
}


@dataclass
class Write:
    """A person to be written: *current* is who is there, *values* the columns that change."""

    row: ImportRow
    key: UUID
    current: dict[str, Any] | None
    values: dict[str, Any]
    #: Whose place the person takes, as the primary one of a contact.
    replaces: UUID | None = None

    @property
    def whole(self) -> dict[str, Any]:
        """All columns, as they will be."""
        current = self.current or NEW
        made = {name: current.get(name) for name in COLUMNS} | self.values
        return {**made, "name_key": name_key(made)}


async def hold(session: TenantSession, contacts: set[UUID]) -> set[UUID]:
    """Let nobody else change the persons of these contacts; those that are there."""
    found = await session.scalars(
        select(Contact.id)
        .where(Contact.id == func.any(literal(sorted(contacts), ARRAY(Uuid))))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    return set(found)


async def persons(
    session: TenantSession, column: str, keys: Sequence[UUID], *, lock: bool, primary: bool = False
) -> list[dict[str, Any]]:
    statement = select(*PERSON.c).where(
        PERSON.c.tenant_id == session.tenant_id,
        PERSON.c[column] == func.any(literal(list(keys), ARRAY(Uuid))),
    )
    if primary:
        statement = statement.where(PERSON.c.is_primary)
    statement = statement.order_by(PERSON.c.created_at, PERSON.c.id)
    if lock:
        statement = statement.with_for_update()
    return [dict(row) for row in (await session.execute(statement)).mappings()]


async def write(session: TenantSession, writes: Sequence[Write]) -> None:
    new = [one for one in writes if one.current is None]
    old = [one for one in writes if one.current is not None]
    await bulk.insert_rows(
        session, PERSON, [{"id": w.key, **w.whole, **bulk.created(session)} for w in new]
    )
    await _update(session, [(w.key, w.current or {}, w.whole) for w in old])
    for one in writes:
        version = 1 if one.current is None else one.current["version"] + 1
        one.row.versions["person"] = version
        one.row.before["person"] = {
            "id": str(one.key),
            "is_new": one.current is None,
            "values": {n: plain((one.current or {}).get(n)) for n in one.values},
        }
    await bulk.write_audit(session, map(_entry, writes))
    for one in writes:
        contact = one.whole["contact_id"]
        if one.current is None:
            await session.tell(PersonCreated(one.key, contact))
            if one.whole["is_primary"]:
                await session.tell(PrimaryChanged(contact, one.replaces, one.key))
        else:
            names = [n for n in one.values if not n.endswith("_e164")]
            names += _custom(one.row)
            await session.tell(PersonChanged(one.key, contact, ",".join(names)))
            if one.replaces is not None:
                await session.tell(PrimaryChanged(contact, one.replaces, one.key))


async def _update(
    session: TenantSession, rows: Sequence[tuple[UUID, dict[str, Any], dict[str, Any]]]
) -> None:
    await bulk.update_rows(
        session,
        PERSON,
        [
            {"id": key, **whole, "version": current["version"] + 1, **bulk.stamped(session)}
            for key, current, whole in rows
        ],
    )


def _entry(one: Write) -> dict[str, Any]:
    whole = one.whole
    current = one.current or {}
    changes = {
        name: [current.get(name), value]
        for name, value in whole.items()
        if value != current.get(name)
    }
    changes |= _custom(one.row)
    action = "CREATED" if one.current is None else "CHANGED"
    return bulk.audited(action, PERSON, one.key, whole["contact_id"], changes)


def _custom(row: ImportRow) -> dict[str, list[Any]]:
    """What the row changes in custom fields, by the names that the history has."""
    return {
        f"custom_values.{key.removeprefix(CUSTOM)}": [*both]
        for key, both in row.changes.items()
        if key.startswith(CUSTOM)
    }


async def undo(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    """Take persons away that were made, and give others back what they had.

    They are locked, and nobody has changed them since.
    """
    written = [row for row in rows if "person" in row.before]
    keys = [UUID(row.before["person"]["id"]) for row in written]
    there = {one["id"]: one for one in await persons(session, "id", keys, lock=True)}
    gone, back = [], []
    for row, key in zip(written, keys, strict=True):
        kept, current = row.before["person"], there[key]
        if kept["is_new"]:
            gone.append(current)
            continue
        values = {n: UUID(v) if n == "contact_id" and v else v for n, v in kept["values"].items()}
        whole = {name: current[name] for name in COLUMNS} | values
        back.append((key, current, {**whole, "name_key": name_key(whole)}))
    custom = {key: _custom(row) for row, key in zip(written, keys, strict=True)}
    await session.execute(
        delete(PERSON).where(
            PERSON.c.tenant_id == session.tenant_id,
            PERSON.c.id == func.any(literal([one["id"] for one in gone], ARRAY(Uuid))),
        )
    )
    await _update(session, back)
    entries = [
        bulk.audited("DELETED", PERSON, one["id"], one["contact_id"],
                     {n: [one[n], None] for n in COLUMNS if one[n] is not None})
        for one in gone
    ] + [
        bulk.audited("CHANGED", PERSON, key, whole["contact_id"],
                     {n: [current[n], v] for n, v in whole.items() if v != current[n]}
                     | {n: both[::-1] for n, both in custom[key].items()})
        for key, current, whole in back
    ]  # fmt: skip
    await bulk.write_audit(session, entries)
    for one in gone:
        await session.tell(PersonDeleted(one["id"], one["contact_id"]))
        if one["is_primary"]:
            await session.tell(PrimaryChanged(one["contact_id"], one["id"], None))
    for key, current, whole in back:
        names = [*(n for n, v in whole.items() if v != current[n]), *custom[key]]
        await session.tell(PersonChanged(key, whole["contact_id"], ",".join(names)))
