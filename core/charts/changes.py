"""Which contacts' charts a night draws anew; the view moves the window of all the others."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Uuid,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    union,
)
from sqlalchemy.sql import Select

from core.charts.drawing import dated, points_of, within
from core.charts.models import Chart
from core.charts.rules import Window
from core.kit.charts import ChartSource
from core.kit.session import TenantSession
from core.kit.tables import AuditEntry

#: A transaction writes the time at which it began, and may commit after a night that began later.
SLACK = timedelta(hours=1)
#: No chart is older than this; one in seven is drawn anew each night, so that no night draws all.
OLDEST = timedelta(days=6)


async def to_draw(
    session: TenantSession, source: ChartSource, window: Window, last: Window | None
) -> list[UUID]:
    """The contacts of *source* to draw, given the window they were *last* drawn for."""
    tenant = session.tenant_id
    mine = select(Chart.contact_id).where(Chart.kind == source.kind)
    if last is None or await session.scalar(mine.limit(1)) is None:
        points = points_of(source, tenant)
        parts = [
            select(points.c.contact_id).where(within(points, window)),
            _charts(source, tenant),
        ]
    else:
        parts = [
            _written(source, last, tenant),
            _audited(source, last, tenant),
            _passing(source, window, last, tenant),
            _charts(source, tenant).where(_due(window)),
        ]
    found = union(*parts).subquery()
    contact = found.c[0]
    statement = select(contact).where(contact.is_not(None)).order_by(contact)
    return list(await session.scalars(statement))


def _charts(source: ChartSource, tenant: UUID) -> Select[tuple[UUID]]:
    chart = Chart.__table__.c
    return select(chart.contact_id).where(chart.tenant_id == tenant, chart.kind == source.kind)


def _due(window: Window) -> ColumnElement[bool]:
    day = literal(window.day, Date)
    chart = Chart.__table__.c
    turn = func.get_byte(func.uuid_send(chart.contact_id), 15) % 7
    return or_(
        chart.day < window.day - OLDEST,
        and_(chart.day < day, turn == window.day.toordinal() % 7),
    )


def _written(source: ChartSource, last: Window, tenant: UUID) -> Select[tuple[UUID]]:
    table = source.changed.class_.__table__
    return select(table.c[source.contact.key]).where(
        table.c.tenant_id == tenant,
        table.c[source.changed.key] > last.closes - SLACK,
    )


def _audited(source: ChartSource, last: Window, tenant: UUID) -> Select[tuple[UUID]]:
    """The contacts that have lost a fact: it was deleted, or moved to another contact."""
    entry = AuditEntry.__table__.c
    before = entry.changes[source.contact.key][0].astext
    return select(cast(before, Uuid)).where(
        entry.tenant_id == tenant,
        entry.at > last.closes - SLACK,
        entry.row_type == source.changed.class_.__tablename__,
        entry.action.in_(["CHANGED", "DELETED"]),
        before.is_not(None),
    )


def _passing(
    source: ChartSource, window: Window, last: Window, tenant: UUID
) -> Select[tuple[UUID]]:
    """The contacts with facts that have entered the window by the passing of time, or left it."""
    points = points_of(source, tenant)
    at = points.c.at
    if dated(points):
        moved = or_(
            and_(at > last.day, at <= window.day), and_(at >= last.first, at < window.first)
        )
    else:
        moved = or_(
            and_(at > last.closes, at <= window.closes),
            and_(at >= last.opens, at < window.opens),
        )
    return select(points.c.contact_id).where(moved)
