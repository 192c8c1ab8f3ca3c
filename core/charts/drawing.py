"""The SQL of a chart: facts in, the JSON text of dense arrays out, without a row per day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CTE,
    JSON,
    Date,
    Integer,
    Numeric,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.sql import ColumnElement, Select
from sqlalchemy.sql.dml import ReturningInsert
from sqlalchemy.sql.util import find_tables
from sqlalchemy.sql.visitors import cloned_traverse

from core.charts.models import Chart
from core.charts.rules import Window
from core.kit.charts import ChartSource

ZERO_VALUE = '"0.00"'
ZERO_COUNT = "0"
COMMA = literal(",", Text)
CHARTS: Any = Chart.__table__


def points_of(source: ChartSource, tenant: UUID) -> Subquery:
    """The facts of the tenant, whose predicate each table says itself."""

    def add(statement: Any) -> None:
        for origin in statement.get_final_froms():
            tables = find_tables(origin, include_aliases=True)
            owners = [t.c.tenant_id == tenant for t in tables if "tenant_id" in t.c]
            statement._where_criteria += tuple(owners)

    found: Select[Any] = cloned_traverse(source.points, {}, {"select": add})
    return found.subquery("points")


def dated(points: Subquery) -> bool:
    """Whether facts have a day instead of an instant; such a fact belongs to its whole day."""
    return isinstance(points.c.at.type, Date)


def within(points: Subquery, window: Window) -> ColumnElement[bool]:
    low, high = (window.first, window.day) if dated(points) else (window.opens, window.closes)
    return and_(points.c.at >= low, points.c.at <= high)


def listed(column: Any, contacts: Sequence[UUID]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == func.any(literal(list(contacts), ARRAY(Uuid)))
    return found


def drawn(
    source: ChartSource, window: Window, contacts: Sequence[UUID], tenant: UUID
) -> ReturningInsert[UUID]:
    """Write the charts of these contacts, and return those that have any."""
    lines = _lines(_cells(_facts(points_of(source, tenant), window, contacts), source.keys, window))
    order = (lines.c.rank, lines.c.key)

    def stacked(column: Any) -> Any:
        return cast(_joined(column, *order), JSON)

    rows = select(
        literal(tenant, Uuid),
        lines.c.contact_id,
        literal(source.kind, Text),
        literal(window.day, Date),
        func.to_json(func.array_agg(aggregate_order_by(lines.c.key, *order))),
        *(stacked(lines.c[name]) for name in ("values", "tops", "counts")),
    ).group_by(lines.c.contact_id)
    columns = ("tenant_id", "contact_id", "kind", "day", "keys", "values", "tops", "counts")
    statement = insert(CHARTS).from_select(columns, rows)
    return statement.on_conflict_do_update(
        index_elements=columns[:3],
        set_={name: statement.excluded[name] for name in columns[3:]},
    ).returning(CHARTS.c.contact_id)


def _facts(points: Subquery, window: Window, contacts: Sequence[UUID]) -> CTE:
    """One row per contact, day and key that has something; days are counted from the first."""
    day = points.c.at if dated(points) else cast(func.timezone(window.zone.key, points.c.at), Date)
    place = day - literal(window.first, Date)
    return (
        select(
            points.c.contact_id,
            place.label("place"),
            cast(points.c.key, Text).label("key"),
            func.round(func.coalesce(func.sum(points.c.amount), 0), 2).label("value"),
            func.count().label("count"),
        )
        .where(listed(points.c.contact_id, contacts), within(points, window))
        .group_by(points.c.contact_id, place, points.c.key)
        .cte("facts")
    )


def _cells(facts: CTE, keys: Sequence[str], window: Window) -> CTE:
    """Every key of a contact on each of its active days, with its top, and the quiet days around.

    ``gap`` is how many quiet days come before, ``rest`` how many after the last active one.
    """
    active = select(facts.c.contact_id, facts.c.place).distinct().subquery()
    over: dict[str, Any] = {"partition_by": active.c.contact_id, "order_by": active.c.place}
    before = func.lag(active.c.place, 1, -1).over(**over)
    is_last = func.lead(active.c.place).over(**over).is_(None)
    last = literal((window.day - window.first).days, Integer)
    days = select(
        active,
        (active.c.place - before - 1).label("gap"),
        case((is_last, last - active.c.place), else_=0).label("rest"),
    ).subquery("days")
    position = func.array_position(literal(list(keys), ARRAY(Text)), facts.c.key)
    # Keys that the source doesn't name come last, by alphabet.
    rank = func.coalesce(position, len(keys) + 1).label("rank")
    series = select(facts.c.contact_id, facts.c.key, rank).distinct().subquery("series")
    here = and_(
        facts.c.contact_id == days.c.contact_id,
        facts.c.place == days.c.place,
        facts.c.key == series.c.key,
    )
    value = func.coalesce(facts.c.value, cast("0.00", Numeric))
    top = func.sum(value).over(
        partition_by=(days.c.contact_id, days.c.place),
        order_by=(series.c.rank, series.c.key),
        rows=(None, 0),
    )
    return (
        select(
            days,
            series.c.key,
            series.c.rank,
            value.label("value"),
            top.label("top"),
            func.coalesce(facts.c.count, 0).label("count"),
        )
        .select_from(days)
        .join(series, series.c.contact_id == days.c.contact_id)
        .outerjoin(facts, here)
        .cte("cells")
    )


def _lines(cells: CTE) -> Subquery:
    """One row per contact and key: each array as the text of a JSON list."""

    def dense(zero: str, value: Any) -> Any:
        before = func.repeat(f"{zero},", cells.c.gap, type_=Text)
        after = func.repeat(f",{zero}", cells.c.rest, type_=Text)
        return _joined(before + value + after, cells.c.place)

    def quoted(column: Any) -> Any:
        return '"' + cast(column, Text) + '"'

    return (
        select(
            cells.c.contact_id,
            cells.c.key,
            cells.c.rank,
            dense(ZERO_VALUE, quoted(cells.c.value)).label("values"),
            dense(ZERO_VALUE, quoted(cells.c.top)).label("tops"),
            dense(ZERO_COUNT, cast(cells.c.count, Text)).label("counts"),
        )
        .group_by(cells.c.contact_id, cells.c.key, cells.c.rank)
        .subquery("lines")
    )


def _joined(column: Any, *order: Any) -> Any:
    return "[" + func.string_agg(column, aggregate_order_by(COMMA, *order), type_=Text) + "]"
