"""What contacts have in custom fields, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.contacts.events import ContactChanged
from core.contacts.models import Contact
from core.custom_fields.models import CustomField, CustomOption, CustomValue
from core.custom_fields.rules import KINDS, FieldType, first_twice
from core.custom_fields.typed import Given, value_of
from core.kit.audit import plain
from core.kit.errors import Refused, RefusedTogether
from core.kit.session import TenantSession, check_version


@dataclass
class Sheet:
    """The fields of one contact's group, and what the contact has in them."""

    fields: dict[str, CustomField]
    stored: dict[UUID, CustomValue]
    #: Of the fields that are about to be written: those on offer, and those chosen already.
    options: Sequence[CustomOption]
    #: By key, what the fields that were given are to have.
    wanted: dict[str, Any] = field(default_factory=dict)

    def value(self, key: str) -> Any:
        of = self.fields[key]
        stored = self.stored.get(of.id)
        return None if stored is None else getattr(stored, KINDS[FieldType(of.type)].column)

    def want(self, given: Given) -> None:
        """Note what a field is to have, or refuse."""
        of = self.fields.get(given.key)
        if of is None:
            raise Refused(
                "UNKNOWN_KEY",
                f"The contact's group has no field with the key '{given.key[:60]}'.",
                given.path,
            )
        options = [option for option in self.options if option.field_id == of.id]
        self.wanted[given.key] = value_of(FieldType(of.type), given, options)

    def missing(self) -> list[Refused]:
        """The mandatory fields that would have no value."""
        return [
            Refused(
                "MANDATORY_MISSING", f"'{key}' ({of.label}) must have a value.", f"values.{key}"
            )
            for key, of in self.fields.items()
            if of.mandatory and self.wanted.get(key, self.value(key)) is None
        ]


async def set_values(
    session: TenantSession, key: UUID, version: int | None, given: Sequence[Given]
) -> Contact:
    """Write some of a contact's custom values: all of them, or none if one is refused."""
    contact = await session.find(Contact, key, "contact", field="id", lock=True)
    check_version(contact, version)
    sheet = await _sheet(session, contact, {one.key for one in given})
    refusals = _refusals(sheet, given)
    if refusals:
        raise RefusedTogether(refusals)
    changes = await _write(session, contact, sheet)
    if changes:
        session.record(contact, {f"custom_values.{key}": both for key, both in changes.items()})
        names = ",".join(f"custom_values.{key}" for key in changes)
        await session.tell(ContactChanged(contact.id, names))
    return contact


def _refusals(sheet: Sheet, given: Sequence[Given]) -> list[Refused]:
    """Why this can't be written: every reason, so that a form needs one answer only."""
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
    wrong = {refused.field for refused in refusals}
    return refusals + [missing for missing in sheet.missing() if missing.field not in wrong]


async def _sheet(session: TenantSession, contact: Contact, keys: set[str]) -> Sheet:
    fields = await session.scalars(
        select(CustomField)
        .where(CustomField.group_id == contact.group_id, CustomField.archived_at.is_(None))
        .order_by(CustomField.position, CustomField.id)
    )
    by_key = {of.key: of for of in fields}
    stored = await session.scalars(
        select(CustomValue).where(
            CustomValue.contact_id == contact.id,
            CustomValue.field_id.in_([of.id for of in by_key.values()]),
        )
    )
    by_field = {value.field_id: value for value in stored}
    options = await session.scalars(
        select(CustomOption)
        .where(
            CustomOption.field_id.in_([of.id for key, of in by_key.items() if key in keys]),
            or_(
                CustomOption.archived_at.is_(None),
                CustomOption.id.in_([v.option_id for v in by_field.values() if v.option_id]),
            ),
        )
        .order_by(CustomOption.position, CustomOption.id)
    )
    return Sheet(by_key, by_field, options.all())


async def _write(session: TenantSession, contact: Contact, sheet: Sheet) -> dict[str, list[Any]]:
    """Write what differs from what is stored: for each key, what was there and what is."""
    changes: dict[str, list[Any]] = {}
    options = {option.id: option.key for option in sheet.options}
    for key, wanted in sheet.wanted.items():
        before = sheet.value(key)
        # 12.5 and 12.50 are equal, but not shown the same.
        if (before, str(before)) == (wanted, str(wanted)):
            continue
        of = sheet.fields[key]
        stored = sheet.stored.get(of.id)
        if wanted is None:
            await session.delete(stored)
        elif stored is None:
            column = KINDS[FieldType(of.type)].column
            session.add(CustomValue(contact_id=contact.id, field_id=of.id, **{column: wanted}))
        else:
            setattr(stored, KINDS[FieldType(of.type)].column, wanted)
        changes[key] = [plain(options.get(value, value)) for value in (before, wanted)]
    return changes
