"""The installed modules, and the ones a tenant has switched on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from core.kit.activity import PersonActivity
from core.kit.addresses import AddressProvider
from core.kit.audiences import Audience
from core.kit.background import BackgroundJob
from core.kit.charts import ChartSource
from core.kit.custom import CustomFieldTarget
from core.kit.errors import ModuleError
from core.kit.events import Listeners
from core.kit.jobs import NightlyJob
from core.kit.keywords import KeywordSource
from core.kit.personal import PersonalData
from core.kit.sheets import MoreColumns, Sheet, SheetPart
from core.kit.timeline import TimelineSource
from core.kit.zones import Zone

if TYPE_CHECKING:
    from core.kit.session import TenantSession

CORE = "core"
hookimpl = pluggy.HookimplMarker("fieldgate")


@dataclass(frozen=True)
class ModuleInfo:
    """What a module is called, leans on, and lets people do.

    *permissions* maps each permission (``missions.read``) to the sentence that explains it;
    *tabs* each tab that it adds to a contact (``MISSIONS``) to the permission for seeing it.
    """

    title: str
    needs: tuple[str, ...] = ()
    permissions: dict[str, str] | None = None
    tabs: dict[str, str] | None = None


@dataclass(frozen=True)
class Migrations:
    """A folder of Alembic scripts; *after* are the branches that must be there first."""

    folder: Path
    after: tuple[str, ...] = (CORE,)


@dataclass(frozen=True)
class Demo:
    """A module's part of the demo: the story by services, the large set as SQL.

    *story* tells it for one tenant, given the contacts that core's part has made, by their
    story names. *bulk* is statements that multiply it for benchmarks: each is given ``:tenant``
    and ``:now``.
    """

    story: Callable[[TenantSession, dict[str, Any]], Awaitable[None]]
    bulk: tuple[str, ...] = ()


class Modules:
    """A typed face for pluggy. ``only`` narrows it to what one tenant has switched on."""

    def __init__(self, manager: pluggy.PluginManager, names: Iterable[str]) -> None:
        self._manager = manager
        self.names = frozenset(names)
        self._off = [p for name, p in manager.list_name_plugin() if name not in self.names]
        self._check_needs()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Modules):
            return NotImplemented
        return other._manager is self._manager and other.names == self.names

    def __hash__(self) -> int:
        return hash((id(self._manager), self.names))

    def only(self, names: Iterable[str]) -> Modules:
        """These modules without the ones not in *names*. Core is always on."""
        return Modules(self._manager, self.names & {CORE, *names})

    @cached_property
    def infos(self) -> dict[str, ModuleInfo]:
        """What each module says of itself, in the order of registration."""
        return {
            name: plugin.module_info()  # type: ignore[attr-defined]
            for name, plugin in self._manager.list_name_plugin()
            if name in self.names
        }

    @cached_property
    def permissions(self) -> dict[str, str]:
        """Every permission there is, with the sentence that explains it."""
        return {
            permission: meaning
            for info in self.infos.values()
            for permission, meaning in (info.permissions or {}).items()
        }

    @cached_property
    def listeners(self) -> Listeners:
        return Listeners(self._gather("event_handlers"))

    def graphql_types(self) -> list[type]:
        return self._gather("graphql_types")

    def nightly_jobs(self) -> list[NightlyJob]:
        return self._gather("nightly_jobs")

    @cached_property
    def background_jobs(self) -> dict[str, BackgroundJob]:
        """The kinds of jobs that people can have done, by name."""
        return {job.kind: job for job in self._gather("background_jobs")}

    @cached_property
    def sheets(self) -> dict[str, Sheet]:
        """What can be written to spreadsheets, by name."""
        given = self._gather("sheets")
        found = {one.name: one for one in given if isinstance(one, Sheet)}
        for more in given:
            if isinstance(more, MoreColumns):
                sheet = found[more.sheet]
                found[more.sheet] = replace(sheet, columns=(*sheet.columns, *more.columns))
        return found

    @cached_property
    def sheet_parts(self) -> list[SheetPart]:
        """What modules add to the sheets of others."""
        return [one for one in self._gather("sheets") if isinstance(one, SheetPart)]

    def chart_sources(self) -> list[ChartSource]:
        return self._gather("chart_sources")

    @cached_property
    def timeline_sources(self) -> list[TimelineSource]:
        return self._gather("timeline_sources")

    @cached_property
    def template_keywords(self) -> dict[str, KeywordSource]:
        """By what stands before the dot."""
        return {source.prefix: source for source in self._gather("template_keywords")}

    @cached_property
    def mail_audiences(self) -> dict[str, Audience]:
        """By how the ids of who is in them begin."""
        return {audience.of: audience for audience in self._gather("mail_audiences")}

    @cached_property
    def address_providers(self) -> dict[str, AddressProvider]:
        """Who knows addresses, by name."""
        return {provider.name: provider for provider in self._gather("address_providers")}

    @cached_property
    def person_activity(self) -> list[PersonActivity]:
        return self._gather("person_activity")

    @cached_property
    def personal_data(self) -> list[PersonalData]:
        """Of all modules, also those that are switched off: what they had is kept."""
        answers: list[Any] = self._manager.hook.personal_data()
        return list(chain.from_iterable(answers[::-1]))

    @cached_property
    def overview_zones(self) -> list[Zone]:
        return self._gather("overview_zones")

    @cached_property
    def custom_field_targets(self) -> dict[str, CustomFieldTarget]:
        """What fields may be defined for, by kind."""
        targets: list[CustomFieldTarget] = self._gather("custom_field_targets")
        found = {target.kind: target for target in targets}
        if len(found) < len(targets):
            kinds = ", ".join(sorted(target.kind for target in targets))
            raise ModuleError(f"Two modules have custom fields for the same kind: {kinds}.")
        return found

    def migrations(self) -> dict[str, Migrations]:
        return self._each("migrations")

    def demos(self) -> dict[str, Demo]:
        return self._each("demo")

    def _each(self, hook: str) -> dict[str, Any]:
        """The answer of each module that implements *hook*, by the module's name."""
        return {
            name: getattr(plugin, hook)()
            for name, plugin in self._manager.list_name_plugin()
            if name in self.names and hasattr(plugin, hook)
        }

    def _gather(self, hook: str) -> list[Any]:
        # pluggy calls the module registered last first; we want the order of registration.
        answers: list[Any] = self._manager.subset_hook_caller(hook, self._off)()
        return list(chain.from_iterable(answers[::-1]))

    def _check_needs(self) -> None:
        for name, info in self.infos.items():
            for needed in info.needs:
                if needed not in self.names:
                    raise ModuleError(
                        f"The module '{name}' needs '{needed}', which is not there. "
                        f"Switch '{needed}' on, or '{name}' off."
                    )
