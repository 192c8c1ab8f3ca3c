"""The charts of a contact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import strawberry


@strawberry.type
class Chart:
    keys: list[str]
    values: list[list[str]]
    tops: list[list[str]]
    counts: list[list[int]]


@strawberry.type
class Charts:
    as_of: datetime
    days: list[date]
    stale_after: strawberry.Private[datetime]
    kinds: strawberry.Private[dict[str, Chart]]

    @strawberry.field
    def is_stale(self) -> bool:
        return self.stale_after < datetime.now(UTC)

    @strawberry.field
    def missions(self) -> Chart | None:
        return self.kinds.get("MISSION")

    @strawberry.field
    def financial_documents(self) -> Chart | None:
        return self.kinds.get("FINANCE")

    @strawberry.field
    def notes(self) -> Chart | None:
        return self.kinds.get("NOTE")

    @strawberry.field
    def opportunities(self) -> Chart | None:
        return self.kinds.get("OPPORTUNITY")


def chart(row: Any) -> Chart:
    return Chart(keys=row.keys, values=row.values, tops=row.tops, counts=row.counts)
