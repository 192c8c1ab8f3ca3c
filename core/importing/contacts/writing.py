"""Writes rows of contacts, and takes back what they wrote."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, delete, func, literal, select

from core.contacts.custom import CONTACTS as TARGET
from core.contacts.events import ContactChanged, ContactCreated, ContactDeleted, ContactMoved
from core.contacts.services import default_group
from core.custom_fields.moving import carry_many
from core.hierarchy.services import lock_tree
from core.importing.contacts import tree
from core.importing.contacts import values as custom_values
from core.importing.contacts.ground import CONTACT
from core.importing.contacts.looking import DEFAULT_GROUP
from core.importing.services.holders import in_use
from core.importing.services.since import changed_by_others
from core.kit import bulk
from core.kit.audit import plain
from core.kit.importing import ImportRow, Remark
from core.kit.session import TenantSession

_KEYS = {"group_id", "parent_id", "owner_id"}
#: What an import may write; who, when and which version come with it.
COLUMNS = (
    "name", "name_key", "group_id", "reference", "street", "postcode", "town", "country",
    "latitude", "longitude", "phone", "phone_e164", "email", "website", "information",
    "parent_id", "parent_kind", "owner_id",
)  # fmt: skip


async def write(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    await _resolve(session, rows)
    noted = _noted(rows)
    new = [row for row in rows if row.is_new]
    old = [row for row in rows if not row.is_new and row.values["contact"]]
    said = set().union(*(row.values["contact"] for row in new))
    blank = {name: None for name in COLUMNS if name in said}
    await bulk.insert_rows(
        session,
        CONTACT,
        [{"id": row.target_id, **blank, **row.values["contact"]} for row in new],
        bulk.created(session),
    )
    await _carry(session, old)
    touched = {row.target_id: row for row in rows if not row.is_new and _written(row)}
    await _update(session, touched, {row.target_id: row.values["contact"] for row in rows})
    for row in rows:
        version = 0 if row.is_new else row.values["current"]["version"]
        row.versions["contact"] = version + _written(row)
        if not row.is_new and row.values["contact"]:
            before = {n: row.values["current"][n] for n in row.values["contact"]}
            row.before["contact"] = {n: plain(value) for n, value in before.items()}
    moved = [row for row in old if "parent_id" in row.values["contact"]]
    await tree.hang(session, (r.target_id for r in new), [r.target_id for r in moved])
    await custom_values.write(session, TARGET, rows)
    await bulk.write_audit(session, await noted)
    await _tell(session, rows)


def _noted(rows: Sequence[ImportRow]) -> asyncio.Future[list[dict[str, Any]]]:
    """What the audit says of rows: made in another thread, while the database writes them."""
    written = [row for row in rows if _written(row)]
    make: partial[list[dict[str, Any]]] = partial(list, map(_entry, written))
    return asyncio.get_running_loop().run_in_executor(None, make)


async def _carry(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    """Let contacts that come into another group keep what both groups have."""
    ways: dict[tuple[UUID, UUID], list[UUID]] = defaultdict(list)
    for row in rows:
        before, after = row.values["current"]["group_id"], row.values["contact"].get("group_id")
        if after is not None and after != before:
            ways[before, after].append(row.target_id)
    for (before, after), keys in ways.items():
        await carry_many(session, TARGET, keys, before, after)


async def _resolve(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    """The group of those that name none, made now that somebody needs it."""
    for row in rows:
        if row.values["contact"].get("group_id") == DEFAULT_GROUP:
            row.values["contact"]["group_id"] = (await default_group(session)).id
        if row.parent_reference is not None:
            row.values["contact"]["parent_id"] = row.parent_id


async def _update(
    session: TenantSession, rows: dict[UUID, ImportRow], changed: dict[UUID, dict[str, Any]]
) -> None:
    """Write contacts that are locked: what doesn't change is written as it is."""
    await bulk.update_rows(
        session,
        CONTACT,
        [
            {
                "id": key,
                **{name: row.values["current"][name] for name in COLUMNS},
                **changed[key],
                "version": row.values["current"]["version"] + 1,
            }
            for key, row in rows.items()
        ],
        bulk.stamped(session),
    )


def _written(row: ImportRow) -> bool:
    return row.is_new or bool(row.values["contact"]) or bool(row.values.get("custom"))


def _entry(row: ImportRow) -> dict[str, Any]:
    current = row.values["current"] or {}
    changes = {
        name: [current.get(name), value]
        for name, value in row.values["contact"].items()
        if value is not None or not row.is_new
    }
    for field, _, _ in row.values.get("custom", ()):
        changes[f"custom_values.{field.key}"] = row.changes[f"custom.{field.key}"]
    action = "CREATED" if row.is_new else "CHANGED"
    return bulk.audited(action, CONTACT, row.target_id, row.target_id, changes)


async def _tell(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    for row in rows:
        if row.is_new:
            await session.tell(ContactCreated(row.target_id))
            continue
        names = sorted(set(row.values["contact"]) - {"name_key", "phone_e164"})
        names += [f"custom_values.{field.key}" for field, _, _ in row.values.get("custom", ())]
        if names:
            await session.tell(ContactChanged(row.target_id, ",".join(names)))
        if "parent_id" in row.values["contact"]:
            before = row.values["current"]["parent_id"]
            await session.tell(
                ContactMoved(row.target_id, before, row.values["contact"]["parent_id"])
            )


async def in_the_way(
    session: TenantSession, rows: Sequence[ImportRow], accounted: frozenset[str]
) -> dict[UUID, Remark]:
    """Who came after the import, or holds on to what it made; parts look at their own tables."""
    await lock_tree(session)
    statement = (
        select(*CONTACT.c)
        .where(
            CONTACT.c.tenant_id == session.tenant_id,
            CONTACT.c.id == func.any(literal([r.target_id for r in rows], ARRAY(Uuid))),
        )
        .order_by(CONTACT.c.id)
        .with_for_update()
    )
    there = {row["id"]: dict(row) for row in (await session.execute(statement)).mappings()}
    changed = await changed_by_others(
        session,
        CONTACT,
        {row.target_id: row.versions["contact"] for row in rows},
        {key: row["version"] for key, row in there.items()},
    )
    found: dict[UUID, Remark] = {}
    for row in rows:
        row.values["current"] = there.get(row.target_id)
        if row.target_id in changed:
            found[row.id] = Remark("CHANGED_SINCE", "Somebody has changed the contact since.")
    new = [row.target_id for row in rows if row.is_new and row.id not in found]
    ours = [row.target_id for row in rows if row.id not in found]
    used = await in_use(session, CONTACT, new, ours, accounted)
    for row in rows:
        if row.id not in found and (by := used.get(row.target_id)):
            found[row.id] = Remark("IN_USE", f"The contact is in use by now: {by}.")
    return found | await _circles(session, [row for row in rows if row.id not in found])


async def _circles(session: TenantSession, rows: Sequence[ImportRow]) -> dict[UUID, Remark]:
    """Contacts whose old parent is below them by now, or is gone."""
    moved = [(row, UUID(old)) for row in rows if (old := _old_parent(row)) is not None]
    made = await tree.Tree.of(session, [old for _, old in moved], [r.target_id for r, _ in moved])
    return {
        row.id: Remark(*refusal)
        for row, old in moved
        if (refusal := made.refusal(row.target_id, old)) is not None
    }


def _old_parent(row: ImportRow) -> Any:
    return None if row.is_new else row.before.get("contact", {}).get("parent_id")


async def undo(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    """Delete what the rows made, and give others back what they had."""
    new = [row for row in rows if row.is_new]
    old = {row.target_id: row for row in rows if row.before.keys() & {"contact", "custom"}}
    before = {key: _typed(row.before.get("contact", {})) for key, row in old.items()}
    await _update(session, old, before)
    moved = [key for key, values in before.items() if "parent_id" in values]
    await tree.hang(session, (), moved)
    await custom_values.restore(session, TARGET, [*old.values(), *new])
    await session.execute(
        delete(CONTACT).where(
            CONTACT.c.tenant_id == session.tenant_id,
            CONTACT.c.id == func.any(literal([row.target_id for row in new], ARRAY(Uuid))),
        )
    )
    entries = [
        bulk.audited(
            "CHANGED", CONTACT, key, key,
            {n: [old[key].values["current"][n], v] for n, v in values.items()}
            | {
                f"custom_values.{name.removeprefix('custom.')}": [after, was]
                for name, (was, after) in old[key].changes.items()
                if name.startswith("custom.")
            },
        )
        for key, values in before.items()
    ]  # fmt: skip
    entries += [bulk.audited("DELETED", CONTACT, r.target_id, r.target_id, _all(r)) for r in new]
    await bulk.write_audit(session, entries)
    for row in new:
        await session.tell(ContactDeleted(row.target_id))
    for key, values in before.items():
        names = sorted({*values, *(n for n in old[key].changes if n.startswith("custom."))})
        if names:
            await session.tell(ContactChanged(key, ",".join(names)))
        if "parent_id" in values:
            was = old[key].values["current"]["parent_id"]
            await session.tell(ContactMoved(key, was, values["parent_id"]))


def _all(row: ImportRow) -> dict[str, Any]:
    current = row.values["current"]
    return {name: [current[name], None] for name in COLUMNS if current[name] is not None}


def _typed(kept: dict[str, Any]) -> dict[str, Any]:
    """Values of columns, from how JSON has them."""
    typed = dict(kept)
    for name, value in kept.items():
        if value is not None and name in _KEYS:
            typed[name] = UUID(value)
        elif value is not None and name in ("latitude", "longitude"):
            typed[name] = Decimal(value)
    return typed
