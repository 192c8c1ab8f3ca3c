"""The types: each is made from a row, and resolves what hangs on it through a loader."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry

from bench.idiomatic.loaders import MOST, Loaders

Info = strawberry.Info[Loaders, None]
T = TypeVar("T")


@strawberry.type
class Named:
    id: strawberry.ID
    name: str

    @classmethod
    def of(cls, row: Any) -> Any:
        return cls(id=row.id, name=row.name)


@strawberry.type
class Parent(Named):
    reference: str | None

    @classmethod
    def of(cls, row: Any) -> Parent:
        return cls(id=row.id, name=row.name, reference=row.reference)


@strawberry.type
class Coloured(Named):
    colour: str

    @classmethod
    def of(cls, row: Any) -> Coloured:
        return cls(id=row.id, name=row.name, colour=row.colour)


@strawberry.type
class Stage(Coloured):
    probability: int

    @classmethod
    def of(cls, row: Any) -> Stage:
        return cls(id=row.id, name=row.name, colour=row.colour, probability=row.probability)


@strawberry.type
class Person:
    id: strawberry.ID
    title: str | None
    full_name: str
    email: str | None
    mobile: str | None
    landline: str | None
    position: str | None

    @classmethod
    def of(cls, row: Any) -> Person:
        return cls(
            id=row.id,
            title=row.title,
            full_name=row.full_name,
            email=row.email,
            mobile=row.mobile,
            landline=row.landline,
            position=row.position,
        )


@strawberry.type
class Account:
    balance: Decimal
    currency: str
    status: str
    credit_limit: Decimal | None
    overdue_amount: Decimal
    payment_terms_days: int | None
    direct_debit: bool


@strawberry.type
class CustomValue:
    key: str
    label: str
    type: str
    row: strawberry.Private[Any]

    @strawberry.field
    def display(self) -> str | None:
        row = self.row
        if row.decimal_value is not None:
            return format(row.decimal_value, "f")
        if row.date_value is not None:
            return str(row.date_value.isoformat())
        if row.boolean_value is not None:
            return "true" if row.boolean_value else "false"
        text: str | None = row.text_value
        return text if text is not None else row.option_label


@strawberry.type
class EffectiveFlag:
    text: str
    distance: int
    set_at: datetime
    origin: strawberry.Private[UUID]
    by: strawberry.Private[UUID | None]

    @strawberry.field
    async def set_by(self, info: Info) -> str | None:
        return await name_of(info, self.by)

    @strawberry.field
    async def contact(self, info: Info) -> Named:
        return Named.of(await info.context.contact.load(self.origin))  # type: ignore[no-any-return]


@strawberry.type
class EffectiveSuspension:
    distance: int
    cause: str
    reason: str
    since: datetime
    origin: strawberry.Private[UUID]
    by: strawberry.Private[UUID | None]

    @strawberry.field
    async def suspended_by(self, info: Info) -> str | None:
        return await name_of(info, self.by)

    @strawberry.field
    async def contact(self, info: Info) -> Named:
        return Named.of(await info.context.contact.load(self.origin))  # type: ignore[no-any-return]


@strawberry.type
class Mission:
    id: strawberry.ID
    reference: str
    description: str | None
    status: str
    planned_start: datetime | None
    planned_end: datetime | None
    amount_excl_tax: Decimal | None
    updated_at: datetime
    type_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Any) -> Mission:
        return cls(
            id=row.id,
            reference=row.reference,
            description=row.description,
            status=row.status,
            planned_start=row.planned_start,
            planned_end=row.planned_end,
            amount_excl_tax=row.amount_excl_tax,
            updated_at=row.updated_at,
            type_id=row.type_id,
        )

    @strawberry.field
    async def type(self, info: Info) -> Coloured:
        return Coloured.of(await info.context.mission_type.load(self.type_id))


@strawberry.type
class FinancialDocument:
    id: strawberry.ID
    kind: str
    state: str
    payment_state: str
    reference: str | None
    issue_date: date | None
    due_date: date | None
    total_excl_tax: Decimal
    total_incl_tax: Decimal
    updated_at: datetime

    @classmethod
    def of(cls, row: Any) -> FinancialDocument:
        return cls(
            id=row.id,
            kind=row.kind,
            state=row.state,
            payment_state=row.payment_state,
            reference=row.reference,
            issue_date=row.issue_date,
            due_date=row.due_date,
            total_excl_tax=row.total_excl_tax,
            total_incl_tax=row.total_incl_tax,
            updated_at=row.updated_at,
        )


@strawberry.type
class Note:
    id: strawberry.ID
    reference: str
    subject: str
    status: str
    due_date: date | None
    updated_at: datetime
    type_id: strawberry.Private[UUID]
    owner_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: Any) -> Note:
        return cls(
            id=row.id,
            reference=row.reference,
            subject=row.subject,
            status=row.status,
            due_date=row.due_date,
            updated_at=row.updated_at,
            type_id=row.type_id,
            owner_id=row.owner_id,
        )

    @strawberry.field
    async def owner_name(self, info: Info) -> str | None:
        return await name_of(info, self.owner_id)

    @strawberry.field
    async def type(self, info: Info) -> Named:
        return Named.of(await info.context.note_type.load(self.type_id))  # type: ignore[no-any-return]


@strawberry.type
class Opportunity:
    id: strawberry.ID
    name: str
    status: str
    value_excl_tax: Decimal
    expected_close: date | None
    updated_at: datetime
    stage_id: strawberry.Private[UUID]
    owner_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: Any) -> Opportunity:
        return cls(
            id=row.id,
            name=row.name,
            status=row.status,
            value_excl_tax=row.value_excl_tax,
            expected_close=row.expected_close,
            updated_at=row.updated_at,
            stage_id=row.stage_id,
            owner_id=row.owner_id,
        )

    @strawberry.field
    async def owner_name(self, info: Info) -> str | None:
        return await name_of(info, self.owner_id)

    @strawberry.field
    async def stage(self, info: Info) -> Stage:
        return Stage.of(await info.context.stage.load(self.stage_id))


@strawberry.type
class Recent(Generic[T]):
    has_more: bool
    nodes: list[T]


async def name_of(info: Info, user: UUID | None) -> str | None:
    found = None if user is None else await info.context.user.load(user)
    return None if found is None else found.name


def recent(type_: Any, rows: list[Any]) -> Any:
    return Recent(has_more=len(rows) > MOST, nodes=[type_.of(row) for row in rows[:MOST]])
