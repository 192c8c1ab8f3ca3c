"""What is read quickly is read as graphql-core reads it: variables, and arguments made of them."""

from __future__ import annotations

from typing import Any

from graphql import OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kit.arguments import reader
from core.kit.variables import Variables

SCHEMA = build_schema(
    """
    input Where { name: String, in: [ID!] }
    enum Order { UP DOWN }
    type Query {
      found(
        id: ID, needed: ID!, ids: [ID!], text: String = "x", first: Int! = 50, on: Boolean,
        size: Float, where: Where, order: [Order!] = [UP], lists: [[Int]]
      ): Int
    }
    """
)
TYPES = {
    "id": "ID", "needed": "ID!", "ids": "[ID!]", "text": "String", "first": "Int!",
    "on": "Boolean", "size": "Float", "where": "Where", "order": "[Order!]", "lists": "[[Int]]",
}  # fmt: skip
VALUES: Any = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.floats(allow_nan=False), st.text(max_size=3),
        st.integers(-(2**33), 2**33), st.integers(-3, 3), st.sampled_from(["UP", "a"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["name", "in", "odd"]), inner, max_size=2),
    ),
    max_leaves=4,
)  # fmt: skip
DEFAULTS = {"id": '"a"', "first": "3", "on": "true", "order": "[DOWN]", "ids": '["b"]'}


@st.composite
def asked(draw: Any) -> tuple[str, dict[str, Any]]:
    """A document with some of the arguments as variables, and values for some of those."""
    names = draw(st.lists(st.sampled_from(sorted(TYPES)), unique=True))
    defaults = {name: draw(st.booleans()) and name in DEFAULTS for name in names}
    declared = [
        f"${name}: {TYPES[name]}" + (f" = {DEFAULTS[name]}" if defaults[name] else "")
        for name in names
    ]
    used = [f"{name}: ${name}" for name in names if draw(st.integers(0, 9))]
    if not any(each.startswith("needed") for each in used):
        used.append('needed: "n"')
    if "where" not in names and draw(st.booleans()):
        used.append("where: {name: $text}" if "text" in names else 'where: {name: "c"}')
    head = f"({', '.join(declared)})" if declared else ""
    values = {name: draw(VALUES) for name in names if draw(st.integers(0, 9))}
    return f"query{head} {{ found({', '.join(used)}) }}", values


def operation_of(text: str) -> OperationDefinitionNode:
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def plain(found: Any) -> Any:
    """Variables, with their types by name: each list type is another."""
    return found.coerced, {
        name: (source.value, str(source.signature.type), source.signature.default)
        for name, source in found.sources.items()
    }


def outcome(read: Any) -> Any:
    try:
        return read()
    except Exception as error:
        return type(error), str(error)


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(asked(), min_size=2, max_size=2))
def test_variables_and_arguments_are_what_graphql_core_makes_of_them(cases: Any) -> None:
    (text, first), (_, second) = cases
    operation = operation_of(text)
    nodes = operation.variable_definitions or ()
    variables, read = Variables(SCHEMA, operation), None
    assert SCHEMA.query_type is not None
    field: Any = SCHEMA.query_type.fields["found"]
    node: Any = operation.selection_set.selections[0]
    for values in (first, second, first):
        ours = variables.given(values, max_errors=5, hints=True)
        theirs = get_variable_values(SCHEMA, nodes, values, 5)
        if not isinstance(theirs, VariableValues):
            assert [e.formatted for e in ours] == [e.formatted for e in theirs]  # type: ignore[union-attr]
            continue
        assert plain(ours) == plain(theirs)
        assert list(map(type, theirs.coerced.values())) == list(map(type, ours.coerced.values()))  # type: ignore[union-attr]
        wanted = outcome(lambda: get_argument_values(field, node, theirs))  # noqa: B023
        if read is None:
            if not isinstance(wanted, dict):
                continue
            read = reader(field, node, theirs)
        assert outcome(lambda: read(theirs)) == wanted  # noqa: B023
