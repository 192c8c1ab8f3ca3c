"""The door of the crm module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.kit.charts import ChartSource
from core.kit.modules import Demo, Migrations, ModuleInfo, hookimpl
from core.kit.timeline import TimelineSource
from plugins.crm import charts, mutations, schema, timeline
from plugins.crm import demo as stories


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Customer file",
        permissions={
            "crm.read": "See the Overview, suspensions, notes and opportunities.",
            "crm.write": "Write notes and opportunities.",
            "crm.flags": "See, set and clear flags (back office only).",
            "crm.suspend": "Put contacts on stop, and lift that.",
            "crm.configure": "Define note types and the stages of opportunities.",
        },
    )


@hookimpl
def graphql_types() -> list[type]:
    return [*schema.TYPES, *mutations.TYPES]


@hookimpl
def chart_sources() -> Sequence[ChartSource]:
    return [charts.NOTES, charts.OPPORTUNITIES]


@hookimpl
def timeline_sources() -> Sequence[TimelineSource]:
    return timeline.SOURCES


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@hookimpl
def demo() -> Demo:
    return Demo(story=stories.story, bulk=stories.BULK)
