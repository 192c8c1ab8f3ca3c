"""The roots of the API, which every module widens."""

from __future__ import annotations

import strawberry

from core.kit.fields import Node, any_node


@strawberry.type(description="Everything that can be read.")
class Query:
    node: Node | None = any_node()


@strawberry.type(description="Everything that can be done.")
class Mutation:
    pass


@strawberry.type(description="Everything that can be watched: each field is one of `Query`.")
class Subscription:
    pass
