"""``fieldgate plan``: how a document would be run, and why."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

#: Stands for any id when a variable has to have one.
ANY_ID = "contact_" + "0" * 32
SAMPLES: dict[str, Any] = {
    "ID": ANY_ID, "String": "", "Int": 1, "Boolean": True, "Float": 1.0, "Decimal": "1",
    "Date": "2026-01-31", "DateTime": "2026-01-31T12:00:00Z",
}  # fmt: skip
HOW_OFTEN = {
    "force_generic_plan": "once",
    "auto": "once or for its values, as it sees fit",
    "force_custom_plan": "anew each time",
}
_CLAUSE = re.compile(r"\b(SELECT|FROM|LEFT OUTER JOIN|JOIN|WHERE|ORDER BY|GROUP BY|LIMIT)\b")


def plan(
    file: Annotated[Path, typer.Argument(help="A GraphQL document.", exists=True, dir_okay=False)],
    variables: Annotated[
        str, typer.Option(help="As JSON; variables that must be given and aren't get a sample.")
    ] = "{}",
    operation: Annotated[
        str | None, typer.Option(help="Which operation, if the document has several.")
    ] = None,
    modules: Annotated[
        str | None, typer.Option(help="Modules switched on, by comma; without it, all.")
    ] = None,
    without: Annotated[str, typer.Option(help="Permissions that the caller lacks, by comma.")] = "",
) -> None:
    """Print a document's statement, the way each field takes, and the estimated cost.

    A field is planned (in the statement), python (computed from planned columns), or plain
    (run by graphql-core around the statement).
    """
    from core.kit.documents import Documents, NotRunnable
    from core.kit.plan.plan import Plan
    from core.kit.plan.plans import Plans
    from gateway.modules import load_modules
    from gateway.schema import schema_of

    found = load_modules()
    if modules is not None:
        found = found.only(modules.split(","))
    schema = schema_of(found)._schema
    try:
        document = Documents(schema).read(file.read_text(), operation)
    except NotRunnable as error:
        raise _stop("\n".join(e.message for e in error.errors)) from None
    values = _values(schema, document, variables)
    permissions = frozenset(found.permissions) - set(without.split(","))
    made = Plans(schema).make(document, values, permissions, frozenset())
    if not isinstance(made, Plan):
        raise _stop(f"No plan: {made.why}. graphql-core runs all of it.")
    typer.echo(_laid_out(made.text))
    typer.echo()
    for path, way in made.report.items():
        typer.echo(f"{path:<60} {way}")
    typer.echo()
    way = "planned" if made.closed else "mixed: graphql-core runs the plain fields around the plan"
    typer.echo(f"One statement, planned by PostgreSQL {HOW_OFTEN[made.mode]}; {way}.")
    typer.echo(f"Estimated cost: {document.cost.of(values.coerced)}.")


def _values(schema: Any, document: Any, given: str) -> Any:
    from graphql import NonNullTypeNode
    from graphql.execution.values import VariableValues, get_variable_values

    try:
        known = orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise _stop(f"--variables is not JSON: {error}.") from None
    for definition in document.operation.variable_definitions or ():
        name = definition.variable.name.value
        required = isinstance(definition.type, NonNullTypeNode) and definition.default_value is None
        if required and name not in known:
            known[name] = _sample(definition.type)
    values = get_variable_values(schema, document.operation.variable_definitions or (), known)
    if not isinstance(values, VariableValues):
        raise _stop("\n".join(error.message for error in values))
    return values


def _sample(node: Any) -> Any:
    from graphql import ListTypeNode, NamedTypeNode

    if isinstance(node, NamedTypeNode):
        return SAMPLES.get(node.name.value)
    inner = _sample(node.type)
    return [inner] if isinstance(node, ListTypeNode) else inner


def _laid_out(sql: str) -> str:
    """The statement with a line for each clause, indented by how deep it is nested."""
    depth, lines = 0, [""]
    for part in re.split(r"(\(|\)|\s+)", sql):
        if part == "(":
            depth += 1
        elif part == ")":
            depth -= 1
        if _CLAUSE.match(part) and lines[-1].strip():
            lines.append("  " * depth)
        lines[-1] += " " if part.isspace() else part
    return "\n".join(line.rstrip() for line in lines)


def _stop(problem: str) -> typer.Exit:
    typer.echo(problem, err=True)
    return typer.Exit(1)
