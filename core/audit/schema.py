"""Who changed what, in the API."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from sqlalchemy import Text, cast, func, select
from strawberry.scalars import JSON

from core.audit import rules
from core.contacts.schema import Contact
from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, computed, everything, many, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, matching
from core.kit.tables import AuditEntry as EntryRow
from core.roots import Query
from core.tenancy.models import PartnerKey as PartnerKeyRow
from core.tenancy.models import User as UserRow


@strawberry.enum(description="Which way a write came in.")
class AuditChannel(Enum):
    UI = "UI"
    PARTNER = "PARTNER"
    IMPORT = "IMPORT"
    JOB = "JOB"


@strawberry.enum(description="What was done to a row.")
class AuditAction(Enum):
    CREATED = "CREATED"
    CHANGED = "CHANGED"
    DELETED = "DELETED"


_key_id = func.concat("partner_key_", func.replace(cast(PartnerKeyRow.id, Text), "-", ""))


def _changes(root: AuditEntry, info: Info) -> JSON:
    row_type, changes = root.value_of(EntryRow.row_type), root.value_of(EntryRow.changes)
    return rules.shown(row_type, changes, info.context.permissions)  # type: ignore[return-value]


@strawberry.type(description="One write to one row.")
class AuditEntry(Node, table=EntryRow, requires="audit.read"):
    at: datetime
    channel: AuditChannel
    action: AuditAction
    actor: str = strawberry.field(
        description="The id of a user, a partner key or an import, or `job`."
    )
    actor_name: str | None = value(
        func.coalesce(
            select(UserRow.name).where(UserRow.id == EntryRow.user_id).scalar_subquery(),
            select(PartnerKeyRow.name).where(_key_id == EntryRow.actor).scalar_subquery(),
        ),
        "What the user or partner key is called now; null for jobs.",
    )
    row_kind: str = computed(
        rules.kind, needs=[EntryRow.row_type], description="What was written: `contact`, …"
    )
    row_id: strawberry.ID | None = computed(
        rules.row_id,
        needs=[EntryRow.row_type, EntryRow.row_id],
        description="Opens what was written, as `node` does; null if it has no type of its own.",
    )
    changes: JSON = strawberry.field(
        resolver=_changes,
        description='`{"name": {"before": "Dalkia", "after": "Dalkia Nord"}}`; of a row that was '
        "added, all is null before. What the caller may not see is `***`.",
    )


@strawberry.input(description="Which entries. All that is given must hold.")
class AuditFilter(Filter):
    at: DateTimeFilter | None = matching(EntryRow.at)
    channel: EnumFilter[AuditChannel] | None = matching(EntryRow.channel)
    action: EnumFilter[AuditAction] | None = matching(EntryRow.action)


@extend(requires="audit.read")
class ContactHistory(Contact):
    history: Connection[AuditEntry] = many(
        EntryRow.root_id,
        order_by=[EntryRow.at.desc()],
        filters=AuditFilter,
        description="What was written to the contact and to what hangs on it, newest first.",
    )


@extend(requires="audit.read")
class AuditQueries(Query):
    audit_entries: Connection[AuditEntry] = everything(
        EntryRow,
        order_by=[EntryRow.at.desc()],
        filters=AuditFilter,
        description="What was written, newest first.",
    )
