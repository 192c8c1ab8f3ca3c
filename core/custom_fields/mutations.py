"""What can be done with custom fields and values."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import strawberry

from core.contacts.schema import Contact, ContactGroup
from core.custom_fields import services
from core.custom_fields.rules import FieldType, GivenOption, given_options
from core.custom_fields.schema import CustomField
from core.custom_fields.typed import Given
from core.custom_fields.values import set_values
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import key_in
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation

OPTIONS_TEXT = strawberry.field(
    default=None,
    description=r"The labels as one text, separated by commas; `\,` is a comma within a label.",
)


@strawberry.input(description="An answer of a list.")
class CustomOptionInput:
    label: str
    key: str | None = strawberry.field(
        default=None,
        description="Which of the options there are is meant, so that it can get another label. "
        "Without it, it is the one of that label, or a new one.",
    )


@strawberry.input
class CustomFieldCreateInput:
    group_id: strawberry.ID
    label: str
    type: FieldType
    key: str | None = strawberry.field(
        default=None, description="Made from the label when it isn't given."
    )
    mandatory: bool = False
    visible_on_device: bool = False
    editable_on_device: bool = False
    options: list[CustomOptionInput] | None = None
    options_text: str | None = OPTIONS_TEXT


@strawberry.input(description="What isn't given, or null, stays as it is.")
class CustomFieldUpdateInput:
    id: strawberry.ID
    version: int | None = None
    label: str | None = None
    mandatory: bool | None = None
    visible_on_device: bool | None = None
    editable_on_device: bool | None = None
    options: list[CustomOptionInput] | None = strawberry.field(
        default=None, description="All of them, in order; those left out are archived."
    )
    options_text: str | None = OPTIONS_TEXT


@strawberry.input
class CustomFieldReorderInput:
    group_id: strawberry.ID
    ids: list[strawberry.ID] = strawberry.field(
        description="All fields of the group that aren't archived, in their new order."
    )


@strawberry.input
class CustomFieldArchiveInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class CustomFieldRestoreInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input(description="A value for the field `key`: the one of its type, or `clear`.")
class CustomValueInput:
    key: str
    text: str | None = strawberry.field(
        default=None, description="A blank text is the same as `clear`."
    )
    decimal: Decimal | None = None
    date: datetime.date | None = None
    boolean: bool | None = None
    option: str | None = strawberry.field(default=None, description="An option's key, or label.")
    clear: bool = strawberry.field(default=False, description="Leave the field without a value.")


@strawberry.input
class ContactSetCustomValuesInput:
    id: strawberry.ID
    version: int | None = None
    values: list[CustomValueInput] = strawberry.field(
        description="Fields that aren't named keep what they have."
    )


@strawberry.type
class CustomFieldPayload(Payload):
    custom_field: CustomField | None = written()


@strawberry.type
class CustomFieldReorderPayload(Payload):
    contact_group: ContactGroup | None = written()


@strawberry.type
class ContactCustomValuesPayload(Payload):
    contact: Contact | None = written()


@extend(requires="contacts.configure")
class CustomFieldMutations(Mutation):
    @mutation
    async def custom_field_create(
        info: Info, session: TenantSession, input: CustomFieldCreateInput
    ) -> CustomFieldPayload:
        """Add a field to the contacts of a group, as the last of its fields.

        Contacts stay readable without it, even if it is mandatory. Refuses: `NOT_FOUND`,
        `LABEL_EMPTY`, `TOO_LONG`, `INVALID_CHARACTERS`, `INVALID_KEY`, `KEY_TAKEN`,
        `EDITABLE_NEEDS_VISIBLE`, `OPTIONS_NOT_ALLOWED`, `OPTIONS_MISSING`, `OPTIONS_GIVEN_TWICE`,
        `DUPLICATE_OPTION`, `UNKNOWN_OPTION`, `TOO_MANY_OPTIONS`.
        """
        given = _with_options(values(input, group_id="contact_group"))
        group, label, type_ = (given.pop(name) for name in ("group_id", "label", "type"))
        field = await services.create_field(session, group, label, type_, **given)
        return CustomFieldPayload.of(field)

    @mutation
    async def custom_field_update(
        info: Info, session: TenantSession, input: CustomFieldUpdateInput
    ) -> CustomFieldPayload:
        """Change a field's label, booleans or options; its key and type stay.

        Values keep their option when its label changes, and when it is archived. Refuses:
        `NOT_FOUND`, `STALE_VERSION`, and what `customFieldCreate` refuses.
        """
        given = _with_options(values(input, id="custom_field"))
        key, version = given.pop("id"), given.pop("version")
        changes = {name: value for name, value in given.items() if value is not None}
        return CustomFieldPayload.of(await services.update_field(session, key, version, **changes))

    @mutation
    async def custom_field_reorder(
        info: Info, session: TenantSession, input: CustomFieldReorderInput
    ) -> CustomFieldReorderPayload:
        """Put the fields of a group in another order. Refuses: `NOT_FOUND`, `ORDER_INCOMPLETE`."""
        group = values(input, group_id="contact_group")["group_id"]
        keys = [key_in(id_, "custom_field", field="ids") for id_ in input.ids]
        return CustomFieldReorderPayload.of(await services.reorder_fields(session, group, keys))

    @mutation
    async def custom_field_archive(
        info: Info, session: TenantSession, input: CustomFieldArchiveInput
    ) -> CustomFieldPayload:
        """Hide a field with its values, which are kept. Refuses: `NOT_FOUND`, `STALE_VERSION`."""
        key = values(input, id="custom_field")["id"]
        return CustomFieldPayload.of(await services.archive_field(session, key, input.version))

    @mutation
    async def custom_field_restore(
        info: Info, session: TenantSession, input: CustomFieldRestoreInput
    ) -> CustomFieldPayload:
        """Show an archived field and its values again. Refuses: `NOT_FOUND`, `STALE_VERSION`."""
        key = values(input, id="custom_field")["id"]
        return CustomFieldPayload.of(await services.restore_field(session, key, input.version))


@extend(requires="contacts.write")
class CustomValueMutations(Mutation):
    @mutation
    async def contact_set_custom_values(
        info: Info, session: TenantSession, input: ContactSetCustomValuesInput
    ) -> ContactCustomValuesPayload:
        """Write custom values of a contact: all that are given, or none and every reason why.

        Refuses: `NOT_FOUND`, `STALE_VERSION`; at `values.<key>`: `UNKNOWN_KEY`, `WRONG_TYPE`,
        `UNKNOWN_OPTION`, `TOO_LONG`, `TOO_MANY_DIGITS`, `INVALID_CHARACTERS`, `DUPLICATE_KEY`,
        `MANDATORY_MISSING`.
        """
        key = values(input, id="contact")["id"]
        given = [Given(**vars(value)) for value in input.values]
        contact = await set_values(session, key, input.version, given)
        return ContactCustomValuesPayload.of(contact)


def _with_options(given: dict[str, Any]) -> dict[str, Any]:
    """What was given, with its options as services take them."""
    listed, text = given.pop("options"), given.pop("options_text")
    if listed is not None:
        listed = [GivenOption(option.label, option.key) for option in listed]
    return {**given, "options": given_options(listed, text)}
