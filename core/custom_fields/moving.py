"""A row comes to have other fields, as a contact in another group: what shows then, what hides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, literal, select

from core.custom_fields.conversion import columns_of
from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.rules import KINDS, Audience, FieldType
from core.custom_fields.scopes import Scope, fields_of
from core.custom_fields.typed import Rows, wrong_bounds
from core.files.services import claim
from core.kit.bulk import insert_rows
from core.kit.custom import CustomFieldTarget
from core.kit.session import TenantSession

#: What must be the same of two fields, so that a value of one says the same in the other.
_MEANT = ("type", "currency", "refers_to")
#: The columns that keep values.
VALUES = sorted({column for kind in KINDS.values() for column in kind.columns})


@dataclass(frozen=True)
class Shift:
    """A field, and the value of it that is meant; none if it has none."""

    field: CustomField
    rows: Rows = ()


@dataclass
class Shifts:
    """What a change of fields does to the values of one row."""

    #: Shown before and after; those that the new fields don't have yet are copied to them.
    kept: list[Shift] = field(default_factory=list)
    #: Not shown any more, and shown again when the row comes back.
    hidden: list[Shift] = field(default_factory=list)
    #: Had in the new fields at an earlier time, and shown again.
    returning: list[Shift] = field(default_factory=list)
    #: Asked for at the next write of custom values.
    newly_required: list[Shift] = field(default_factory=list)
    #: What is to be written, by the new field.
    copied: list[Shift] = field(default_factory=list)
    #: The labels of all options that the values name.
    labels: dict[UUID, str] = field(default_factory=dict)


async def shifts(
    session: TenantSession, target: CustomFieldTarget, key: UUID, old: UUID, into: UUID
) -> Shifts:
    """What becomes of the values of the row *key* when it has the fields of *into*, not *old*."""
    return (await _shifts_of(session, target, [key], old, into))[key]


async def _shifts_of(
    session: TenantSession, target: CustomFieldTarget, keys: Sequence[UUID], old: UUID, into: UUID
) -> dict[UUID, Shifts]:
    before = await _shown_fields(session, target, old)
    after = await _shown_fields(session, target, into)
    stored = await _stored(session, target, keys, [*before, *after])
    options = await _options(session, [*before, *after])
    return {key: _shifted(before, after, stored.get(key, {}), options) for key in keys}


def _shifted(
    before: Sequence[CustomField],
    after: Sequence[CustomField],
    stored: Mapping[UUID, Rows],
    options: Sequence[CustomOption],
) -> Shifts:
    found = Shifts(labels={option.id: option.label for option in options})
    there = {each.key: each for each in after}
    filled: set[UUID] = set()
    for each in before:
        if not (rows := stored.get(each.id, ())):
            continue
        same = there.get(each.key)
        moved = _moved(each, same, rows, options) if same is not None else None
        there_already = stored.get(same.id, ()) if same is not None else ()
        if same is None or moved is None or (there_already and there_already != moved):
            found.hidden.append(Shift(each, rows))
            continue
        found.kept.append(Shift(same, moved))
        filled.add(same.id)
        if not there_already:
            found.copied.append(Shift(same, moved))
    for each in after:
        if each.id in filled:
            continue
        if rows := stored.get(each.id, ()):
            found.returning.append(Shift(each, rows))
        elif each.mandatory and each.audience != Audience.DEVICE:
            found.newly_required.append(Shift(each))
    return found


async def carry_values(
    session: TenantSession, target: CustomFieldTarget, key: UUID, old: UUID, into: UUID
) -> None:
    """Give the row *key* in the fields of *into* what it shows by their keys; nothing is lost."""
    await carry_many(session, target, [key], old, into)


async def carry_many(
    session: TenantSession, target: CustomFieldTarget, keys: Sequence[UUID], old: UUID, into: UUID
) -> None:
    """The same for many rows that all have the fields of *old* now."""
    await session.flush()
    there = []
    for key, found in (await _shifts_of(session, target, keys, old, into)).items():
        for shift in found.copied:
            for place, row in enumerate(shift.rows):
                if "file_id" in row:
                    await claim(session, row["file_id"])
                whose = {target.key: key, "field_id": shift.field.id, "place": place}
                there.append({**whose, **dict.fromkeys(VALUES), **row})
    await insert_rows(session, target.values.__table__, there)


def _moved(
    field: CustomField, into: CustomField, rows: Rows, options: Sequence[CustomOption]
) -> Rows | None:
    """What *into* keeps of a value of *field*; None if it can't have it."""
    if any(getattr(field, name) != getattr(into, name) for name in _MEANT):
        return None
    if KINDS[FieldType(field.type)].has_options:
        keys = {option.id: option.key for option in options}
        offered = {
            option.key: option.id
            for option in options
            if option.field_id == into.id and option.archived_at is None
        }
        chosen = [offered.get(keys[row["option_id"]]) for row in rows]
        return None if None in chosen else tuple({"option_id": key} for key in chosen)
    number = rows[0].get("decimal_value")
    if number is not None and wrong_bounds(into, into.key, number, into.key):
        return None
    return rows


async def _shown_fields(
    session: TenantSession, target: CustomFieldTarget, key: UUID
) -> list[CustomField]:
    found = await fields_of(session, Scope(target, key))
    return [each for each in found if each.archived_at is None]


async def _stored(
    session: TenantSession,
    target: CustomFieldTarget,
    keys: Sequence[UUID],
    fields: Sequence[CustomField],
) -> Mapping[UUID, Mapping[UUID, Rows]]:
    values, owner = target.values, getattr(target.values, target.key)
    types = {each.id: FieldType(each.type) for each in fields}
    rows = await session.scalars(
        select(values)
        .where(owner == func.any(literal([*keys], ARRAY(Uuid))), values.field_id.in_(types))
        .order_by(values.field_id, values.place)
    )
    found: dict[UUID, dict[UUID, Rows]] = defaultdict(dict)
    for row in rows:
        kept = columns_of(types[row.field_id], row)
        whose = found[getattr(row, target.key)]
        whose[row.field_id] = (*whose.get(row.field_id, ()), kept)
    return found


async def _options(session: TenantSession, fields: Sequence[CustomField]) -> Sequence[CustomOption]:
    lists = [each.id for each in fields if KINDS[FieldType(each.type)].has_options]
    found = await session.scalars(select(CustomOption).where(CustomOption.field_id.in_(lists)))
    return found.all()
