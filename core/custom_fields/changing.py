"""The type of a field changes, and its values with it: all of them, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from core.custom_fields import rules
from core.custom_fields.arranging import arrange, options_of
from core.custom_fields.conversion import Converter, answers, answers_in, columns_of
from core.custom_fields.models import CustomField
from core.custom_fields.options import GivenOption, check_options
from core.custom_fields.rules import KINDS, FieldType
from core.custom_fields.services import Targets, check_field, held_field
from core.custom_fields.typed import Rows
from core.kit.custom import CustomFieldTarget
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.tenancy.models import Tenant

#: So many values are read and written at a time.
AT_ONCE = 5_000


@dataclass(frozen=True)
class Outcome:
    """What becomes of one value: its rows then, or why there would be none."""

    subject_id: UUID
    before: Rows
    after: Rows = ()
    refused: Refused | None = None


@dataclass
class Preview:
    """What a change of type would do."""

    #: Whose values these are.
    kind: str
    values: int = 0
    failures: int = 0
    #: Some of those that don't convert: whose they are, and their text.
    shown: list[tuple[Outcome, str]] = field(default_factory=list)
    new_options: list[str] = field(default_factory=list)


async def preview_type(
    session: TenantSession,
    targets: Targets,
    key: UUID,
    type_: FieldType,
    options: Sequence[GivenOption] | None,
    carried: dict[str, Any],
    first: int,
    after: UUID | None,
) -> Preview:
    """What :func:`change_type` would do: every value that doesn't convert, *first* at a time."""
    of = await held_field(session, targets, key, None)
    target = targets[of.target]
    change = await _change(session, target, of, type_, options, carried)
    found = Preview(of.target, new_options=[o.label for o in change.new_options or ()])
    converter = change.converter(answers(found.new_options))
    async for outcome in _outcomes(session, target, of, converter):
        found.values += 1
        if outcome.refused is None:
            continue
        found.failures += 1
        if len(found.shown) < first and (after is None or outcome.subject_id > after):
            found.shown.append((outcome, converter.text(outcome.before)))
    return found


async def change_type(
    session: TenantSession,
    targets: Targets,
    key: UUID,
    version: int | None,
    type_: FieldType,
    options: Sequence[GivenOption] | None,
    carried: dict[str, Any],
) -> CustomField:
    """Make a field one of another type, with its values; refused unless each of them converts."""
    of = await held_field(session, targets, key, version)
    target = targets[of.target]
    change = await _change(session, target, of, type_, options, carried)
    for name, value in change.definition.items():
        setattr(of, name, value)
    await session.flush()
    await _change_options(session, of, change)
    there = await options_of(session, of.id)
    converter = change.converter([o for o in there if o.archived_at is None])
    failed: list[Outcome] = []
    changed: list[Outcome] = []
    async for outcome in _outcomes(session, target, of, converter):
        if outcome.refused is not None:
            failed.append(outcome)
        elif not failed and outcome.before != outcome.after:
            changed.append(outcome)
        if len(changed) >= AT_ONCE:
            await _write(session, target, of, changed)
            changed.clear()
    if failed:
        raise _refusal(of.key, failed, converter)
    await _write(session, target, of, changed)
    return of


def _refusal(key: str, failed: list[Outcome], converter: Converter) -> Refused:
    text = converter.text(failed[0].before)
    why = failed[0].refused.message if failed[0].refused else ""
    return Refused(
        "VALUES_DO_NOT_CONVERT",
        f"{len(failed)} values of '{key}' don't convert, such as '{text[:60]}': {why} "
        "`customFieldTypePreview` lists them.",
        "type",
    )


@dataclass(frozen=True)
class _Change:
    key: str
    before: FieldType
    after: CustomField
    #: What the definition has then, by column.
    definition: dict[str, Any]
    labels: dict[UUID, str]
    #: Of a field that becomes a list; None if the options stay.
    new_options: list[GivenOption] | None
    kept_options: Sequence[Any]
    country: str
    zone: ZoneInfo

    def converter(self, options: Sequence[Any]) -> Converter:
        chosen = self.kept_options if self.new_options is None else options
        return Converter(
            self.key, self.before, self.after, self.labels, chosen, self.country, self.zone
        )


async def _change(
    session: TenantSession,
    target: CustomFieldTarget,
    of: CustomField,
    type_: FieldType,
    options: Sequence[GivenOption] | None,
    carried: dict[str, Any],
) -> _Change:
    """The field as it would be, checked; nothing is written."""
    before = FieldType(of.type)
    if type_ is before:
        raise Refused("SAME_TYPE", f"'{of.key}' is of type {type_} already.", "type")
    country, zone, currency = await _place(session)
    kept = {name: getattr(of, name) for name in rules.CARRIED if type_ in rules.CARRIED[name][0]}
    definition: dict[str, Any] = {
        **dict.fromkeys(rules.CARRIED),
        **kept,
        **rules.checked_texts(carried),
        "type": type_.value,
    }
    if type_ is FieldType.MONEY and definition["currency"] is None:
        definition["currency"] = currency
    columns = [c.key for c in CustomField.__table__.c if c.computed is None]
    after = CustomField(**{name: getattr(of, name) for name in columns} | definition)
    check_field(after)
    there = await options_of(session, of.id)
    change = _Change(
        of.key, before, after, definition, {o.id: o.label for o in there}, None,
        there, country, zone,
    )  # fmt: skip
    if not KINDS[type_].has_options or KINDS[before].has_options:
        if options is not None:
            message = "Options belong to a field that becomes a list."
            raise Refused("OPTIONS_NOT_ALLOWED", message, "options")
        return change
    if options is None:
        texts = [text async for text in _texts(session, target, of, change.converter([]))]
        options = [GivenOption(rules.label_of(x, "options")) for x in answers_in(type_, texts)]
    check_options(type_, options)
    return _Change(**{**vars(change), "new_options": [*options]})


async def _place(session: TenantSession) -> tuple[str, ZoneInfo, str]:
    country, zone, currency = (
        await session.execute(
            select(Tenant.country, Tenant.time_zone, Tenant.currency).where(
                Tenant.id == session.tenant_id
            )
        )
    ).one()
    return country, ZoneInfo(zone), currency


async def _change_options(session: TenantSession, of: CustomField, change: _Change) -> None:
    """Options are offered by lists only; those of a field that is none any more are archived."""
    if change.new_options is not None:
        await arrange(session, of, change.new_options)
    elif not KINDS[FieldType(of.type)].has_options:
        for option in change.kept_options:
            option.archived_at = option.archived_at or session.now


async def _texts(
    session: TenantSession, target: CustomFieldTarget, of: CustomField, converter: Converter
) -> AsyncIterator[str]:
    async for _, rows in _values(session, target, of.id, converter.before):
        yield converter.text(rows)


async def _outcomes(
    session: TenantSession, target: CustomFieldTarget, of: CustomField, converter: Converter
) -> AsyncIterator[Outcome]:
    async for subject_id, rows in _values(session, target, of.id, converter.before):
        try:
            outcome = Outcome(subject_id, rows, converter.rows(rows))
        except Refused as refused:
            outcome = Outcome(subject_id, rows, refused=refused)
        yield outcome


async def _values(
    session: TenantSession, target: CustomFieldTarget, field_id: UUID, type_: FieldType
) -> AsyncIterator[tuple[UUID, Rows]]:
    """All values of a field, hidden ones too, in the order of whose they are."""
    values = target.values
    whose = getattr(values, target.key)
    names = KINDS[type_].columns
    last: UUID | None = None
    while names:
        found = select(whose).where(values.field_id == field_id, values.place == 0)
        if last is not None:
            found = found.where(whose > last)
        subjects = (await session.scalars(found.order_by(whose).limit(AT_ONCE))).all()
        if not subjects:
            return
        last = subjects[-1]
        rows = await session.execute(
            select(whose.label("whose"), *(getattr(values, name) for name in names))
            .where(values.field_id == field_id, whose.in_(subjects))
            .order_by(whose, values.place)
        )
        for subject_id, group in groupby(rows, key=lambda row: row.whose):
            yield subject_id, tuple(columns_of(type_, row) for row in group)


async def _write(
    session: TenantSession,
    target: CustomFieldTarget,
    of: CustomField,
    outcomes: Sequence[Outcome],
) -> None:
    if not outcomes:
        return
    values = target.values
    whose = getattr(values, target.key)
    subjects = [outcome.subject_id for outcome in outcomes]
    await session.execute(
        delete(values)
        .where(values.field_id == of.id, whose.in_(subjects))
        .execution_options(synchronize_session=False)
    )
    names = KINDS[FieldType(of.type)].columns
    rows = [
        {
            "tenant_id": session.tenant_id,
            target.key: outcome.subject_id,
            "field_id": of.id,
            "place": place,
            **{name: row.get(name) for name in names},
        }
        for outcome in outcomes
        for place, row in enumerate(outcome.after)
    ]
    if rows:
        await session.execute(insert(values), rows)
