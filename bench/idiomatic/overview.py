"""The Overview and the query that leads to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import strawberry

from bench.idiomatic.charts import Charts, chart
from bench.idiomatic.schema import (
    Account,
    CustomValue,
    EffectiveFlag,
    EffectiveSuspension,
    FinancialDocument,
    Info,
    Mission,
    Named,
    Note,
    Opportunity,
    Parent,
    Person,
    Recent,
    name_of,
    recent,
)

SHOWN_VALUES = 4


@strawberry.type
class ContactDetails:
    website: str | None
    parent_kind: str | None
    updated_at: datetime
    version: int
    owner_id: strawberry.Private[UUID | None]

    @strawberry.field
    async def owner_name(self, info: Info) -> str | None:
        return await name_of(info, self.owner_id)


@strawberry.type
class Overview:
    row: strawberry.Private[Any]
    name: str
    reference: str | None
    street: str | None
    postcode: str | None
    town: str | None
    country: str | None
    phone: str | None
    email: str | None

    @classmethod
    def of(cls, row: Any) -> Overview:
        return cls(
            row=row,
            name=row.name,
            reference=row.reference,
            street=row.street,
            postcode=row.postcode,
            town=row.town,
            country=row.country,
            phone=row.phone,
            email=row.email,
        )

    @strawberry.field
    def contact(self) -> ContactDetails:
        return ContactDetails(
            website=self.row.website,
            parent_kind=self.row.parent_kind,
            updated_at=self.row.updated_at,
            version=self.row.version,
            owner_id=self.row.owner_id,
        )

    @strawberry.field
    async def primary_person(self, info: Info) -> Person | None:
        found = await info.context.person.load(self.row.id)
        return None if found is None else Person.of(found)

    @strawberry.field
    async def group(self, info: Info) -> Named:
        return Named.of(await info.context.group.load(self.row.group_id))  # type: ignore[no-any-return]

    @strawberry.field
    async def parent(self, info: Info) -> Parent | None:
        if self.row.parent_id is None:
            return None
        return Parent.of(await info.context.contact.load(self.row.parent_id))

    @strawberry.field
    async def effective_flags(self, info: Info) -> list[EffectiveFlag]:
        rows = await info.context.flags.load(self.row.id)
        return [
            EffectiveFlag(
                text=row.text,
                distance=row.distance,
                set_at=row.set_at,
                origin=row.origin_id,
                by=row.set_by,
            )
            for row in rows
        ]

    @strawberry.field
    async def effective_suspensions(self, info: Info) -> list[EffectiveSuspension]:
        rows = await info.context.suspensions.load(self.row.id)
        return [
            EffectiveSuspension(
                distance=row.distance,
                cause=row.cause,
                reason=row.reason,
                since=row.since,
                origin=row.origin_id,
                by=row.suspended_by,
            )
            for row in rows
        ]

    @strawberry.field
    async def account(self, info: Info) -> Account:
        row = await info.context.account.load(self.row.id)
        return Account(
            balance=row.balance,
            currency=row.currency,
            status=row.status,
            credit_limit=row.credit_limit,
            overdue_amount=row.overdue_amount,
            payment_terms_days=row.payment_terms_days,
            direct_debit=row.direct_debit,
        )

    @strawberry.field
    async def custom_values(self, info: Info) -> list[CustomValue]:
        rows = await info.context.custom_values.load(self.row.id)
        return [
            CustomValue(key=row.key, label=row.label, type=row.type, row=row)
            for row in rows[:SHOWN_VALUES]
        ]

    @strawberry.field
    async def recent_missions(self, info: Info) -> Recent[Mission]:
        return recent(Mission, await info.context.missions.load(self.row.id))  # type: ignore[no-any-return]

    @strawberry.field
    async def recent_financial_documents(self, info: Info) -> Recent[FinancialDocument]:
        rows = await info.context.documents.load(self.row.id)
        return recent(FinancialDocument, rows)  # type: ignore[no-any-return]

    @strawberry.field
    async def recent_notes(self, info: Info) -> Recent[Note]:
        return recent(Note, await info.context.notes.load(self.row.id))  # type: ignore[no-any-return]

    @strawberry.field
    async def recent_opportunities(self, info: Info) -> Recent[Opportunity]:
        rows = await info.context.opportunities.load(self.row.id)
        return recent(Opportunity, rows)  # type: ignore[no-any-return]

    @strawberry.field
    async def charts(self, info: Info) -> Charts | None:
        run = await info.context.chart_run()
        if run is None:
            return None
        rows = await info.context.charts.load(self.row.id)
        return Charts(
            as_of=run.as_of,
            days=[date.fromisoformat(day) for day in run.days],
            stale_after=run.stale_after,
            kinds={row.kind: chart(row) for row in rows},
        )


@strawberry.type
class Contact:
    id: strawberry.ID
    row: strawberry.Private[Any]

    @strawberry.field
    def overview(self) -> Overview:
        return Overview.of(self.row)


@strawberry.type
class Query:
    @strawberry.field
    async def contact(self, info: Info, id: strawberry.ID) -> Contact | None:
        row = await info.context.contact.load(UUID(id))
        return None if row is None else Contact(id=row.id, row=row)

    @strawberry.field
    async def contacts_by_id(self, info: Info, ids: list[strawberry.ID]) -> list[Contact]:
        rows = await info.context.contact.load_many([UUID(key) for key in sorted(ids)])
        return [Contact(id=row.id, row=row) for row in rows if row is not None]


schema = strawberry.Schema(Query)
