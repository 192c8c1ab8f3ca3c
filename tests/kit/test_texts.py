"""What a plan reads as PostgreSQL's text becomes what Python makes of the value itself."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as given_each
from hypothesis import strategies as st
from orjson import loads
from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from core.contacts.models import Contact
from core.kit.plan.leaves import Anomaly, day, given, instant
from core.kit.plan.planner import CALLABLE
from tests.cast import House, Tenant
from tests.kit.both import Both

FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)
AT_RANDOM = st.datetimes(timezones=st.just(UTC)) | st.integers(0, 999_999).map(
    lambda micros: datetime(2026, 1, 31, 12, 0, 0, micros, UTC)
)
WHEN = "{ contacts(first: 20) { nodes { updatedAt parent { updatedAt } } pageInfo { endCursor } } }"

CURSORS = "{ contacts(first: 20, orderBy: [UPDATED_AT_ASC]) { edges { cursor node { id } } } }"


def written(when: datetime) -> str:
    """As PostgreSQL does: without zeros at the end of a fraction."""
    fraction = f".{when.microsecond:06}".rstrip("0").rstrip(".")
    return f"{when.replace(microsecond=0, tzinfo=None).isoformat(' ')}{fraction}+00"


@given_each(AT_RANDOM)
def test_an_instant_is_written_as_python_does(when: datetime) -> None:
    assert instant(written(when)) == when.isoformat()


async def test_postgresql_writes_instants_as_is_supposed_here(house: House, tenant: Tenant) -> None:
    steps = [timedelta(microseconds=10**n) for n in range(7)]
    instants = [
        FIRST + steps[0],
        LAST - steps[0],
        *(datetime(2026, 1, 31, 12, tzinfo=UTC) + step for step in steps),
    ]

    rows = await house.db.fetch(
        tenant.id, "select each::text from unnest($1::timestamptz[]) each", [instants]
    )

    assert [row[0] for row in rows] == [written(each) for each in instants]


@pytest.mark.parametrize(
    "text",
    [
        "", "10000-01-01 00:00:00+00", "0044-03-15 12:00:00+00 BC",
        "0044-03-15 12:00:00.123+00 BC", "10000-01-01 00:00:00.12345+00",
        "2026-01-31 12:00:00+01", "2026-01-31 12:00:00.5+05:30", "31/01/2026 12:00:00 UTC",
    ],
)  # fmt: skip
def test_an_instant_that_python_does_not_know_is_none_of_a_plan(text: str) -> None:
    with pytest.raises(Anomaly):
        instant(text)


@pytest.mark.parametrize("text", ["", "10000-01-01", "0044-03-15 BC", "31/01/2026"])
def test_a_day_that_python_does_not_know_is_none_of_a_plan(text: str) -> None:
    with pytest.raises(Anomaly):
        day(text)


@pytest.mark.parametrize(
    ("text", "last"), [("infinity", date.max), ("-infinity", date.min), ("2026-01-31", None)]
)
def test_a_day_is_written_as_python_does(text: str, last: date | None) -> None:
    assert day(text) == (last.isoformat() if last else text)


async def test_fractions_of_a_second_are_the_same_in_both_executions(
    house: House, tenant: Tenant
) -> None:
    parent = await tenant.contact("Siège")
    sites: list[Any] = [await tenant.contact(f"Site {n}", parent=parent) for n in range(8)]
    for digits, site in enumerate(sites):
        when = datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(microseconds=10**digits // 10)
        if site == sites[-1]:
            when = datetime.max.replace(tzinfo=UTC)  # which the driver writes as infinity
        await house.owner.execute(
            f"update {Contact.__tablename__} set updated_at = $1 "
            "where tenant_id = $2 and 'contact_' || replace(id::text, '-', '') = $3",
            when, tenant.id, site,
        )  # fmt: skip

    way, _ = await (both := Both(house, tenant)).ask(WHEN, {})

    assert way == "planned"
    assert [each["updatedAt"] for each in both.data["contacts"]["nodes"][1:]] == [
        "2026-01-31T12:00:00+00:00",
        *(f"2026-01-31T12:00:00.{10**n:06}+00:00" for n in range(6)),
        "9999-12-31T23:59:59.999999",
    ]
    way, _ = await both.ask(CURSORS, {})
    assert way == "planned"
    cursors = [each["cursor"] for each in both.data["contacts"]["edges"]]
    assert [loads(urlsafe_b64decode(cursor))[0] for cursor in cursors[:2]] == [
        "2026-01-31T12:00:00+00:00",
        "2026-01-31T12:00:00.000001+00:00",
    ]


@pytest.mark.parametrize(
    ("type_", "sql"),
    [
        (Text(), "'d''été'::text"), (Integer(), "-7"), (Boolean(), "true"), (Boolean(), "false"),
        (Numeric(), "1250.500::numeric"), (Numeric(), "-0.00000001::numeric"),
        (Double(), "0.1::float8 + 0.2"), (Double(), "1e300::float8"),
        (Date(), "date '2026-01-31'"), (Date(), "date 'infinity'"),
        (DateTime(timezone=True), "timestamptz '2026-01-31 12:00:00.25+01'"),
        (DateTime(timezone=True), "timestamptz '-infinity'"), (JSONB(), """'{"a": [1]}'::jsonb"""),
        (Uuid(), "uuid '0ca11ab1-e0ca-11ab-1e0c-a11ab1e0ca11'"), (Numeric(), "null::numeric"),
    ],
)  # fmt: skip
async def test_a_function_is_given_what_the_driver_would_give_it(
    house: House, tenant: Tenant, type_: Any, sql: str
) -> None:
    as_text, emit = given(Column("x", type_))
    columns = "array[x]::text[] as texts, x" if as_text else "x, x as same"
    (row,) = await house.db.fetch(tenant.id, f"select {columns} from (select {sql} as x) one", [])

    found = eval(emit("row[0][0]" if as_text else "row[0]"), {**CALLABLE, "row": row})

    assert as_text or isinstance(type_, Uuid)
    assert repr(found) == repr(row[1])
