"""No value of a document but a bounded page size reaches the text of a statement."""

from __future__ import annotations

import os
import re
from random import Random
from typing import Any

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, GraphQLNonNull
from graphql.execution.values import VariableValues, get_variable_values

from core.kit import loaders
from core.kit.context import Context
from core.kit.documents import NotRunnable
from core.kit.ids import prefix_of
from core.kit.plan.plan import Plan
from gateway.execution import Execution
from tests.cast import House, Tenant
from tests.kit.both import Both
from tests.kit.queries import Drawn, chosen, distinct

EXAMPLES = int(os.environ.get("EXAMPLES", "150"))
#: Values that nothing else would write into a statement.
CANARY = "cänary'; drop table core_contact --"
KEY = "0ca11ab1e0ca11ab1e0ca11ab1e0ca11"
SCALARS: dict[str, Any] = {
    "Int": 7351,
    "Boolean": True,
    "String": CANARY,
    "DateTime": "1987-06-05T04:03:02Z",
    "Date": "1987-06-05",
    "Decimal": "735197.31",
    "Float": 735.125,
    "JSON": CANARY,
}
EVERY_TEST = f"""{{ visits(first: 2, where: {{
    reason: {{eq: "{CANARY}", in: ["{CANARY}"], contains: "{CANARY}"}}, spent: {{gte: "735197.31"}},
    updatedAt: {{lte: "1987-06-05T04:03:02Z"}}, contact: {{in: ["contact_{KEY}"]}}
  }}) {{ totalCount nodes {{ id }} facets {{ facet count }} }} }}"""
SEEN = re.compile(r"(?i)c.nary|0ca11ab1e|0ca11ab1-|\b735\d*|1987")


class Canaries(Drawn):
    """Draws documents whose arguments are canaries, but for the sizes of pages."""

    def value(self, type_: Any, near: str = "contact") -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type, near)
        if isinstance(type_, GraphQLList | GraphQLEnumType | GraphQLInputObjectType):
            return super().value(type_, near)
        if type_.name == "ID":
            return f"{near}_{KEY}"
        return SCALARS[type_.name]

    def arguments(self, f: Any) -> str:
        """With pages of two or three rows, and a day count that is allowed."""
        sized = super().arguments(f)
        return re.sub(r"first: 7351\b", "first: 2", re.sub(r"days: 7351\b", "days: 73", sized))


def document(rng: Random, schema: Any, names: list[str]) -> tuple[str, dict[str, Any]]:
    drawn = Canaries(schema, rng, {name: [f"{name}_{KEY}"] for name in names})
    body = drawn.selection(schema.query_type, 3, {})
    head = f"({', '.join(drawn.definitions)})" if drawn.definitions else ""
    variables = {name: _sized(drawn, name, value) for name, value in drawn.variables.items()}
    text = "\n".join([f"query{head} {body}", *drawn.fragments])
    return re.sub(r"Int! = 7351", "Int! = 3", text), variables


def _sized(drawn: Drawn, name: str, value: Any) -> Any:
    """A variable of the type Int! is the size of a page."""
    of = next(d for d in drawn.definitions if d.startswith(f"${name}:"))
    return 3 if value == 7351 and "Int!" in of and "[" not in of else value


def drawn(both: Both) -> list[tuple[str, dict[str, Any]]]:
    found: list[Any] = [(EVERY_TEST, {}), (EVERY_TEST.replace("visits", "b: visits"), {})]
    nodes: Any = both.schema.type_map["Node"]
    names = [prefix_of(t.name) for t in both.schema.get_possible_types(nodes)]

    rng = chosen()
    return found + list(distinct(lambda: document(rng, both.schema, names), EXAMPLES))


class Overheard(Context):
    """Remembers the text of each statement that it is asked to run."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.texts: list[str] = []
        self.bound: list[Any] = []

    async def fetch(self, text: str, values: Any, *, mode: Any = "auto") -> list[Any]:
        self.texts.append(text)
        self.bound += values
        return await super().fetch(text, values, mode=mode)


@pytest.mark.parametrize("planned", [True, False])
async def test_statements_hold_no_value_that_a_client_sent(
    house: House, tenant: Tenant, planned: bool
) -> None:
    both = Both(house, tenant)
    execution, statements, sent = Execution(both.schema), 0, ""
    loaders._known.clear()

    for text, variables in drawn(both):
        try:
            document = both.documents.read(text, None)
        except NotRunnable as error:
            raise AssertionError(f"{error.errors}\n{text}") from error
        values = get_variable_values(
            both.schema, document.operation.variable_definitions or (), variables
        )
        if not isinstance(values, VariableValues):
            continue
        context = Overheard(
            tenant.actor, tenant.permissions, house.db, house.sessions, tenant.listeners
        )
        await execution.run(document, variables, values, context, planned=planned)
        for statement in context.texts:
            assert SEEN.search(statement) is None, (text, variables, statement)
        statements += len(context.texts)
        sent += repr(context.bound)

    assert statements > EXAMPLES / 3
    for canary in ("cänary", KEY, "735197.31", "1987, 6, 5"):
        assert canary in sent.replace("-", "") or canary in sent


async def test_the_size_of_a_page_is_all_that_is_written_out(house: House, tenant: Tenant) -> None:
    both = Both(house, tenant)
    way, _ = await both.ask(
        '{ visits(first: 7, where: {reason: {eq: "7"}, spent: {gte: "7"}}) { nodes { id } } }', {}
    )
    document = both.documents.read(
        "{ contacts(first: 7) { nodes { recentVisits(first: 3, days: 73) { nodes { id } } } } }",
        None,
    )
    values = get_variable_values(both.schema, (), {})
    assert isinstance(values, VariableValues)

    plan: Any = await both.execution.plans.get(document, values, tenant.permissions, frozenset())

    assert way == "planned"
    assert re.findall(r"LIMIT (\d+)", plan.text) == ["4", "8"]
    assert "73" not in plan.text


PAGES = "query($n: Int! = 4) { contacts(first: $n) { nodes { id } pageInfo { hasNextPage } } }"


async def test_a_page_whose_size_is_a_variable_is_planned_for_that_size(
    house: House, tenant: Tenant
) -> None:
    for n in range(5):
        await tenant.contact(f"Site {n}")
    both = Both(house, tenant)
    shown = {}

    for given in ({"n": 2}, {"n": 101}, {"n": 3}, {}, {"n": -1}, {"n": 100}, {"n": 2}, {"n": 0}):
        way, answer = await both.ask(PAGES, given)
        if answer["errors"]:
            assert "'path': ['contacts'], 'code': 'BAD_USER_INPUT'" in str(answer["errors"])
            continue
        assert way == "planned"
        page = both.data["contacts"]
        shown[given.get("n")] = (len(page["nodes"]), page["pageInfo"]["hasNextPage"])
    plans = list(both.execution.plans._made.values())

    assert shown == {
        2: (2, True),
        3: (3, True),
        None: (4, True),
        100: (5, False),
        0: (0, True),
    }
    limits = [re.findall(r"LIMIT (\d+)", plan.text) for plan in plans if isinstance(plan, Plan)]
    assert sorted(map(str, limits)) == sorted(f"['{n + 1}']" for n in (2, 3, 4, 100, 2, 0))


async def test_a_page_of_a_literal_size_is_planned_for_it_whatever_else_varies(
    house: House, tenant: Tenant
) -> None:
    both = Both(house, tenant)
    document = "query($after: String) { contacts(first: 50, after: $after) { nodes { id } } }"

    await both.ask(document, {"after": None})
    (plan,) = both.execution.plans._made.values()

    assert isinstance(plan, Plan)
    assert re.findall(r"LIMIT (\d+)", plan.text) == ["51"]
