"""The door of missions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.kit.activity import PersonActivity
from core.kit.charts import ChartSource
from core.kit.custom import CustomFieldTarget
from core.kit.events import Listener, on
from core.kit.jobs import NightlyJob
from core.kit.keywords import KeywordSource
from core.kit.modules import Demo, Migrations, ModuleInfo, hookimpl
from core.kit.sheets import Sheet
from core.kit.timeline import TimelineSource
from plugins.missions import (
    charts,
    custom,
    handlers,
    jobs,
    mail,
    mutations,
    personal,
    schema,
    timeline,
)  # fmt: skip
from plugins.missions import demo as demo_data
from plugins.missions.sheets import MISSIONS


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Missions",
        permissions={
            "missions.read": "See missions.",
            "missions.write": "Add, plan, change and cancel missions.",
            "missions.configure": "Define the types of missions.",
        },
        tabs={"MISSIONS": "missions.read"},
    )


@hookimpl
def graphql_types() -> list[type]:
    return [
        schema.ContactMissions,
        schema.OverviewMissions,
        schema.MissionCharts,
        schema.RollupMissions,
        schema.MissionQueries,
        schema.MissionSubscriptions,
        mutations.MissionTypeMutations,
        mutations.MissionMutations,
        mutations.MissionsExport,
    ]


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [on("core.contact_archiving", handlers.contact_archiving)]


@hookimpl
def sheets() -> Sequence[Sheet]:
    return [MISSIONS]


@hookimpl
def chart_sources() -> Sequence[ChartSource]:
    return [charts.MISSIONS]


@hookimpl
def nightly_jobs() -> Sequence[NightlyJob]:
    return [jobs.OVERDUE]


@hookimpl
def person_activity() -> Sequence[PersonActivity]:
    return personal.ACTIVITY


@hookimpl
def timeline_sources() -> Sequence[TimelineSource]:
    return timeline.SOURCES


@hookimpl
def custom_field_targets() -> Sequence[CustomFieldTarget]:
    return [custom.MISSIONS]


@hookimpl
def template_keywords() -> Sequence[KeywordSource]:
    return mail.SOURCES


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@hookimpl
def demo() -> Demo:
    return demo_data.DEMO
