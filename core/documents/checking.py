"""Whether a text is a document that the tenant's schema can run."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, GraphQLSchema
from graphql.execution.values import VariableValues, get_variable_values

from core.documents.rules import check_examples
from core.kit.context import Info
from core.kit.documents import Document, Documents, NotRunnable
from core.kit.errors import Refused, RefusedTogether
from core.kit.lexical import has_nul
from core.kit.thread import in_thread

READ_SCHEMA = "schema.read"


async def check_document(info: Info, text: str, variables: Any) -> None:
    """Refuse what the schema that *info* is of can't run, with the reasons it would give."""
    check_examples(variables)
    schema: GraphQLSchema = info.schema._schema
    hints = READ_SCHEMA in info.context.permissions
    try:
        document = await in_thread(Documents(schema).read, text, None, hints=hints)
    except NotRunnable as error:
        raise _refused("INVALID_DOCUMENT", error.errors, "text") from None
    if variables is not None:
        _check_variables(schema, document, variables, hints)


def _check_variables(
    schema: GraphQLSchema, document: Document, variables: dict[str, Any], hints: bool
) -> None:
    definitions = document.operation.variable_definitions or ()
    found = get_variable_values(
        schema, definitions, variables, max_errors=5, hide_suggestions=not hints
    )
    if not isinstance(found, VariableValues):
        raise _refused("INVALID_VARIABLES", found[:5], "exampleVariables")
    if has_nul(variables):
        message = "The character U+0000 can't be kept."
        raise Refused("INVALID_VARIABLES", message, "exampleVariables")


def _refused(code: str, errors: list[GraphQLError], field: str) -> RefusedTogether:
    return RefusedTogether([Refused(code, error.message[:300], field) for error in errors])
