"""What a contact would show in another group, before it is moved there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import strawberry
from sqlalchemy import select

from core.contacts.custom import CONTACTS
from core.contacts.models import Contact, ContactGroup
from core.custom_fields.moving import Shift, Shifts, shifts
from core.custom_fields.options import joined
from core.custom_fields.rules import FieldType
from core.custom_fields.typed import display
from core.files.models import File
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.ids import key_in
from core.kit.session import TenantSession
from core.roots import Query
from core.tenancy.models import User


@strawberry.type(description="A field, and the value of it that is meant.")
class CustomFieldShift:
    key: str
    label: str
    type: FieldType
    display: str | None = strawberry.field(description="Null if there is no value.")


@strawberry.type(
    description="What becomes of a contact's custom values in another group. Nothing is written."
)
class ContactGroupChangePreview:
    kept: list[CustomFieldShift] = strawberry.field(
        description="Fields of both groups, by their keys, that show the same value there."
    )
    hidden: list[CustomFieldShift] = strawberry.field(
        description="Not shown there, kept, and shown again when the contact comes back."
    )
    returning: list[CustomFieldShift] = strawberry.field(
        description="Values that the contact had in that group at an earlier time."
    )
    newly_required: list[CustomFieldShift] = strawberry.field(
        description="Mandatory there, and without a value: asked for at the next write of values."
    )


async def _preview(
    info: Info, contact_id: strawberry.ID, group_id: strawberry.ID
) -> ContactGroupChangePreview:
    contact_key = key_in(contact_id, "contact", field="contactId")
    group_key = key_in(group_id, "contact_group", field="groupId")
    async with info.context.session() as session:
        contact = await session.find(Contact, contact_key, "contact", field="contactId")
        await session.find(ContactGroup, group_key, "contact group", field="groupId")
        found = await shifts(session, CONTACTS, contact.id, contact.group_id, group_key)
        names = await _names(session, found)
    return ContactGroupChangePreview(
        kept=_listed(found.kept, names),
        hidden=_listed(found.hidden, names),
        returning=_listed(found.returning, names),
        newly_required=_listed(found.newly_required, names),
    )


async def _names(session: TenantSession, found: Shifts) -> Mapping[UUID, str]:
    """How everything that the values point to is called."""
    rows = [row for s in (*found.kept, *found.hidden, *found.returning) for row in s.rows]
    names = dict(found.labels)
    for column, name, of in (
        ("file_id", File.filename, File.id),
        ("user_id", User.name, User.id),
        ("referred_id", Contact.name, Contact.id),
    ):
        keys = {row[column] for row in rows if column in row}
        if keys:
            named = await session.execute(select(of, name).where(of.in_(keys)))
            names.update((row[0], row[1]) for row in named)
    return names


def _listed(found: Sequence[Shift], names: Mapping[UUID, str]) -> list[CustomFieldShift]:
    return [
        CustomFieldShift(
            key=shift.field.key,
            label=shift.field.label,
            type=FieldType(shift.field.type),
            display=_display(shift, names),
        )
        for shift in found
    ]


def _display(shift: Shift, names: Mapping[UUID, str]) -> str | None:
    if not shift.rows:
        return None
    row, type_ = shift.rows[0], shift.field.type
    answers = [names[each["option_id"]] for each in shift.rows if "option_id" in each]
    label = joined(answers) if type_ == FieldType.MULTI_LIST else next(iter(answers), None)
    pointed = (row.get(column) for column in ("file_id", "user_id", "referred_id"))
    named = next((names[key] for key in pointed if key is not None), None)
    return display(
        type_, row.get("text_value"), row.get("decimal_value"), row.get("date_value"),
        row.get("instant_value"), row.get("boolean_value"), label, named, shift.field.currency,
    )  # fmt: skip


@extend(requires="contacts.read")
class GroupChangePreview(Query):
    contact_group_change_preview: ContactGroupChangePreview = strawberry.field(
        resolver=_preview,
        description="What `contactUpdate` with another `groupId` does to a contact's custom "
        "values. Errors: `NOT_FOUND`, `INVALID_ID`.",
    )
