"""Batched reads: one statement per loader and batch, each in a session of its own."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.charts.models import ChartRun, CurrentChart
from core.contacts.models import Contact, ContactGroup
from core.custom_fields.models import ShownValue
from core.tenancy.models import User
from plugins.crm.models import (
    EffectiveFlag,
    EffectiveSuspension,
    Note,
    NoteType,
    Opportunity,
    OpportunityStage,
)
from plugins.finance.models import CurrentAccount, FinancialDocument
from plugins.missions.models import Mission, MissionType
from plugins.people.models import Person

RECENT = timedelta(days=31)
MOST = 10


class Loaders:
    """The loaders of one request."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], tenant: UUID) -> None:
        self._sessions = sessions
        self._tenant = tenant
        self.contact = self._by_id(Contact)
        self.group = self._by_id(ContactGroup)
        self.user = self._by_id(User)
        self.mission_type = self._by_id(MissionType)
        self.note_type = self._by_id(NoteType)
        self.stage = self._by_id(OpportunityStage)
        self.person = DataLoader(self._primary_persons)
        self.account = DataLoader(self._accounts)
        self.flags = self._of_contact(
            select(EffectiveFlag).order_by(EffectiveFlag.c.distance, EffectiveFlag.c.flag_id),
            EffectiveFlag.c,
        )
        self.suspensions = self._of_contact(
            select(EffectiveSuspension).order_by(
                func.abs(EffectiveSuspension.c.distance),
                EffectiveSuspension.c.since,
                EffectiveSuspension.c.suspension_id,
            ),
            EffectiveSuspension.c,
        )
        self.custom_values = self._of_contact(
            select(ShownValue).order_by(ShownValue.c.position, ShownValue.c.key), ShownValue.c
        )
        self.charts = self._of_contact(select(CurrentChart), CurrentChart.c)
        self.missions = self._recent(Mission)
        self.documents = self._recent(FinancialDocument)
        self.notes = self._recent(Note)
        self.opportunities = self._recent(Opportunity)

    async def chart_run(self) -> ChartRun | None:
        async with self._sessions() as session:
            return await session.scalar(select(ChartRun).where(ChartRun.tenant_id == self._tenant))

    def _by_id(self, model: Any) -> DataLoader[UUID, Any]:
        return DataLoader(partial(self._load_by_id, model))

    async def _load_by_id(self, model: Any, keys: list[UUID]) -> list[Any]:
        statement = select(model).where(model.tenant_id == self._tenant, model.id.in_(keys))
        async with self._sessions() as session:
            found = {row.id: row for row in await session.scalars(statement)}
        return [found.get(key) for key in keys]

    async def _primary_persons(self, keys: list[UUID]) -> list[Any]:
        statement = select(Person).where(
            Person.tenant_id == self._tenant, Person.contact_id.in_(keys), Person.is_primary
        )
        async with self._sessions() as session:
            found = {row.contact_id: row for row in await session.scalars(statement)}
        return [found.get(key) for key in keys]

    async def _accounts(self, keys: list[UUID]) -> list[Any]:
        columns = CurrentAccount.c
        statement = select(CurrentAccount).where(
            columns.tenant_id == self._tenant, columns.contact_id.in_(keys)
        )
        async with self._sessions() as session:
            found = {row.contact_id: row for row in await session.execute(statement)}
        return [found.get(key) for key in keys]

    def _of_contact(self, statement: Select[Any], columns: Any) -> DataLoader[UUID, list[Any]]:
        return DataLoader(partial(self._load_of_contact, statement, columns))

    async def _load_of_contact(
        self, statement: Select[Any], columns: Any, keys: list[UUID]
    ) -> list[list[Any]]:
        statement = statement.where(columns.tenant_id == self._tenant, columns.contact_id.in_(keys))
        found: defaultdict[UUID, list[Any]] = defaultdict(list)
        async with self._sessions() as session:
            for row in await session.execute(statement):
                found[row.contact_id].append(row)
        return [found[key] for key in keys]

    def _recent(self, model: Any) -> DataLoader[UUID, list[Any]]:
        return DataLoader(partial(self._load_recent, model))

    async def _load_recent(self, model: Any, keys: list[UUID]) -> list[list[Any]]:
        """The newest rows of each contact, one more than are shown."""
        place = func.row_number().over(
            partition_by=model.contact_id, order_by=(model.updated_at.desc(), model.id.desc())
        )
        ranked = (
            select(model.id, place.label("place"))
            .where(
                model.tenant_id == self._tenant,
                model.contact_id.in_(keys),
                model.updated_at > datetime.now(UTC) - RECENT,
            )
            .subquery()
        )
        statement = (
            select(model)
            .join(ranked, ranked.c.id == model.id)
            .where(model.tenant_id == self._tenant, ranked.c.place <= MOST + 1)
            .order_by(ranked.c.place)
        )
        found: defaultdict[UUID, list[Any]] = defaultdict(list)
        async with self._sessions() as session:
            for row in await session.scalars(statement):
                found[row.contact_id].append(row)
        return [found[key] for key in keys]
