"""What persons have in custom fields, in the API."""

from __future__ import annotations

import strawberry

from core.contacts.schema import Contact
from core.custom_fields.models import CustomOption as OptionRow
from core.custom_fields.schema import AnyCustomValue, CustomField, CustomOption
from core.files.schema import File
from core.kit.fields import many, one
from core.tenancy.schema import User
from plugins.people.models import PersonCustomValue as ValueRow
from plugins.people.models import ShownPersonValue

SHOWN = ShownPersonValue.c


@strawberry.type(description="What a person has in a custom field.")
class PersonCustomValue(AnyCustomValue, table=ShownPersonValue, requires="people.read"):
    option: CustomOption | None = one(SHOWN.option_id, description="Of a `LIST`.")
    options: list[CustomOption] = many(
        (ValueRow.person_id, ValueRow.field_id),
        to=ValueRow.option_id,
        order_by=[OptionRow.position],
        typical=1,  # most fields are no lists
        description="Of a list, those that are chosen, in the list's order.",
    )
    file: File | None = one(SHOWN.file_id)
    referenced_user: User | None = one(SHOWN.user_id)
    referenced_contact: Contact | None = one(SHOWN.referred_id)
    field: CustomField = one(SHOWN.field_id, description="The definition.")
