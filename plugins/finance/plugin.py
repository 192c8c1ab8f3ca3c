"""The door of finance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.kit.activity import PersonActivity
from core.kit.charts import ChartSource
from core.kit.events import Listener, on
from core.kit.keywords import KeywordSource
from core.kit.modules import Demo, Migrations, ModuleInfo, hookimpl
from core.kit.personal import PersonalData
from core.kit.sheets import Sheet
from core.kit.timeline import TimelineSource
from core.kit.zones import Zone
from plugins.finance import charts, handlers, mail, mutations, personal, schema, timeline, zones
from plugins.finance import demo as demo_data
from plugins.finance.sheets import DOCUMENTS


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Finance",
        permissions={
            "finance.read": "See financial documents, accounts and terms.",
            "finance.write": "Draft, issue and cancel documents, record payments, set terms.",
        },
        tabs={"FINANCE": "finance.read"},
    )


@hookimpl
def graphql_types() -> list[type]:
    return [
        schema.ContactFinance,
        schema.OverviewFinance,
        schema.FinanceCharts,
        schema.RollupFinance,
        schema.FinanceQueries,
        mutations.FinanceMutations,
        mutations.FinancialDocumentsExport,
    ]


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [on("core.contact_archiving", handlers.contact_archiving)]


@hookimpl
def sheets() -> Sequence[Sheet]:
    return [DOCUMENTS]


@hookimpl
def chart_sources() -> Sequence[ChartSource]:
    return [charts.FINANCE]


@hookimpl
def person_activity() -> Sequence[PersonActivity]:
    return personal.ACTIVITY


@hookimpl
def personal_data() -> Sequence[PersonalData]:
    return personal.DATA


@hookimpl
def timeline_sources() -> Sequence[TimelineSource]:
    return timeline.SOURCES


@hookimpl
def template_keywords() -> Sequence[KeywordSource]:
    return mail.SOURCES


@hookimpl
def overview_zones() -> Sequence[Zone]:
    return zones.ZONES


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@hookimpl
def demo() -> Demo:
    return demo_data.DEMO
