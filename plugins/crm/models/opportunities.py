"""Sales opportunities, the stages they go through, and when they did."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id


class OpportunityStage(Entity, Versioned, Base):
    """A step towards a sale, and how probable the sale is once there."""

    __tablename__ = "crm_opportunity_stage"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "name_key",
            info={"refused": ("NAME_TAKEN", "There is already a stage of that name.", "name")},
        ),
    )

    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]
    #: Percent.
    probability: Mapped[int]
    #: As #rrggbb.
    colour: Mapped[str]
    #: Where the stage stands among the others, from 0.
    position: Mapped[int]


class Opportunity(Entity, Versioned, Base):
    __tablename__ = "crm_opportunity"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("stage_id", "crm_opportunity_stage"),
        belongs_to("owner_id", "core_user"),
        Index(None, "tenant_id", "contact_id", "updated_at", "id"),
        Index(None, "tenant_id", "contact_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "stage_id"),
        Index(None, "tenant_id", "expected_close", "id"),
    )
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID]
    name: Mapped[str]
    #: NEW, ON_HOLD, WON or LOST.
    status: Mapped[str]
    stage_id: Mapped[UUID]
    owner_id: Mapped[UUID | None]
    #: In the tenant's currency.
    value_excl_tax: Mapped[Decimal] = mapped_column(server_default="0")
    cost: Mapped[Decimal] = mapped_column(server_default="0")
    expected_close: Mapped[date | None]
    #: When it was won or lost; null while it is neither.
    closed_at: Mapped[datetime | None]


class OpportunityLine(TenantOwned, Base):
    """What is offered. The opportunity's history shows its lines, so they need no audit."""

    __tablename__ = "crm_opportunity_line"
    __table_args__ = (
        belongs_to("opportunity_id", "crm_opportunity", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "opportunity_id", "position"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    opportunity_id: Mapped[UUID]
    #: Where it stands, from 0.
    position: Mapped[int]
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    unit_price: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    unit_cost: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    #: Quantity times price, and times cost, each rounded half up.
    total_excl_tax: Mapped[Decimal]
    total_cost: Mapped[Decimal]


class StageChange(TenantOwned, Base):
    """An opportunity came to a stage: a log that is only added to, so it needs no audit."""

    __tablename__ = "crm_opportunity_stage_change"
    __table_args__ = (
        belongs_to("opportunity_id", "crm_opportunity"),
        belongs_to("from_stage_id", "crm_opportunity_stage"),
        belongs_to("to_stage_id", "crm_opportunity_stage"),
        belongs_to("changed_by", "core_user"),
        Index(None, "tenant_id", "opportunity_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    opportunity_id: Mapped[UUID]
    #: Null for the stage it began in.
    from_stage_id: Mapped[UUID | None]
    to_stage_id: Mapped[UUID]
    at: Mapped[datetime]
    changed_by: Mapped[UUID | None]
