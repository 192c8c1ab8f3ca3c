"""The fields of one group are copied to another: what becomes of each, and the doing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.custom_fields.arranging import add_option, options_of
from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.options import MOST_OPTIONS
from core.custom_fields.scopes import Scope, fields_of, find_scope, hold
from core.kit.errors import Refused
from core.kit.session import TenantSession


class CopyMode(StrEnum):
    """How fields are copied to where there are some."""

    ADD = "ADD"
    REPLACE = "REPLACE"
    MERGE_BY_KEY = "MERGE_BY_KEY"


class CopyAction(StrEnum):
    """What becomes of a field where others are copied to."""

    ADDED = "ADDED"
    UPDATED = "UPDATED"
    KEPT = "KEPT"
    ARCHIVED = "ARCHIVED"


@dataclass(frozen=True)
class Step:
    """One field: the one that is copied, the one that is there, and what becomes of it."""

    action: CopyAction
    source: CustomField | None
    there: CustomField | None

    @property
    def shown(self) -> CustomField:
        """Whose key and label say which field it is."""
        found = self.there if self.action is CopyAction.KEPT else self.source
        found = found or self.there
        assert found is not None, "a step is about a field"
        return found

    @property
    def differs(self) -> bool:
        """Whether the values that there may be would mean something else as those of the source."""
        if self.action is not CopyAction.UPDATED or self.source is None:
            return False
        names = ("type", "currency", "refers_to")
        return any(getattr(self.source, n) != getattr(self.there, n) for n in names)


#: What a copy has of its source; the key is found by, the place follows from the mode.
COPIED = (
    "label", "label_fr", "label_en", "mandatory", "visible_on_device", "editable_on_device",
    "visible_on_booking", "audience", "statement", "unit", "minimum", "maximum",
)  # fmt: skip
_MEANT = ("type", "currency", "refers_to")


def steps_of(
    sources: Sequence[CustomField], there: Sequence[CustomField], mode: CopyMode
) -> list[Step]:
    """What becomes of each field, in the order that they have afterwards."""
    by_key = {field.key: field for field in there}
    same = CopyAction.KEPT if mode is CopyMode.ADD else CopyAction.UPDATED
    copied = [
        Step(same if field.key in by_key else CopyAction.ADDED, field, by_key.get(field.key))
        for field in sources
    ]
    keys = {field.key for field in sources}
    others = [field for field in there if field.key not in keys]
    if mode is CopyMode.REPLACE:
        gone = [field for field in others if field.archived_at is None]
        return [*copied, *(Step(CopyAction.ARCHIVED, None, field) for field in gone)]
    by_source = {step.source.key: step for step in copied if step.source is not None}
    standing = [by_source.get(f.key) or Step(CopyAction.KEPT, None, f) for f in there]
    shown = [s for s in standing if s.source is not None or s.shown.archived_at is None]
    return [*shown, *(step for step in copied if step.there is None)]


async def plan_copy(
    session: TenantSession, source: Scope, into: Scope, mode: CopyMode
) -> list[Step]:
    """What :func:`copy_fields` would do. Both lists are held until the transaction ends."""
    for scope in (source, into):
        await find_scope(session, scope)
    if (source.target.kind, source.key) == (into.target.kind, into.key):
        raise Refused("SAME_SCOPE", "Fields can't be copied to where they are.", into.path)
    # In the same order by all who copy, so that two don't wait for each other.
    for scope in sorted((source, into), key=lambda scope: (scope.target.kind, scope.key)):
        await hold(session, scope)
    shown = [f for f in await fields_of(session, source) if f.archived_at is None]
    return steps_of(shown, await fields_of(session, into), mode)


async def copy_fields(
    session: TenantSession, source: Scope, into: Scope, mode: CopyMode
) -> list[Step]:
    """Copy the fields of *source* to those of *into*, by value: later edits stay where they are."""
    steps = await plan_copy(session, source, into, mode)
    differing = [step.shown.key for step in steps if step.differs]
    if differing:
        raise Refused(
            "TYPES_DIFFER",
            f"These fields are there with another type: {', '.join(differing)[:200]}. Change the "
            "type first, so that no value is lost.",
            "mode",
        )
    for position, step in enumerate(steps):
        field = await _do(session, into, step, mode)
        field.position = position
    await session.flush()
    await _place_archived(session, into, len(steps))
    return steps


async def _do(session: TenantSession, into: Scope, step: Step, mode: CopyMode) -> CustomField:
    if step.there is None:
        assert step.source is not None, "what isn't there comes from somewhere"
        names = (*COPIED, *_MEANT)
        field = CustomField(
            target=into.target.kind,
            scope_id=into.key,
            key=step.source.key,
            position=0,
            **{name: getattr(step.source, name) for name in names},
        )
        session.add(field)
        await session.flush()
        await _copy_options(session, step.source.id, field, archive=False)
        return field
    field = step.there
    match step.action:
        case CopyAction.ARCHIVED:
            field.archived_at = field.archived_at or session.now
        case CopyAction.UPDATED:
            assert step.source is not None, "a field is updated from another"
            for name in COPIED:
                setattr(field, name, getattr(step.source, name))
            field.archived_at = None
            archive = mode is CopyMode.REPLACE
            await _copy_options(session, step.source.id, field, archive=archive)
    return field


async def _copy_options(
    session: TenantSession, source_id: UUID, field: CustomField, *, archive: bool
) -> None:
    """Make the options of *field* those of another, by key; others come after, or are archived."""
    sources = [o for o in await options_of(session, source_id) if o.archived_at is None]
    kept = {option.key: option for option in await options_of(session, field.id)}
    before = _labels(kept.values())
    by_label = {o.label.casefold(): o for key, o in kept.items() if key not in _keys(sources)}
    copied: list[CustomOption] = []
    for source in sources:
        option = kept.get(source.key) or by_label.get(source.label.casefold())
        option = option or add_option(session, field, kept, source.label, source.key)
        option.label, option.archived_at = source.label, None
        copied.append(option)
    labels = {option.label.casefold() for option in copied}
    others = [option for option in kept.values() if option not in copied]
    for option in others:
        if archive or option.label.casefold() in labels:  # no two may read the same
            option.archived_at = option.archived_at or session.now
    if len(_labels([*copied, *others])) > MOST_OPTIONS:
        message = f"'{field.key}' would have more than {MOST_OPTIONS} options."
        raise Refused("TOO_MANY_OPTIONS", message, "mode")
    for position, option in enumerate([*copied, *others]):
        option.position = position
    await session.flush()
    after = _labels([*copied, *others])
    if before and before != after:
        session.record(field, {"options": [before, after]})


def _keys(options: Sequence[CustomOption]) -> set[str]:
    return {option.key for option in options}


def _labels(options: Any) -> list[str]:
    return [option.label for option in options if option.archived_at is None]


async def _place_archived(session: TenantSession, into: Scope, first: int) -> None:
    """Fields that are archived stand after those that show."""
    archived = [f for f in await fields_of(session, into) if f.archived_at is not None]
    for position, field in enumerate(archived, first):
        field.position = position
