"""The GraphQL schema of a set of modules."""

from __future__ import annotations

from strawberry.schema.config import StrawberryConfig

from core.kit.extend import ModularSchema
from core.kit.live import check_watched
from core.kit.modules import Modules
from core.kit.scalars import SCALARS
from core.roots import Mutation, Query, Subscription


def schema_of(modules: Modules) -> ModularSchema:
    """Build the schema; takes a while, so keep it."""
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
