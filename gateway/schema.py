"""The GraphQL schema of a set of modules."""

from __future__ import annotations

from functools import cache

from strawberry.schema.config import StrawberryConfig

from core.kit.extend import ModularSchema
from core.kit.live import check_watched
from core.kit.modules import Modules
from core.kit.scalars import SCALARS
from core.roots import Mutation, Query, Subscription


@cache
def schema_of(modules: Modules) -> ModularSchema:
    """The schema: one for all who ask, as it takes a while to build."""
    return new_schema(modules)


def new_schema(modules: Modules) -> ModularSchema:
    """A schema that nobody else has."""
    made = ModularSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=modules.graphql_types(),
        modules=modules,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    check_watched(made._schema)
    return made
