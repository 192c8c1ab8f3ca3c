"""Every hook a module may implement.

Hooks say what a module *is*: they take nothing, return plain values, and do no work.
Events say what *happens*.
"""
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pluggy

from core.kit.activity import PersonActivity
from core.kit.addresses import AddressProvider
from core.kit.audiences import Audience
from core.kit.background import BackgroundJob
from core.kit.charts import ChartSource
from core.kit.custom import CustomFieldTarget
from core.kit.events import Listener
from core.kit.jobs import NightlyJob
from core.kit.keywords import KeywordSource
from core.kit.modules import Demo, Migrations, ModuleInfo
from core.kit.personal import PersonalData
from core.kit.sheets import MoreColumns, Sheet, SheetPart
from core.kit.timeline import TimelineSource
from core.kit.zones import Zone

hookspec = pluggy.HookspecMarker("fieldgate")


@hookspec
def module_info() -> ModuleInfo:
    """Describe the module: its title, the modules it needs, the permissions it defines."""


@hookspec
def graphql_types() -> Iterable[type]:
    """Return the types the module adds to the schema.

    A class decorated with ``core.kit.extend.extend`` widens the type it inherits from. Any other
    Strawberry type is added as it is, which only types reached through an interface need.
    """


@hookspec
def event_handlers() -> Sequence[Listener]:
    """Return what the module listens to: ``on(event, handler)`` and ``after(event, handler)``."""


@hookspec
def nightly_jobs() -> Sequence[NightlyJob]:
    """Return the jobs that run once for each tenant and evening."""


@hookspec
def background_jobs() -> Sequence[BackgroundJob]:
    """Return the kinds of jobs that people can have done, and watch."""


@hookspec
def sheets() -> Sequence[Sheet | SheetPart | MoreColumns]:
    """Return what the module's rows look like in the columns of a spreadsheet, read and written.

    A ``SheetPart`` adds columns to the rows of another module's sheet for imports,
    ``MoreColumns`` for exports.
    """


@hookspec
def chart_sources() -> Sequence[ChartSource]:
    """Return what the daily charts of a contact are drawn from."""


@hookspec
def timeline_sources() -> Sequence[TimelineSource]:
    """Return what the module adds to the timeline of a contact."""


@hookspec
def template_keywords() -> Sequence[KeywordSource]:
    """Return what templates of mails may say of the module's things."""


@hookspec
def mail_audiences() -> Sequence[Audience]:
    """Return whom mails can be sent to, and who of them must not be written to."""


@hookspec
def address_providers() -> Sequence[AddressProvider]:
    """Return who knows addresses; a tenant chooses one of them."""


@hookspec
def person_activity() -> Sequence[PersonActivity]:
    """Return which of the module's rows show that a person is still dealt with."""


@hookspec
def personal_data() -> Sequence[PersonalData]:
    """Return what the module holds on persons, and what becomes of it when one is erased."""


@hookspec
def overview_zones() -> Sequence[Zone]:
    """Return when the module's fields of the Overview have something to show."""


@hookspec
def custom_field_targets() -> Sequence[CustomFieldTarget]:
    """Return what tenants may define fields for, besides contacts."""


@hookspec
def migrations() -> Migrations:
    """Return where the module's migrations are; its name is their branch label."""


@hookspec
def demo() -> Demo:
    """Return the module's part of the demo data."""
