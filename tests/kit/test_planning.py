"""Planning new documents: beside serving, once for all who ask, and within bounds."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from graphql import GraphQLSchema, get_named_type, is_leaf_type, is_required_argument
from graphql.execution.values import VariableValues, get_variable_values

from core.kit import loaders
from core.kit.context import Context
from core.kit.documents import Document, Documents
from core.kit.plan.budget import MOST_FIELDS, MOST_SELECTS
from core.kit.plan.plan import Plan
from core.kit.plan.plans import MOST_SHAPES, Made, Plans, Unplanned
from gateway.graphql import Answer, Gateway, GraphQLRequest
from gateway.schema import schema_of
from tests.cast import House, Tenant

NOWHERE = {"id": "contact_" + "0" * 32}


@pytest.fixture(scope="module")
def schema(house: House) -> GraphQLSchema:
    return schema_of(house.modules)._schema


def leaves(schema: GraphQLSchema, name: str = "Contact") -> str:
    type_: Any = schema.type_map[name]
    return " ".join(
        field
        for field, f in type_.fields.items()
        if is_leaf_type(get_named_type(f.type))
        and not any(map(is_required_argument, f.args.values()))
    )


def parents(schema: GraphQLSchema, count: int, name: str = "Q") -> str:
    """*count* parents, each with all that is a leaf of a contact."""
    asked = " ".join(f"a{i}: parent {{ {leaves(schema)} }}" for i in range(count))
    return f"query {name}($id: ID!) {{ contact(id: $id) {{ {asked} }} }}"


def fan_out(levels: int, width: int) -> str:
    """A short text that stands for *width* to the power of *levels* pages."""
    fragments = "".join(
        f"fragment F{i} on Contact {{ "
        + " ".join(f"p{k}: children(first: 1) {{ nodes {{ ...F{i + 1} }} }}" for k in range(width))
        + " } "
        for i in range(levels)
    )
    last = f"fragment F{levels} on Contact {{ id name town }}"
    return f"query($id: ID!) {{ contact(id: $id) {{ ...F0 }} }} {fragments} {last}"


async def made(
    plans: Plans, document: Document, variables: dict[str, Any], *permissions: str
) -> Made:
    definitions = document.operation.variable_definitions or ()
    values = get_variable_values(plans._schema, definitions, variables)
    assert isinstance(values, VariableValues)
    return await plans.get(document, values, frozenset(permissions), frozenset())


async def ask(gateway: Gateway, tenant: Tenant, text: str, **variables: Any) -> Answer:
    context = Context(
        tenant.actor, tenant.permissions, tenant.house.db, tenant.house.sessions, tenant.listeners
    )
    return await gateway.answer(GraphQLRequest(text, variables), context)


async def test_the_event_loop_goes_on_while_documents_are_read_and_planned(
    schema: GraphQLSchema, house: House
) -> None:
    documents, plans = Documents(schema), Plans(schema)
    ticks, planned = 0, 0
    each = []

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    for number in range(8):
        before = ticks
        document = await documents.get(parents(schema, 4, f"Q{number}"), None)
        found = await made(plans, document, NOWHERE, *house.modules.permissions)
        planned += isinstance(found, Plan)
        each.append(ticks - before)
    ticking.cancel()

    assert planned == 8
    # If any of it were done by the loop itself, there would be one tick or two for each document.
    assert ticks >= 8 * 4, each


async def test_fifty_who_ask_the_same_at_once_wait_for_one_plan(
    house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway(schema_of(house.modules)._schema)
    counted: Counter[str] = Counter()
    read, make = Documents.read, Plans.make

    def counting_read(self: Documents, *args: Any, **options: Any) -> Document:
        counted["read"] += 1
        return read(self, *args, **options)

    def counting_make(self: Plans, *args: Any) -> Made:
        counted["planned"] += 1
        return make(self, *args)

    monkeypatch.setattr(Documents, "read", counting_read)
    monkeypatch.setattr(Plans, "make", counting_make)
    contact = await tenant.contact("Dalkia")
    counted.clear()
    text = "query($id: ID!) { contact(id: $id) { name town } }"

    answers = await asyncio.gather(*(ask(gateway, tenant, text, id=contact) for _ in range(50)))

    assert {(a.way, a.body) for a in answers} == {
        ("planned", b'{"data":{"contact":{"name":"Dalkia","town":null}}}')
    }
    assert counted == {"read": 1, "planned": 1}


async def test_who_goes_away_while_a_plan_is_made_takes_it_from_nobody(
    schema: GraphQLSchema, house: House
) -> None:
    documents, plans = Documents(schema), Plans(schema)
    text = parents(schema, 3)

    async def wanted() -> Made:
        document = await documents.get(text, None)
        return await made(plans, document, NOWHERE, *house.modules.permissions)

    impatient, patient = asyncio.create_task(wanted()), asyncio.create_task(wanted())
    await asyncio.sleep(0.002)
    impatient.cancel()

    assert isinstance(await patient, Plan)
    assert len(documents) == len(plans) == 1


async def test_three_thousand_documents_leave_the_caches_bounded(schema: GraphQLSchema) -> None:
    documents, plans = Documents(schema), Plans(schema, size=200)

    for number in range(3000):
        document = await documents.get(
            f"{{ a{number}: contacts(first: 1) {{ totalCount }} }}", None
        )
        if number % 10 == 0:
            await made(plans, document, {}, "contacts.read")

    del document
    assert len(documents) == 1024
    assert len(plans) == 200
    assert (len(documents._reading), len(plans._making)) == (0, 0)
    kept = set(documents._seen.values()) | {key[0] for key in plans._made}  # type: ignore[index]
    assert len(plans._of) <= len(kept)
    assert sum(map(len, plans._of.values())) == 200


async def test_the_shapes_of_one_document_crowd_nobody_out(schema: GraphQLSchema) -> None:
    documents, plans = Documents(schema), Plans(schema)
    other = await documents.get("{ contacts { totalCount } }", None)
    first = await made(plans, other, {}, "contacts.read")
    names = [f"v{i}" for i in range(8)]
    switches = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{n}: contacts(first: 1) @include(if: ${n}) {{ totalCount }}" for n in names)
    many = await documents.get(f"query({switches}) {{ me {{ id }} {fields} }}", None)

    for number in range(1, 160):
        given = {name: bool(number >> i & 1) for i, name in enumerate(names)}
        await made(plans, many, given, "contacts.read")

    assert len(plans) == MOST_SHAPES + 1
    assert await made(plans, other, {}, "contacts.read") is first


async def test_a_page_is_planned_once_for_each_size_that_is_allowed(schema: GraphQLSchema) -> None:
    documents, plans = Documents(schema), Plans(schema)
    sized = await documents.get("query($n: Int!) { contacts(first: $n) { nodes { id } } }", None)

    found = [
        await made(plans, sized, {"n": n}, "contacts.read") for n in (7, 8, 7, 101, -1, 5000, 7)
    ]

    assert isinstance(found[0], Plan)
    assert found[0] is found[2] is found[6]
    assert found[1] is not found[0]
    assert isinstance(found[3], Unplanned)
    assert found[3] is found[4] is found[5]
    assert len(plans) == 3


async def test_large_texts_in_arguments_are_not_kept_with_statements(
    house: House, tenant: Tenant
) -> None:
    gateway = Gateway(schema_of(house.modules)._schema)
    text = "query($t: String!) { contacts(where: {name: {eq: $t}}) { totalCount nodes { id } } }"
    loaders._known.clear()
    document = await gateway.documents.get(text, None)
    values = get_variable_values(
        gateway.schema, document.operation.variable_definitions or (), {"t": "x" * 6000}
    )
    assert isinstance(values, VariableValues)
    context = Context(tenant.actor, tenant.permissions, house.db, house.sessions, tenant.listeners)

    ran = await gateway.execution.run(document, {"t": "x" * 6000}, values, context, planned=False)

    assert (ran.errors, ran.data) == (None, {"contacts": {"totalCount": 0, "nodes": []}})
    assert len(loaders._known) == 0
    assert (await ask(gateway, tenant, text, t="x" * 6000)).way == "planned"
    assert len(gateway.execution.plans) == 1


@pytest.mark.parametrize(
    ("levels", "width", "why"),
    [
        (5, 4, f"it has over {MOST_FIELDS} fields"),
        (4, 4, f"it reads over {MOST_SELECTS} relations and values"),
    ],
)
async def test_a_document_that_would_be_a_huge_statement_is_not_planned(
    schema: GraphQLSchema, levels: int, width: int, why: str
) -> None:
    document = await Documents(schema).get(fan_out(levels, width), None)

    found = await made(Plans(schema), document, NOWHERE, "contacts.read")

    assert found == Unplanned(why)


async def test_a_document_without_a_plan_is_answered_all_the_same(
    house: House, tenant: Tenant
) -> None:
    gateway = Gateway(schema_of(house.modules)._schema)
    contact = await tenant.contact("Dalkia")

    answer = await ask(gateway, tenant, fan_out(3, 5), id=contact)

    assert (answer.way, answer.errors) == ("plain", 0)
    assert answer.body.count(b'{"nodes":[]}') == 5


async def test_a_document_that_asks_for_the_schema_is_no_fault_of_the_planner(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await tenant.ask("{ __schema { queryType { name } } contacts { totalCount } }")

    assert answer == {"__schema": {"queryType": {"name": "Query"}}, "contacts": {"totalCount": 0}}
    assert caplog.records == []


async def test_what_is_watched_is_planned_as_its_query_is(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    ran = tenant.house.gateway(tenant.modules).execution.ran
    before = ran["planned"]
    fields = "{ name group { name } missions(first: 2) { totalCount nodes { status } } }"

    asked = await tenant.ask(f"query($id: ID!) {{ contact(id: $id) {fields} }}", id=site)
    shown = await tenant.ask(
        f"subscription($id: ID!) {{ it: contactChanged(id: $id) {fields} }}", id=site
    )

    assert shown["it"] == asked["contact"]
    assert tenant.statements == 1
    assert ran["planned"] == before + 2
