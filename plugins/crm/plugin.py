"""The door of the crm module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.kit.activity import PersonActivity
from core.kit.addresses import AddressProvider
from core.kit.charts import ChartSource
from core.kit.events import Listener, errand, on
from core.kit.jobs import NightlyJob
from core.kit.modules import Demo, Migrations, ModuleInfo, hookimpl
from core.kit.personal import PersonalData
from core.kit.sheets import MoreColumns, Sheet
from core.kit.timeline import TimelineSource
from core.kit.zones import Zone
from plugins.crm import charts, handlers, mutations, personal, schema, timeline, zones
from plugins.crm import demo as stories
from plugins.crm.jobs import LOOK_UPS
from plugins.crm.services import addresses
from plugins.crm.sheets import FLAGS, NOTES, OPPORTUNITIES, SUSPENSIONS


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Customer file",
        permissions={
            "crm.read": "See the Overview, suspensions, notes and opportunities.",
            "crm.write": "Write notes and opportunities.",
            "crm.sites": "Draw geofences, set access hours, look addresses up.",
            "crm.flags": "See, set and clear flags (back office only).",
            "crm.alerts": "See alerts and acknowledge them (back office only).",
            "crm.suspend": "Put contacts on stop, and lift that.",
            "crm.configure": "Define note types, stages of opportunities and who is alerted.",
        },
        tabs={
            "OVERVIEW": "crm.read",
            "NOTES": "crm.read",
            "OPPORTUNITIES": "crm.read",
            "ALERTS": "crm.alerts",
        },
    )


@hookimpl
def graphql_types() -> list[type]:
    return [*schema.TYPES, *mutations.TYPES]


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [
        on("crm.contact_flagged", handlers.contact_flagged),
        on("crm.contact_suspended", handlers.contact_suspended),
        on("finance.credit_exceeded", handlers.credit_exceeded),
        on("missions.mission_late", handlers.mission_late),
        on("core.contact_created", handlers.contact_created),
        on("core.contact_changed", handlers.contact_changed),
        errand("crm.look_up_due", handlers.look_up_due, handlers.look_up, handlers.looked_up),
    ]


@hookimpl
def nightly_jobs() -> Sequence[NightlyJob]:
    return [LOOK_UPS]


@hookimpl
def address_providers() -> Sequence[AddressProvider]:
    return addresses.PROVIDERS


@hookimpl
def sheets() -> Sequence[Sheet | MoreColumns]:
    return [NOTES, OPPORTUNITIES, SUSPENSIONS, FLAGS]


@hookimpl
def chart_sources() -> Sequence[ChartSource]:
    return [charts.NOTES, charts.OPPORTUNITIES]


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
def overview_zones() -> Sequence[Zone]:
    return zones.ZONES


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@hookimpl
def demo() -> Demo:
    return Demo(story=stories.story, bulk=stories.BULK)
