"""What is there already, for some hundreds of rows at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, func, literal, select
from sqlalchemy import text as sql_text

from core.contacts.models import Contact, ContactGroup
from core.kit.bulk import planned_anew
from core.kit.importing import ImportRow
from core.kit.keys import sort_key
from core.kit.session import TenantSession
from core.tenancy.models import Tenant, User

CONTACT: Any = Contact.__table__
#: Each reference is looked for alone (``offset 0``).
_REFERRED = sql_text("""
    select c.reference, c.id, c.name from unnest(cast(:given as text[])) given (reference)
    cross join lateral (
      select reference, id, name from core_contact
      where tenant_id = :tenant and reference = given.reference offset 0
    ) c
""")


@dataclass
class Ground:
    """The contacts that rows name, and what their cells may refer to."""

    tenant_id: UUID
    country: str
    #: All contacts with a reference that a row names, as columns.
    by_reference: dict[str, list[dict[str, Any]]]
    #: Id and name of those that are named as parents.
    parents: dict[str, list[tuple[UUID, str]]]
    #: What the parents that contacts have now are called.
    parent_names: dict[Any, str]
    groups: dict[str, tuple[UUID, str]]
    group_names: dict[Any, str]
    users: dict[str, list[tuple[UUID, str]]]
    user_names: dict[Any, str]


async def ground(session: TenantSession, rows: Sequence[ImportRow], *, lock: bool) -> Ground:
    tenant = (
        await session.execute(select(Tenant.country).where(Tenant.id == session.tenant_id))
    ).one()
    found = await _contacts(session, _given(rows, "reference"), lock=lock)
    parents = await _parents(session, _given(rows, "parentReference"))
    held = {one["parent_id"] for several in found.values() for one in several} - {None}
    known = select(ContactGroup.id, ContactGroup.name)
    if lock:  # none goes while contacts come into it
        known = known.with_for_update(read=True, key_share=True)
    groups: list[tuple[UUID, str]] = [(key, name) for key, name in await session.execute(known)]
    users: list[Any] = []
    if any("owner" in row.cells for row in rows):
        statement = select(User.id, User.login, User.name).where(User.disabled_at.is_(None))
        users = list((await session.execute(statement)).all())
    by_name: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    for key, login, name in users:
        for text in {sort_key(login), sort_key(name)}:
            by_name[text].append((key, name))
    return Ground(
        session.tenant_id,
        tenant.country,
        found,
        parents,
        await _names(session, held),
        {sort_key(name): (key, name) for key, name in groups},
        dict(groups),
        by_name,
        {key: name for key, _, name in users} | await _owners(session, found, rows),
    )


def _given(rows: Sequence[ImportRow], field: str) -> list[str]:
    return sorted({text for row in rows if (text := row.cells.get(field)) is not None})


async def _contacts(
    session: TenantSession, references: list[str], *, lock: bool
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    keys = [key for _, key, _ in await _referred(session, references)]
    if not keys:
        return found
    statement = (
        select(*CONTACT.c)
        .where(
            CONTACT.c.tenant_id == session.tenant_id,
            CONTACT.c.id == func.any(literal(keys, ARRAY(Uuid))),
            CONTACT.c.reference == func.any(literal(references, ARRAY(Text))),
        )
        .order_by(CONTACT.c.id)
    )
    if lock:  # what only refers to a contact isn't kept waiting
        statement = statement.with_for_update(key_share=True)
    for row in (await session.execute(statement)).mappings():
        found[row["reference"]].append(dict(row))
    return found


async def _parents(
    session: TenantSession, references: list[str]
) -> dict[str, list[tuple[UUID, str]]]:
    found: dict[str, list[tuple[UUID, str]]] = defaultdict(list)
    for reference, key, name in await _referred(session, references):
        found[reference].append((key, name))
    return found


async def _referred(session: TenantSession, references: list[str]) -> Sequence[Any]:
    if not references:
        return ()
    given = {"tenant": session.tenant_id, "given": references}
    async with planned_anew(session):
        return (await session.execute(_REFERRED, given)).all()


async def _names(session: TenantSession, keys: Iterable[UUID]) -> dict[UUID, str]:
    """What people know contacts by: the reference, or else the name."""
    statement = select(CONTACT.c.id, func.coalesce(CONTACT.c.reference, CONTACT.c.name)).where(
        CONTACT.c.tenant_id == session.tenant_id,
        CONTACT.c.id == func.any(literal(list(keys), ARRAY(Uuid))),
    )
    return dict((await session.execute(statement)).all())


async def _owners(
    session: TenantSession, found: dict[str, list[dict[str, Any]]], rows: Sequence[ImportRow]
) -> dict[UUID, str]:
    """Owners that contacts have, also if they are disabled."""
    if not any("owner" in row.cells for row in rows):
        return {}
    keys = {one["owner_id"] for several in found.values() for one in several} - {None}
    statement = select(User.id, User.name).where(User.id.in_(keys))
    return dict((await session.execute(statement)).all())
