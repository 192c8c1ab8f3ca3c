"""What contacts, and what modules add, have in custom fields, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from core.contacts.models import Contact
from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.parsing import from_text
from core.custom_fields.rules import KINDS, Audience, FieldType, first_twice
from core.custom_fields.scopes import Scope
from core.custom_fields.typed import Given, Rows, rows_of
from core.files.services import claim, release
from core.kit.audit import plain
from core.kit.custom import CustomFieldTarget
from core.kit.errors import NotFound, Refused, RefusedTogether
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Tenant, User


@dataclass
class Sheet:
    """The fields of one row, such as a contact, and what it has in them."""

    target: CustomFieldTarget
    audience: Audience
    #: The tenant's country and clocks, for what a text doesn't say.
    country: str
    zone: ZoneInfo
    fields: dict[str, CustomField]
    #: The values of each field, by its id.
    stored: dict[UUID, list[Any]]
    #: Of the fields that are about to be written: those on offer, and those chosen already.
    options: Sequence[CustomOption]
    #: By key, what the fields that were given are to have.
    wanted: dict[str, Rows] = field(default_factory=dict)

    def rows(self, key: str) -> Rows:
        """What is kept of the field now."""
        of = self.fields[key]
        columns = KINDS[FieldType(of.type)].columns
        return tuple(
            {column: value for column in columns if (value := getattr(row, column)) is not None}
            for row in self.stored.get(of.id, [])
        )

    def want(self, given: Given) -> None:
        """Note what a field is to have, or refuse."""
        of = self.fields.get(given.key)
        if of is None:
            raise Refused(
                "UNKNOWN_KEY",
                f"The {self.target.title} has no field with the key '{given.key[:60]}'.",
                given.path,
            )
        if self.audience == Audience.DEVICE and not of.editable_on_device:
            raise Refused(
                "NOT_EDITABLE", f"'{given.key}' can't be edited on the device.", given.path
            )
        options = [option for option in self.options if option.field_id == of.id]
        given = from_text(of, given, self.zone)
        self.wanted[given.key] = rows_of(of, given, options, self.country)

    def missing(self) -> list[Refused]:
        """The mandatory fields that would have no value, of those that the writer can see."""
        return [
            Refused(
                "MANDATORY_MISSING", f"'{key}' ({of.label}) must have a value.", f"values.{key}"
            )
            for key, of in self.fields.items()
            if of.mandatory and self._asks(of) and not self.wanted.get(key, self.rows(key))
        ]

    def _asks(self, of: CustomField) -> bool:
        if self.audience == Audience.DEVICE:
            return of.editable_on_device
        return of.audience != Audience.DEVICE


async def set_values(
    session: TenantSession,
    target: CustomFieldTarget,
    key: UUID,
    version: int | None,
    given: Sequence[Given],
    audience: Audience = Audience.BACK_OFFICE,
) -> Any:
    """Write some of a row's custom values: all of them, or none if one is refused."""
    subject = await session.find(target.subject, key, target.title, field="id", lock=True)
    check_version(subject, version)
    await write(session, await sheet_for(session, target, subject, given, audience), subject)
    return subject


async def sheet_for(
    session: TenantSession,
    target: CustomFieldTarget,
    subject: Any,
    given: Sequence[Given],
    audience: Audience = Audience.BACK_OFFICE,
) -> Sheet:
    """What is to be written of *given*, or every reason why it can't be. Nothing is written yet."""
    sheet = await sheet_of(session, target, subject, audience, {one.key for one in given})
    refusals = _refusals(sheet, given) + await _missing_links(session, sheet)
    wrong = {refused.field for refused in refusals}
    refusals += [missing for missing in sheet.missing() if missing.field not in wrong]
    if refusals:
        raise RefusedTogether(refusals)
    return sheet


async def put_values(
    session: TenantSession, target: CustomFieldTarget, subject: Any, given: Sequence[Given]
) -> None:
    """Write the ``customValues`` of an input that has other things of *subject*, too.

    Nothing of *subject* is written by it before the session flushes.
    """
    with told_at("customValues"), session.no_autoflush:
        await write(session, await sheet_for(session, target, subject, given), subject)


@contextmanager
def told_at(name: str) -> Iterator[None]:
    """Show errors about values where an input calls them *name*."""
    try:
        yield
    except RefusedTogether as together:
        raise RefusedTogether([_told_at(name, each) for each in together.refusals]) from None
    except Refused as refused:
        raise _told_at(name, refused) from None


def _told_at(name: str, refused: Refused) -> Refused:
    field = refused.field
    if field is not None and field.startswith("values."):
        field = name + field.removeprefix("values")
    return Refused(refused.reason, refused.message, field)


def _refusals(sheet: Sheet, given: Sequence[Given]) -> list[Refused]:
    """What of *given* can't be kept: every reason, so that a form needs one answer only."""
    refusals = []
    for one in given:
        try:
            sheet.want(one)
        except Refused as refused:
            refusals.append(refused)
    twice = first_twice(one.key for one in given)
    if twice is not None:
        refusals.append(
            Refused("DUPLICATE_KEY", f"'{twice[:60]}' is given twice.", f"values.{twice[:60]}")
        )
    return refusals


#: The tables that a value may point to, by its column.
_LINKS: dict[str, Any] = {"user_id": User, "referred_id": Contact}


async def _missing_links(session: TenantSession, sheet: Sheet) -> list[Refused]:
    """The references to users and contacts that there aren't. (Files are claimed, one by one.)"""
    found: list[Refused] = []
    for column, model in _LINKS.items():
        wanted = {
            key: rows[0][column] for key, rows in sheet.wanted.items() if rows and column in rows[0]
        }
        if not wanted:
            continue
        there = set(await session.scalars(select(model.id).where(model.id.in_(wanted.values()))))
        found += [
            NotFound(model.__name__.lower(), each, f"values.{key}")
            for key, each in wanted.items()
            if each not in there
        ]
    return found


async def sheet_of(
    session: TenantSession,
    target: CustomFieldTarget,
    subject: Any,
    audience: Audience,
    keys: set[str],
) -> Sheet:
    """The fields of *subject*, with what is needed to write those called *keys*."""
    scope = Scope(target, getattr(subject, target.scope.key))
    shown = select(CustomField).where(scope.fields, CustomField.archived_at.is_(None))
    # Held first: their types must not change between reading them and writing values.
    held = shown.where(CustomField.key.in_(keys)).order_by(CustomField.id)
    await session.scalars(held.with_for_update(read=True, key_share=True))
    fields = await session.scalars(
        shown.order_by(CustomField.position, CustomField.id).execution_options(
            populate_existing=True
        )
    )
    by_key = {of.key: of for of in fields}
    values, whose = target.values, getattr(target.values, target.key)
    stored = await session.scalars(
        select(values)
        .where(whose == subject.id, values.field_id.in_([of.id for of in by_key.values()]))
        .order_by(values.place)
    )
    by_field: dict[UUID, list[Any]] = {}
    for row in stored:
        by_field.setdefault(row.field_id, []).append(row)
    chosen = [row.option_id for rows in by_field.values() for row in rows if row.option_id]
    options = await session.scalars(
        select(CustomOption)
        .where(
            CustomOption.field_id.in_([of.id for key, of in by_key.items() if key in keys]),
            or_(CustomOption.archived_at.is_(None), CustomOption.id.in_(chosen)),
        )
        .order_by(CustomOption.position, CustomOption.id)
    )
    country, zone = (
        await session.execute(
            select(Tenant.country, Tenant.time_zone).where(Tenant.id == session.tenant_id)
        )
    ).one()
    return Sheet(target, audience, country, ZoneInfo(zone), by_key, by_field, options.all())


async def write(session: TenantSession, sheet: Sheet, subject: Any) -> None:
    """Write what differs from what is stored, and say so."""
    changes: dict[str, list[Any]] = {}
    names = {option.id: option.key for option in sheet.options}
    for key, wanted in sheet.wanted.items():
        before = sheet.rows(key)
        # 12.5 and 12.50 are equal, but not shown the same.
        if [*map(str, before)] == [*map(str, wanted)]:
            continue
        await _replace(session, sheet, subject, key, wanted)
        changes[key] = [_plain(rows, names) for rows in (before, wanted)]
    if changes:
        session.record(subject, {f"custom_values.{key}": both for key, both in changes.items()})
        if sheet.target.changed is not None:
            fields = ",".join(f"custom_values.{key}" for key in changes)
            await session.tell(sheet.target.changed(subject, fields))


async def _replace(
    session: TenantSession, sheet: Sheet, subject: Any, key: str, wanted: Rows
) -> None:
    of, target = sheet.fields[key], sheet.target
    stored = sheet.stored.get(of.id, [])
    for row in wanted:
        if "file_id" in row:
            await claim(session, row["file_id"], f"values.{key}")
    for old in stored:
        if old.file_id is not None:
            await release(session, old.file_id)
    for place, row in enumerate(wanted):
        if place < len(stored):
            for column in KINDS[FieldType(of.type)].columns:
                setattr(stored[place], column, row.get(column))
        else:
            whose = {target.key: subject.id, "field_id": of.id, "place": place}
            session.add(target.values(**whose, **row))
    for old in stored[len(wanted) :]:
        await session.delete(old)


def _plain(rows: Rows, options: dict[UUID, str]) -> Any:
    """What the history says of a value: the keys of options, the first column of others."""
    found = [plain(options.get(first, first)) for row in rows for first in [*row.values()][:1]]
    return found if len(found) > 1 else next(iter(found), None)


async def release_files(session: TenantSession, target: CustomFieldTarget, key: UUID) -> None:
    """Let go of the files in the values of a row that is about to be deleted."""
    values, whose = target.values, getattr(target.values, target.key)
    found = await session.scalars(
        select(values.file_id).where(whose == key, values.file_id.is_not(None))
    )
    for file_id in found.all():
        await release(session, file_id)
