"""What mutations answer: the row they wrote, or why they refused."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

import strawberry

from core.kit.errors import Refused


@strawberry.type(description="Why a mutation refused. Nothing was written.")
class UserError:
    code: str = strawberry.field(description="The rule's own code, such as `STALE_VERSION`.")
    field: str | None = strawberry.field(description="The path of the input that is wrong.")
    message: str


@strawberry.type(description="What the caller should know; the mutation was done all the same.")
class UserWarning:
    code: str
    field: str | None
    message: str


@strawberry.type
class Payload:
    """Base of what mutations answer. Subclasses add a field ``written()`` for the row."""

    key: strawberry.Private[UUID | None] = None
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it was refused; empty when it was done."
    )
    warnings: list[UserWarning] = strawberry.field(default_factory=list)

    @classmethod
    def of(cls, row: Any, *warnings: Refused) -> Self:
        """The answer that *row* was written."""
        return cls(
            key=row.id,
            warnings=[
                UserWarning(code=w.reason, field=w.field, message=w.message) for w in warnings
            ],
        )

    @classmethod
    def refused(cls, *refusals: Refused) -> Self:
        return cls(
            user_errors=[
                UserError(code=r.reason, field=r.field, message=r.message) for r in refusals
            ]
        )
