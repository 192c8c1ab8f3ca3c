"""Two tables of facts that a module might have, and what their charts must be in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Date, DateTime, Numeric, Text, Uuid, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateTable

from core.charts.rules import Window
from core.contacts.models import Contact, ContactGroup
from core.kit.charts import ChartSource
from core.kit.db import DIALECT, Entity, Stamped
from core.kit.ids import new_id
from core.kit.rls import protect
from tests.cast import House, Tenant

KEYS = ("NEW", "OPEN", "DONE")


class Facts(DeclarativeBase):
    """Apart from the product's tables: its migrations don't make these."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Uuid,
        str: Text,
        date: Date,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(14, 4),
    }


class Visit(Entity, Stamped, Facts):
    """A fact at an instant."""

    __tablename__ = "test_visit"
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID] = mapped_column(index=True)
    at: Mapped[datetime]
    key: Mapped[str]
    amount: Mapped[Decimal | None]


class Bill(Entity, Stamped, Facts):
    """A fact that has a day and no time."""

    __tablename__ = "test_bill"
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID] = mapped_column(index=True)
    at: Mapped[date]
    key: Mapped[str]
    amount: Mapped[Decimal | None]


def source(model: Any, kind: str) -> ChartSource:
    points = select(model.contact_id, model.at, model.key, model.amount)
    return ChartSource(kind, points, KEYS, model.updated_at, model.contact_id)


VISITS = source(Visit, "VISITS")
BILLS = source(Bill, "BILLS")


async def make_tables(house: House) -> None:
    for table in Facts.metadata.tables.values():
        if await house.owner.fetchval("select to_regclass($1)", table.name) is None:
            await house.owner.execute(str(CreateTable(table).compile(dialect=DIALECT)))
            for statement in protect(table.name):
                await house.owner.execute(statement)


async def make_contacts(tenant: Tenant, count: int) -> list[UUID]:
    async with tenant.session() as session:
        group = ContactGroup(id=new_id(), name="Customers", name_key="customers")
        session.add(group)
        await session.flush()
        contacts = [
            Contact(id=new_id(), name=f"Contact {n}", name_key=f"contact {n}", group_id=group.id)
            for n in range(count)
        ]
        session.add_all(contacts)
    return [contact.id for contact in contacts]


@dataclass(frozen=True)
class Drawing:
    keys: list[str]
    values: list[list[str]]
    tops: list[list[str]]
    counts: list[list[int]]


def expected(facts: Sequence[Any], window: Window) -> dict[UUID, Drawing]:
    """The charts of *facts*, written the slow and obvious way."""
    cells: dict[UUID, dict[tuple[str, date], list[Decimal]]] = defaultdict(dict)
    for fact in facts:
        if isinstance(fact.at, datetime):
            if not window.opens <= fact.at <= window.closes:
                continue
            day = fact.at.astimezone(window.zone).date()
        else:
            day = fact.at
            if not window.first <= day <= window.day:
                continue
        cells[fact.contact_id].setdefault((fact.key, day), []).append(fact.amount or Decimal(0))
    return {contact: _drawing(found, window) for contact, found in cells.items()}


def _drawing(cells: dict[tuple[str, date], list[Decimal]], window: Window) -> Drawing:
    present = {key for key, _ in cells}
    keys = [key for key in KEYS if key in present] + sorted(present - set(KEYS))
    values = [
        [cents(sum(cells.get((key, day), []), Decimal(0))) for day in window.days] for key in keys
    ]
    tops = [
        [sum(column[: n + 1], Decimal(0)) for column in zip(*values, strict=True)]
        for n in range(len(keys))
    ]
    return Drawing(
        keys,
        [[str(value) for value in row] for row in values],
        [[str(cents(top)) for top in row] for row in tops],
        [[len(cells.get((key, day), [])) for day in window.days] for key in keys],
    )


def cents(amount: Decimal) -> Decimal:
    # Adding zero takes the sign from -0.00, which PostgreSQL doesn't know.
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP) + 0
