"""What can be done with custom fields and values."""

from __future__ import annotations

import strawberry

from core.contacts.custom import CONTACTS
from core.contacts.schema import Contact, ContactGroup
from core.custom_fields import services
from core.custom_fields.inputs import (
    AUDIENCE,
    CustomFieldArchiveInput,
    CustomFieldCreateInput,
    CustomFieldReorderInput,
    CustomFieldRestoreInput,
    CustomFieldUpdateInput,
    CustomValueInput,
    scope_of,
    targets_of,
    values_of,
    with_options,
)
from core.custom_fields.rules import Audience
from core.custom_fields.schema import CustomField
from core.custom_fields.values import set_values
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import key_in
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation

#: What can be cleared; null leaves the others as they are.
CLEARED = ("label_fr", "label_en", "unit", "minimum", "maximum")


@strawberry.input
class ContactSetCustomValuesInput:
    id: strawberry.ID
    version: int | None = None
    values: list[CustomValueInput] = strawberry.field(
        description="Fields that aren't named keep what they have."
    )
    audience: Audience = AUDIENCE


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
        """Add a field, as the last of those of its group.

        Contacts stay readable without it, even if it is mandatory. Refuses: `NOT_FOUND`,
        `SCOPE_MISSING`, `SCOPE_GIVEN_TWICE`, `UNKNOWN_TARGET`, `LABEL_EMPTY`, `TOO_LONG`,
        `INVALID_CHARACTERS`, `INVALID_KEY`, `KEY_TAKEN`, `OPTIONS_NOT_ALLOWED`, `OPTIONS_MISSING`,
        `OPTIONS_GIVEN_TWICE`, `DUPLICATE_OPTION`, `UNKNOWN_OPTION`, `TOO_MANY_OPTIONS`; what the
        type doesn't allow (`STATEMENT_NOT_ALLOWED`, `UNIT_NOT_ALLOWED`, `BOUNDS_NOT_ALLOWED`,
        `CURRENCY_NOT_ALLOWED`, `REFERENCE_NOT_ALLOWED`, `MANDATORY_NOT_ALLOWED`,
        `EDITABLE_NOT_ALLOWED`) or lacks (`STATEMENT_MISSING`, `REFERENCE_MISSING`);
        `INVALID_CURRENCY`, `BOUNDS_CROSSED`, `NOT_AN_INTEGER`, `TOO_MANY_DECIMALS` (bounds),
        `EDITABLE_NEEDS_VISIBLE`, `AUDIENCE_NEEDS_VISIBLE`, `AUDIENCE_EXCLUDES_VISIBLE`.
        """
        scope = scope_of(info, input.group_id, input.scope_id, input.target)
        given = with_options(values(input))
        for name in ("group_id", "scope_id", "target"):
            del given[name]
        label, type_ = given.pop("label"), given.pop("type")
        field = await services.create_field(session, scope, label, type_, **given)
        return CustomFieldPayload.of(field)

    @mutation
    async def custom_field_update(
        info: Info, session: TenantSession, input: CustomFieldUpdateInput
    ) -> CustomFieldPayload:
        """Change a field's labels, booleans, options and what its type carries; its key stays.

        Values keep their option when its label changes, and when it is archived; new bounds hold
        from the next write on. Refuses: `NOT_FOUND`, `STALE_VERSION`, `FIELD_IN_USE` (a currency
        or kind of reference, while there are values), and what `customFieldCreate` refuses.
        """
        given = with_options(values(input, id="custom_field"))
        key, version = given.pop("id"), given.pop("version")
        changes = {n: value for n, value in given.items() if value is not None or n in CLEARED}
        field = await services.update_field(session, targets_of(info), key, version, **changes)
        return CustomFieldPayload.of(field)

    @mutation
    async def custom_field_reorder(
        info: Info, session: TenantSession, input: CustomFieldReorderInput
    ) -> CustomFieldReorderPayload:
        """Put the fields of a group, or of what a module adds, in another order.

        Refuses: `NOT_FOUND`, `SCOPE_MISSING`, `SCOPE_GIVEN_TWICE`, `UNKNOWN_TARGET`,
        `ORDER_INCOMPLETE`.
        """
        keys = [key_in(id_, "custom_field", field="ids") for id_ in input.ids]
        scope = scope_of(info, input.group_id, input.scope_id, input.target)
        within = await services.reorder_fields(session, scope, keys)
        is_group = scope.target is CONTACTS
        return CustomFieldReorderPayload.of(within) if is_group else CustomFieldReorderPayload()

    @mutation
    async def custom_field_archive(
        info: Info, session: TenantSession, input: CustomFieldArchiveInput
    ) -> CustomFieldPayload:
        """Hide a field with its values, which are kept. Refuses: `NOT_FOUND`, `STALE_VERSION`."""
        key = values(input, id="custom_field")["id"]
        field = await services.archive_field(session, targets_of(info), key, input.version)
        return CustomFieldPayload.of(field)

    @mutation
    async def custom_field_restore(
        info: Info, session: TenantSession, input: CustomFieldRestoreInput
    ) -> CustomFieldPayload:
        """Show an archived field and its values again. Refuses: `NOT_FOUND`, `STALE_VERSION`."""
        key = values(input, id="custom_field")["id"]
        field = await services.restore_field(session, targets_of(info), key, input.version)
        return CustomFieldPayload.of(field)


@extend(requires="contacts.write")
class CustomValueMutations(Mutation):
    @mutation
    async def contact_set_custom_values(
        info: Info, session: TenantSession, input: ContactSetCustomValuesInput
    ) -> ContactCustomValuesPayload:
        """Write custom values of a contact: all that are given, or none and every reason why.

        Refuses: `NOT_FOUND`, `INVALID_ID`, `STALE_VERSION`; at `values.<key>`: `UNKNOWN_KEY`,
        `WRONG_TYPE`, `UNKNOWN_OPTION`, `DUPLICATE_OPTION`, `TOO_LONG`, `TOO_MANY_DIGITS`,
        `TOO_MANY_DECIMALS`, `NOT_AN_INTEGER`, `OUT_OF_BOUNDS`, `INVALID_CHARACTERS`,
        `INVALID_EMAIL`, `INVALID_URL`, `INVALID_PHONE`, `NOT_FOUND` (a file or reference),
        `NOT_EDITABLE`, `DUPLICATE_KEY`, `MANDATORY_MISSING`.
        """
        key, given = values(input, id="contact")["id"], values_of(input.values)
        contact = await set_values(session, CONTACTS, key, input.version, given, input.audience)
        return ContactCustomValuesPayload.of(contact)
