"""Flags, and what shows of them on the contacts below."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Integer, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Versioned, belongs_to, view


class Flag(Entity, Versioned, Base):
    """What everybody must know before dealing with a contact, or with one below it."""

    __tablename__ = "crm_flag"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("set_by", "core_user"),
        UniqueConstraint(
            "tenant_id",
            "contact_id",
            info={
                "refused": (
                    "STALE_VERSION",
                    "Somebody else flagged this contact a moment ago. Read it again.",
                    "version",
                )
            },
        ),
    )
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID]
    #: The audit log shows it to those who may see flags.
    text: Mapped[str] = mapped_column(info={"requires": "crm.flags"})
    set_at: Mapped[datetime]
    set_by: Mapped[UUID | None]


#: The flags of a contact and of all its ancestors: one row per flag that shows on it.
EffectiveFlag = view(
    "crm_effective_flag",
    """
    select c.tenant_id, c.descendant_id as contact_id, f.id as flag_id,
           f.contact_id as origin_id, c.depth as distance, f.text, f.set_at, f.set_by
    from core_contact_closure c
    join crm_flag f on f.tenant_id = c.tenant_id and f.contact_id = c.ancestor_id
    """,
    Column("tenant_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("flag_id", Uuid, primary_key=True),
    Column("origin_id", Uuid, nullable=False),
    Column("distance", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Column("set_by", Uuid),
    ForeignKeyConstraint(
        ["tenant_id", "contact_id"], ["core_contact.tenant_id", "core_contact.id"]
    ),
    ForeignKeyConstraint(["tenant_id", "origin_id"], ["core_contact.tenant_id", "core_contact.id"]),
    ForeignKeyConstraint(["tenant_id", "flag_id"], ["crm_flag.tenant_id", "crm_flag.id"]),
    ForeignKeyConstraint(["tenant_id", "set_by"], ["core_user.tenant_id", "core_user.id"]),
)
