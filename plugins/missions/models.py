"""Tables of missions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from core.custom_fields.tables import Values, shown_view, value_table
from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id

#: As PostgreSQL must see it to know that an index holds what is asked for.
IS_OPEN = "status not in ('COMPLETED_OK', 'COMPLETED_WITH_ISSUES', 'CANCELLED')"
NOT_BEGUN = "status in ('SCHEDULED', 'SENT', 'READ', 'ACCEPTED', 'REFUSED', 'ON_THE_WAY')"


class MissionType(Entity, Versioned, Base):
    """What kind of work it is: repair, maintenance, delivery …"""

    __tablename__ = "missions_mission_type"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name_key",
            info={"refused": ("NAME_TAKEN", "There is already a type of that name.", "name")},
        ),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]
    #: As CSS has it: #1d4ed8.
    colour: Mapped[str]


class Mission(Entity, Versioned, Base):
    __tablename__ = "missions_mission"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("type_id", "missions_mission_type"),
        UniqueConstraint(
            "tenant_id",
            "reference",
            info={
                "refused": (
                    "REFERENCE_TAKEN",
                    "There is already a mission of that reference.",
                    "reference",
                )
            },
        ),
        Index(None, "tenant_id", "contact_id", "updated_at", "id"),
        Index(None, "tenant_id", "contact_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "status", "updated_at", "id"),
        Index(None, "tenant_id", "type_id"),
        # Half the size of the one above, and enough to count by.
        Index(None, "tenant_id", "status"),
        Index(
            "ix_missions_mission_open",
            "tenant_id",
            "contact_id",
            "planned_start",
            postgresql_where=text(IS_OPEN),
        ),
        Index(
            "ix_missions_mission_not_begun",
            "tenant_id",
            "planned_start",
            postgresql_where=text(f"not late_start and {NOT_BEGUN}"),
        ),
    )

    contact_id: Mapped[UUID]
    type_id: Mapped[UUID]
    reference: Mapped[str]
    description: Mapped[str | None]
    status: Mapped[str]
    planned_start: Mapped[datetime | None]
    planned_end: Mapped[datetime | None]
    actual_start: Mapped[datetime | None]
    actual_end: Mapped[datetime | None]
    #: The customer's own number for the work.
    order_number: Mapped[str | None]
    comments: Mapped[str | None]
    category: Mapped[str | None]
    amount_excl_tax: Mapped[Decimal | None]
    cancel_reason: Mapped[str | None]
    # Alerts: they stand beside the status, whatever it becomes.
    late_start: Mapped[bool] = mapped_column(default=False, server_default="false")
    late_finish: Mapped[bool] = mapped_column(default=False, server_default="false")
    rescheduled: Mapped[bool] = mapped_column(default=False, server_default="false")


class MissionCustomValue(Values, Base):
    """What a mission has in a custom field. Missions have the fields of their type."""

    __tablename__ = "missions_custom_value"
    __table_args__ = value_table("mission_id", "missions_mission")

    mission_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-90)


ShownMissionValue = shown_view("missions_custom_value", "mission_id", "missions_mission", "type_id")


class MissionStatusChange(TenantOwned, Base):
    """One step of a mission's life. The first has nothing before it."""

    __tablename__ = "missions_status_change"
    __table_args__ = (
        belongs_to("mission_id", "missions_mission", ondelete="CASCADE"),
        Index(None, "tenant_id", "mission_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    mission_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: The user; null: a job.
    by_id: Mapped[UUID | None]
    before: Mapped[str | None]
    after: Mapped[str]
    reason: Mapped[str | None]


class MissionCounter(TenantOwned, Base):
    """The last automatic reference of a tenant; locked while a mission gets the next."""

    __tablename__ = "missions_counter"

    last: Mapped[int]


class ContactActivity(TenantOwned, Base):
    """What the missions of one contact come to, kept by whoever writes them.

    No mission of the contact is younger than ``last_mission_at``: what is newest below a contact
    is found by this, without reading the missions of all its descendants.
    """

    __tablename__ = "missions_contact_activity"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        Index(None, "tenant_id", "last_mission_at"),
    )

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_mission_at: Mapped[datetime]
    mission_count: Mapped[int]
    amount_excl_tax: Mapped[Decimal] = mapped_column(Numeric(18, 2))
