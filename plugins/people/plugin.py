"""The door of the people module."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.kit.activity import PersonActivity
from core.kit.audiences import Audience
from core.kit.background import BackgroundJob
from core.kit.custom import CustomFieldTarget
from core.kit.events import Listener, on
from core.kit.keywords import KeywordSource
from core.kit.modules import Demo, Migrations, ModuleInfo, hookimpl
from core.kit.personal import PersonalData
from core.kit.sheets import Sheet, SheetPart
from core.kit.timeline import TimelineSource
from core.kit.zones import Zone
from plugins.people import custom, jobs, mutations, personal, schema, timeline, zones
from plugins.people import demo as stories
from plugins.people.mail import audience, keywords
from plugins.people.mail import handlers as mail_handlers
from plugins.people.mail import mutations as mail_mutations
from plugins.people.sheets import PERSONS, PRIMARY


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="People",
        permissions={
            "people.read": "See persons and how to reach them.",
            "people.write": "Add, change, tag, move and delete persons; record consents.",
            "people.configure": "Define the tags of persons.",
            "people.export_personal_data": "Export all that is held on a person.",
            "people.retention": "See who has not been dealt with for long.",
            "people.erase": "Erase persons for good, and see the certificates.",
        },
        tabs={"PERSONS": "people.read"},
    )


@hookimpl
def graphql_types() -> list[type]:
    return [*schema.TYPES, *mutations.TYPES, mail_mutations.PersonMailings]


@hookimpl
def event_handlers() -> Sequence[Listener]:
    return [on("core.mail_unsubscribed", mail_handlers.mail_unsubscribed)]


@hookimpl
def background_jobs() -> list[BackgroundJob]:
    return jobs.JOBS


@hookimpl
def template_keywords() -> Sequence[KeywordSource]:
    return keywords.SOURCES


@hookimpl
def mail_audiences() -> Sequence[Audience]:
    return audience.AUDIENCES


@hookimpl
def person_activity() -> Sequence[PersonActivity]:
    return personal.ACTIVITY


@hookimpl
def personal_data() -> Sequence[PersonalData]:
    return personal.data()


@hookimpl
def timeline_sources() -> Sequence[TimelineSource]:
    return timeline.SOURCES


@hookimpl
def custom_field_targets() -> Sequence[CustomFieldTarget]:
    return [custom.PERSONS]


@hookimpl
def overview_zones() -> Sequence[Zone]:
    return zones.ZONES


@hookimpl
def sheets() -> list[Sheet | SheetPart]:
    return [PERSONS, PRIMARY]


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@hookimpl
def demo() -> Demo:
    return Demo(story=stories.story, bulk=stories.BULK)
