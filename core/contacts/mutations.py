"""What can be done with contacts and their groups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from core.contacts import services
from core.contacts.schema import Contact, ContactGroup, LinkKind
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation


@strawberry.input
class ContactCreateInput:
    name: str
    group_id: strawberry.ID = strawberry.field(description="The contact group.")
    reference: str | None = strawberry.field(
        default=strawberry.UNSET, description="The tenant's own number for it, 40 at most."
    )
    street: str | None = strawberry.UNSET
    postcode: str | None = strawberry.UNSET
    town: str | None = strawberry.UNSET
    country: str | None = strawberry.field(
        default=strawberry.UNSET, description="ISO 3166-1 alpha-2."
    )
    latitude: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Degrees, WGS 84; with `longitude` or not at all."
    )
    longitude: Decimal | None = strawberry.UNSET
    phone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Kept as typed, and as E.164: a number without prefix is one of the tenant's "
        "country.",
    )
    email: str | None = strawberry.UNSET
    website: str | None = strawberry.field(
        default=strawberry.UNSET, description="With `http://` or `https://`."
    )
    information: str | None = strawberry.UNSET
    owner_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The user who looks after it."
    )
    parent_id: strawberry.ID | None = strawberry.UNSET
    parent_kind: LinkKind | None = strawberry.field(
        default=strawberry.UNSET, description="What the link to the parent means, else `OTHER`."
    )


@strawberry.input(description="What isn't given stays as it is; null clears.")
class ContactUpdateInput:
    id: strawberry.ID
    version: int | None = strawberry.UNSET
    name: str | None = strawberry.UNSET
    group_id: strawberry.ID | None = strawberry.UNSET
    reference: str | None = strawberry.UNSET
    street: str | None = strawberry.UNSET
    postcode: str | None = strawberry.UNSET
    town: str | None = strawberry.UNSET
    country: str | None = strawberry.UNSET
    latitude: Decimal | None = strawberry.UNSET
    longitude: Decimal | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    website: str | None = strawberry.UNSET
    information: str | None = strawberry.UNSET
    owner_id: strawberry.ID | None = strawberry.UNSET


@strawberry.input
class ContactArchiveInput:
    id: strawberry.ID
    version: int | None = strawberry.UNSET
    reason: str | None = strawberry.UNSET
    force: bool = strawberry.field(
        default=False, description="Although something is open with it; needs a `reason`."
    )


@strawberry.input
class ContactUnarchiveInput:
    id: strawberry.ID
    version: int | None = strawberry.UNSET


@strawberry.input
class ContactGroupCreateInput:
    name: str


@strawberry.input
class ContactGroupRenameInput:
    id: strawberry.ID
    name: str
    version: int | None = None


@strawberry.input
class ContactGroupMergeInput:
    from_id: strawberry.ID = strawberry.field(description="The group that goes.")
    into_id: strawberry.ID = strawberry.field(description="The group that stays.")


@strawberry.input
class ContactGroupDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.type
class ContactPayload(Payload):
    contact: Contact | None = written()


@strawberry.type
class ContactGroupPayload(Payload):
    contact_group: ContactGroup | None = written()


@extend(requires="contacts.write")
class ContactMutations(Mutation):
    @mutation
    async def contact_create(
        info: Info, session: TenantSession, input: ContactCreateInput
    ) -> ContactPayload:
        """Add a contact; only its name and group are required.

        Refuses: `NAME_EMPTY`, `TOO_LONG`, `INVALID_CHARACTERS`, `INVALID_COUNTRY`,
        `INVALID_POSITION`, `INVALID_EMAIL`, `INVALID_WEBSITE`, `NOT_FOUND` and `INVALID_ID`
        (group, parent, owner), `NO_PARENT`, `TOO_DEEP`, and `REFERENCE_TAKEN` where references
        must be unique. Warns: `REFERENCE_TAKEN`, `PHONE_UNREADABLE`.
        """
        contact, warnings = await services.create_contact(session, _columns(input))
        return ContactPayload.of(contact, *warnings)

    @mutation
    async def contact_update(
        info: Info, session: TenantSession, input: ContactUpdateInput
    ) -> ContactPayload:
        """Change what is given of a contact. `contactMove` changes its parent.

        Refuses and warns as `contactCreate` does, and `STALE_VERSION`, `GROUP_MISSING`.
        """
        given = _columns(input)
        key, version = given.pop("id"), given.pop("version", None)
        contact, warnings = await services.update_contact(session, key, given, version)
        return ContactPayload.of(contact, *warnings)

    @mutation
    async def contact_archive(
        info: Info, session: TenantSession, input: ContactArchiveInput
    ) -> ContactPayload:
        """Put a contact away; nothing is deleted, and those below it stay as they are.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `ALREADY_ARCHIVED`, `REASON_MISSING` (forced
        without a reason), and, unless forced, what modules have open with it.
        """
        given = values(input, id="contact")
        return ContactPayload.of(await services.archive_contact(session, given.pop("id"), **given))

    @mutation
    async def contact_unarchive(
        info: Info, session: TenantSession, input: ContactUnarchiveInput
    ) -> ContactPayload:
        """Bring an archived contact back. Refuses: `NOT_FOUND`, `STALE_VERSION`, `NOT_ARCHIVED`."""
        given = values(input, id="contact")
        return ContactPayload.of(
            await services.unarchive_contact(session, given["id"], given.get("version"))
        )


@extend(requires="contacts.configure")
class ContactGroupMutations(Mutation):
    @mutation
    async def contact_group_create(
        info: Info, session: TenantSession, input: ContactGroupCreateInput
    ) -> ContactGroupPayload:
        """Add a contact group. Refuses: `NAME_TAKEN`, `NAME_EMPTY`, `TOO_LONG`."""
        return ContactGroupPayload.of(await services.create_group(session, input.name))

    @mutation
    async def contact_group_rename(
        info: Info, session: TenantSession, input: ContactGroupRenameInput
    ) -> ContactGroupPayload:
        """Give a group another name.

        Refuses: `NOT_FOUND`, `NAME_TAKEN`, `NAME_EMPTY`, `TOO_LONG`, `STALE_VERSION`.
        """
        given = values(input, id="contact_group")
        group = await services.rename_group(session, given["id"], input.name, input.version)
        return ContactGroupPayload.of(group)

    @mutation
    async def contact_group_merge(
        info: Info, session: TenantSession, input: ContactGroupMergeInput
    ) -> ContactGroupPayload:
        """Move all contacts of one group into another, with their custom values, and take it away.

        Fields with the same key become one; others come along. Refuses: `NOT_FOUND`,
        `INVALID_ID`, `SAME_GROUP`, `TYPES_DIFFER` (fields with the same key). Warns of what is
        lost: `FIELD_LOST`, `HIDDEN_VALUES_LOST`, `VALUES_HIDDEN`.
        """
        given = values(input, from_id="contact_group", into_id="contact_group")
        group, warnings = await services.merge_groups(session, given["from_id"], given["into_id"])
        return ContactGroupPayload.of(group, *warnings)

    @mutation
    async def contact_group_delete(
        info: Info, session: TenantSession, input: ContactGroupDeleteInput
    ) -> ContactGroupPayload:
        """Delete a group that is empty. Refuses: `NOT_FOUND`, `GROUP_IN_USE`, `STALE_VERSION`."""
        given = values(input, id="contact_group")
        group = await services.delete_group(session, given["id"], input.version)
        return ContactGroupPayload.of(group)


def _columns(input_: Any) -> dict[str, Any]:
    """What was given, by column."""
    given = values(
        input_, id="contact", group_id="contact_group", parent_id="contact", owner_id="user"
    )
    if kind := given.get("parent_kind"):
        given["parent_kind"] = kind.value
    return given
