"""A caller's wrong argument is the caller's error; a field that keeps failing is set aside."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import func, literal, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from structlog.testing import capture_logs

from core.kit.context import Context
from core.kit.fields import Declared, value
from core.kit.ids import global_id, new_id
from gateway.endpoint import GraphQLEndpoint
from gateway.execution import AVOID_SECONDS, Execution
from gateway.graphql import Answer, Gateway, GraphQLRequest
from gateway.metrics import Metrics
from gateway.schema import new_schema, schema_of
from tests.cast import House, Tenant


def cursor(*position: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(position)).decode()


VISITS = "query($where: VisitFilter) { visits(where: $where) { nodes { id } totalCount } }"
PAGE = "query($after: String, $order: [VisitOrderBy!]) { visits(after: $after, orderBy: $order) { nodes { id } } }"  # noqa: E501
CONTACTS = "query($first: Int!) { contacts(first: $first) { nodes { name } } }"
BY_IDS = "query($ids: [ID!]!) { contactsById(ids: $ids) { name } }"
KEY = new_id().hex
RIGHT: dict[str, dict[str, Any]] = {
    VISITS: {"where": {"reason": {"eq": "a"}}},
    PAGE: {"order": ["UPDATED_AT_DESC"]},
    CONTACTS: {"first": 3},
    BY_IDS: {"ids": []},
}
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "an instant without offset": (VISITS, {"where": {"updatedAt": {"gte": "2026-01-31T12:00:00"}}}),
    "an instant of the year 10000": (
        VISITS,
        {"where": {"updatedAt": {"gte": "10000-01-01T00:00:00Z"}}},
    ),
    "an instant of the year 10000 in UTC": (
        VISITS,
        {"where": {"updatedAt": {"lte": "9999-12-31T23:59:59-01:00"}}},
    ),
    "an instant before the year 1 in UTC": (
        VISITS,
        {"where": {"updatedAt": {"lte": "0001-01-01T00:00:00+01:00"}}},
    ),
    "midnight after the last day": (VISITS, {"where": {"updatedAt": {"lte": "9999-12-31T24:00Z"}}}),
    "a number that is none": (VISITS, {"where": {"spent": {"eq": "NaN"}}}),
    "a number without end": (VISITS, {"where": {"spent": {"eq": "Infinity"}}}),
    "a huge number": (VISITS, {"where": {"spent": {"eq": "1e400"}}}),
    "a number of 20,000 digits": (VISITS, {"where": {"spent": {"eq": "0." + "1" * 20_000}}}),
    "a text with a NUL": (VISITS, {"where": {"reason": {"eq": "a\0b"}}}),
    "a text with a NUL in a list": (VISITS, {"where": {"reason": {"in": ["a", "\0"]}}}),
    "a choice that there is not": (VISITS, {"where": {"rank": {"eq": "WOOD"}}}),
    "an ID of something else": (VISITS, {"where": {"contact": {"eq": f"user_{KEY}"}}}),
    "an ID that is none": (VISITS, {"where": {"contact": {"in": ["nonsense", "\0"]}}}),
    "no cursor": (PAGE, {"after": "nonsense", "order": ["UPDATED_AT_DESC"]}),
    "a cursor of a naive instant": (
        PAGE,
        {"after": cursor("2026-01-31T12:00:00", 5), "order": ["UPDATED_AT_DESC"]},
    ),
    "a cursor beyond all time": (
        PAGE,
        {"after": cursor("9999-12-31T23:59:59-01:00", KEY), "order": ["UPDATED_AT_DESC"]},
    ),
    "a cursor with a NUL": (PAGE, {"after": cursor("a\0", KEY), "order": ["REASON_ASC"]}),
    "a cursor of a huge number": (PAGE, {"after": cursor("1e99999", KEY), "order": ["SPENT_ASC"]}),
    "a cursor of no number": (PAGE, {"after": cursor("NaN", KEY), "order": ["SPENT_ASC"]}),
    "a negative page": (CONTACTS, {"first": -1}),
    "a page too large": (CONTACTS, {"first": 101}),
    "a page beyond 32 bits": (CONTACTS, {"first": 2**31}),
    "IDs of all kinds": (BY_IDS, {"ids": [f"user_{KEY}", "", "é"]}),
    "too many IDs": (BY_IDS, {"ids": [f"contact_{KEY}"] * 251}),
}
CALLERS = {"BAD_USER_INPUT", "NOT_FOUND"}


async def ask(gateway: Gateway, tenant: Tenant, text: str, variables: Any = None) -> Answer:
    context = Context(
        tenant.actor, tenant.permissions, tenant.house.db, tenant.house.sessions, tenant.listeners
    )
    return await gateway.answer(GraphQLRequest(text, variables), context)


def codes(answer: Answer) -> set[str]:
    return {e["extensions"]["code"] for e in orjson.loads(answer.body).get("errors", ())}


@pytest.fixture(scope="module")
def gateway(house: House) -> Gateway:
    return Gateway(schema_of(house.modules)._schema)


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_variable_is_the_callers_error_and_slows_nobody_down(
    gateway: Gateway, tenant: Tenant, other_tenant: Tenant, name: str
) -> None:
    text, variables = WRONG[name]

    wrong = await ask(gateway, tenant, text, variables)
    right = await ask(gateway, other_tenant, text, RIGHT[text])

    assert codes(wrong) <= CALLERS, wrong.body
    assert codes(wrong), wrong.body
    assert wrong.way != "fallback"
    assert wrong.set_aside == ()
    assert (right.way, codes(right)) == ("planned", set())


LITERALS = [
    '{ visits(where: {updatedAt: {gte: "2026-01-31T12:00:00"}}) { totalCount } }',
    '{ visits(where: {spent: {eq: "1e400"}}) { totalCount } }',
    '{ visits(where: {reason: {eq: "\\u0000"}}) { totalCount } }',
    '{ visits(where: {reason: {eq: "\\u{0}"}}) { totalCount } }',
    '{ visits(where: {reason: {eq: "\0"}}) { totalCount } }',
    '{ visits(where: {contact: {eq: "nonsense"}}) { totalCount } }',
    '{ visits(after: "nonsense") { nodes { id } } }',
    "{ contacts(first: 101) { nodes { id } } }",
    "{ contacts(first: 99999999999) { nodes { id } } }",
]


@pytest.mark.parametrize("text", LITERALS)
async def test_a_wrong_literal_is_the_callers_error_each_time(
    gateway: Gateway, tenant: Tenant, text: str
) -> None:
    for _ in range(2):
        answer = await ask(gateway, tenant, text)

        assert codes(answer) <= CALLERS | {"GRAPHQL_VALIDATION_FAILED"}
        assert codes(answer)
        assert answer.way != "fallback"


async def test_a_text_that_only_looks_like_a_nul_is_kept(gateway: Gateway, tenant: Tenant) -> None:
    text = '{ visits(where: {reason: {eq: "\\\\u0000"}}) { totalCount } }'

    answer = await ask(gateway, tenant, text)

    assert orjson.loads(answer.body) == {"data": {"visits": {"totalCount": 0}}}


async def test_the_first_and_the_last_days_are_days(gateway: Gateway, tenant: Tenant) -> None:
    for low, high in (
        ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        ("2026-01-31T12:00:00+01:00", "9999-12-31T23:59:59.999999Z"),
    ):
        variables = {"where": {"updatedAt": {"gte": low, "lte": high}}}
        answer = await ask(gateway, tenant, VISITS, variables)
        assert (answer.way, codes(answer)) == ("planned", set())


async def test_an_id_that_names_nothing_fails_alone(
    gateway: Gateway, tenant: Tenant, other_tenant: Tenant
) -> None:
    text = "query($id: ID!) { contact(id: $id) { name } }"
    contact = await other_tenant.contact("Dalkia")

    absent = await ask(gateway, tenant, text, {"id": global_id("contact", new_id())})
    there = await ask(gateway, other_tenant, text, {"id": contact})

    assert codes(absent) == {"NOT_FOUND"}
    assert (there.way, codes(there)) == ("planned", set())


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def faulty(house: House, clock: Clock) -> Gateway:
    """A gateway one of whose fields divides by zero in SQL, whatever is asked."""
    gateway = Gateway(new_schema(house.modules)._schema)
    field: Any = gateway.schema.type_map["Contact"]
    definition: Declared = field.fields["points"].extensions["strawberry-definition"]
    definition.source = value(select(literal(1) / func.nullif(literal(0), literal(1)))).source
    gateway.execution = Execution(gateway.schema, clock)
    return gateway


BOTH = "query($id: ID!) { contact(id: $id) { name points recentVisits { nodes { id } } } }"


async def test_a_field_that_keeps_failing_is_set_aside_reported_and_tried_again(
    faulty: Gateway, tenant: Tenant, clock: Clock
) -> None:
    contact = {"id": await tenant.contact("Dalkia")}
    rest = {"name": "Dalkia", "points": None, "recentVisits": {"nodes": []}}
    ways = []

    with capture_logs() as logged:
        for later in (0, 0, 1, AVOID_SECONDS - 2):
            clock.now += later
            answer = await ask(faulty, tenant, BOTH, contact)
            ways.append((answer.way, answer.set_aside))
            assert orjson.loads(answer.body)["data"] == {"contact": rest}
            assert codes(answer) == {"INTERNAL_SERVER_ERROR"}
    aside = ("Contact.points",)
    assert ways == [("fallback", aside), ("mixed", aside), ("mixed", aside), ("mixed", aside)]
    assert [e["fields"] for e in logged if e["event"] == "fields set aside"] == [aside] * 4

    without = BOTH.replace(" points", "")
    assert (await ask(faulty, tenant, without, contact)).way == "planned"


async def test_a_field_that_has_recovered_is_planned_again_half_a_minute_later(
    faulty: Gateway, tenant: Tenant, clock: Clock
) -> None:
    contact = {"id": await tenant.contact("Dalkia")}
    field: Any = faulty.schema.type_map["Contact"]
    definition: Declared = field.fields["points"].extensions["strawberry-definition"]
    await ask(faulty, tenant, BOTH, contact)
    definition.source = value(select(literal(7))).source
    faulty.execution.plans._made.clear()

    ways = []
    for later in (0, AVOID_SECONDS - 1, 2):
        clock.now += later
        answer = await ask(faulty, tenant, BOTH, contact)
        ways.append((answer.way, orjson.loads(answer.body)["data"]["contact"]["points"]))

    assert ways == [("mixed", 7), ("mixed", 7), ("planned", 7)]


async def test_what_fails_elsewhere_makes_no_plan_anew(faulty: Gateway, tenant: Tenant) -> None:
    contact = {"id": await tenant.contact("Dalkia")}
    other = "{ contacts { totalCount } }"
    await ask(faulty, tenant, other)
    await ask(faulty, tenant, BOTH, contact)
    before = len(faulty.execution.plans)

    assert (await ask(faulty, tenant, other)).way == "planned"
    assert len(faulty.execution.plans) == before


async def test_fields_set_aside_are_counted(faulty: Gateway, tenant: Tenant) -> None:
    metrics = Metrics()
    house = tenant.house

    async def identify(_request: Request) -> Tenant:
        return tenant

    endpoint = GraphQLEndpoint(
        identify=identify,
        gateway_of=lambda _tenant: faulty,
        context_of=lambda _tenant, _request: Context(
            tenant.actor, tenant.permissions, house.db, house.sessions, tenant.listeners
        ),
        metrics=metrics,
    )
    app = Starlette(routes=[Route("/graphql", endpoint)])
    body = {"query": BOTH, "variables": {"id": await tenant.contact("Dalkia")}}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for _ in range(2):
            assert (await client.post("/graphql", json=body)).status_code == 200

    assert b'fieldgate_fields_set_aside_total{field="Contact.points"} 2.0' in metrics.text()
    assert b'fieldgate_executions_total{way="mixed"} 1.0' in metrics.text()
