"""Suspensions, and whom they reach."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Versioned, belongs_to, view


class Suspension(Entity, Versioned, Base):
    """A stop put on some levels of the tree around a contact; lifting it keeps the row."""

    __tablename__ = "crm_suspension"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("suspended_by", "core_user"),
        belongs_to("lifted_by", "core_user"),
        # Few reach up: a contact with a large tree below it asks them, not each descendant.
        Index(
            "ix_crm_suspension_upwards",
            "tenant_id",
            "contact_id",
            postgresql_where=text("reaches_up and lifted_at is null"),
        ),
        Index(None, "tenant_id", "contact_id", "since", "id"),
        Index(None, "tenant_id", "since", "id"),
    )
    __audit_root__ = "contact_id"

    #: From where the levels are counted.
    contact_id: Mapped[UUID]
    #: MANUAL, OVER_CREDIT_LIMIT or OVERDUE.
    cause: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime]
    suspended_by: Mapped[UUID | None]
    on_self: Mapped[bool]
    ancestors_all: Mapped[bool]
    #: Distances from 1, the parent; read only unless all ancestors are meant.
    ancestor_levels: Mapped[list[int]] = mapped_column(server_default="{}")
    reaches_up: Mapped[bool] = mapped_column(
        Computed("ancestors_all or cardinality(ancestor_levels) > 0", True)
    )
    descendants_all: Mapped[bool]
    #: Distances from 1, the children; read only unless all descendants are meant.
    descendant_levels: Mapped[list[int]] = mapped_column(server_default="{}")
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[UUID | None]
    lift_reason: Mapped[str | None]


#: One row for each contact and running suspension that reaches it. Three branches instead of
#: one join with "or": a condition on contact_id then becomes an index condition in each of them.
EffectiveSuspension = view(
    "crm_effective_suspension",
    """
    select s.tenant_id, s.contact_id, s.id as suspension_id, s.contact_id as origin_id,
           0 as distance, s.cause, s.reason, s.since, s.suspended_by
    from crm_suspension s
    where s.lifted_at is null and s.on_self
    union all
    select c.tenant_id, c.descendant_id, s.id, s.contact_id,
           c.depth, s.cause, s.reason, s.since, s.suspended_by
    from core_contact_closure c
    join crm_suspension s on s.tenant_id = c.tenant_id and s.contact_id = c.ancestor_id
    where s.lifted_at is null and c.depth > 0
      and (s.descendants_all or c.depth = any(s.descendant_levels))
    union all
    select c.tenant_id, c.ancestor_id, s.id, s.contact_id,
           -c.depth, s.cause, s.reason, s.since, s.suspended_by
    from core_contact_closure c
    join crm_suspension s on s.tenant_id = c.tenant_id and s.contact_id = c.descendant_id
    where s.lifted_at is null and s.reaches_up and c.depth > 0
      and (s.ancestors_all or c.depth = any(s.ancestor_levels))
    """,
    Column("tenant_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("suspension_id", Uuid, primary_key=True),
    Column("origin_id", Uuid, nullable=False),
    Column("distance", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("suspended_by", Uuid),
    ForeignKeyConstraint(
        ["tenant_id", "contact_id"], ["core_contact.tenant_id", "core_contact.id"]
    ),
    ForeignKeyConstraint(["tenant_id", "origin_id"], ["core_contact.tenant_id", "core_contact.id"]),
    ForeignKeyConstraint(
        ["tenant_id", "suspension_id"], ["crm_suspension.tenant_id", "crm_suspension.id"]
    ),
    ForeignKeyConstraint(["tenant_id", "suspended_by"], ["core_user.tenant_id", "core_user.id"]),
)
