"""The door."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.kit.charts import ChartSource
from core.kit.events import Listener, after, on
from core.kit.modules import Demo, Migrations, ModuleInfo, hookimpl
from fieldgate_loyalty import demo as story
from fieldgate_loyalty import handlers, mutations, schema


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Loyalty",
        permissions={
            "loyalty.read": "See visits and points.",
            "loyalty.write": "Record visits.",
        },
    )


@hookimpl
def graphql_types() -> list[type]:
    return [
        schema.ContactLoyalty,
        schema.LoyaltyQueries,
        schema.LoyaltyCharts,
        mutations.LoyaltyMutations,
    ]


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [
        on("core.contact_archived", handlers.forget_points),
        after("loyalty.visit_recorded", handlers.thank),
    ]


@hookimpl
def chart_sources() -> Sequence[ChartSource]:
    return [schema.VISITS_CHART]


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@hookimpl
def demo() -> Demo:
    return Demo(story.story)
