"""What can be done with a person."""

from __future__ import annotations

import strawberry

from core.custom_fields.inputs import CUSTOM_VALUES, CustomValueInput, with_custom
from core.custom_fields.lists import CustomFieldOrder
from core.exporting.schema import ExportInput, ExportPayload, begin
from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import global_id
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.people import services
from plugins.people.schema import PERSON_ORDERS, Person, PersonFilter

PHONE = "Kept as typed, and as E.164: a number without prefix is one of the tenant's country."


@strawberry.input
class PersonCreateInput:
    contact_id: strawberry.ID | None = strawberry.UNSET
    title: str | None = strawberry.UNSET
    first_name: str | None = strawberry.UNSET
    last_name: str | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    mobile: str | None = strawberry.field(default=strawberry.UNSET, description=PHONE)
    landline: str | None = strawberry.field(default=strawberry.UNSET, description=PHONE)
    extension: str | None = strawberry.UNSET
    position: str | None = strawberry.UNSET
    department: str | None = strawberry.UNSET
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="As `fr` or `fr-BE`."
    )
    booking_access: bool = False
    receives_documents: bool = True
    receives_marketing: bool = True
    custom_values: list[CustomValueInput] | None = CUSTOM_VALUES


@strawberry.input(description="What isn't given stays as it is; null clears a text.")
class PersonUpdateInput:
    id: strawberry.ID
    version: int | None = None
    title: str | None = strawberry.UNSET
    first_name: str | None = strawberry.UNSET
    last_name: str | None = strawberry.UNSET
    email: str | None = strawberry.UNSET
    mobile: str | None = strawberry.field(default=strawberry.UNSET, description=PHONE)
    landline: str | None = strawberry.field(default=strawberry.UNSET, description=PHONE)
    extension: str | None = strawberry.UNSET
    position: str | None = strawberry.UNSET
    department: str | None = strawberry.UNSET
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="As `fr` or `fr-BE`."
    )
    booking_access: bool | None = strawberry.UNSET
    receives_documents: bool | None = strawberry.UNSET
    receives_marketing: bool | None = strawberry.UNSET
    custom_values: list[CustomValueInput] | None = CUSTOM_VALUES


@strawberry.input
class PersonDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class PersonMakePrimaryInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class PersonMoveInput:
    id: strawberry.ID
    contact_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Where they go; null for no contact."
    )
    version: int | None = None


@strawberry.type
class PersonPayload(Payload):
    person: Person | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("person", root.key)) if root.key else None


@strawberry.type
class PersonDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The person that is no more."
    )


@extend(requires="people.write")
class PersonMutations(Mutation):
    @mutation
    async def person_create(
        info: Info, session: TenantSession, input: PersonCreateInput
    ) -> PersonPayload:
        """Add a person, at a contact or at none; the first of a contact is its primary person.

        Refuses: `NOT_FOUND` (the contact), `PERSON_EMPTY`, `INVALID_EMAIL`, `INVALID_LANGUAGE`,
        `TOO_LONG`, `INVALID_CHARACTERS`; at `customValues.<key>` what `contactSetCustomValues`
        refuses. Warns: `PHONE_UNREADABLE`.
        """
        given, custom = with_custom(values(input, contact_id="contact"))
        person, warnings = await services.create(session, custom=custom, **given)
        return PersonPayload.of(person, *warnings)

    @mutation
    async def person_update(
        info: Info, session: TenantSession, input: PersonUpdateInput
    ) -> PersonPayload:
        """Change what is known of a person.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, and what `personCreate` refuses. Warns:
        `PHONE_UNREADABLE`.
        """
        given, custom = with_custom(values(input, id="person"))
        key, version = given.pop("id"), given.pop("version")
        for switch in ("booking_access", "receives_documents", "receives_marketing"):
            if given.get(switch, True) is None:
                del given[switch]
        person, warnings = await services.update(session, key, version, custom=custom, **given)
        return PersonPayload.of(person, *warnings)

    @mutation
    async def person_delete(
        info: Info, session: TenantSession, input: PersonDeleteInput
    ) -> PersonDeletePayload:
        """Take a person away; the oldest other takes the place of a primary one.

        Refuses: `NOT_FOUND`, `STALE_VERSION`.
        """
        key = values(input, id="person")["id"]
        return PersonDeletePayload(key=await services.delete(session, key, input.version))

    @mutation
    async def person_make_primary(
        info: Info, session: TenantSession, input: PersonMakePrimaryInput
    ) -> PersonPayload:
        """Make a person the primary one of its contact, in place of who is.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `PERSON_UNATTACHED`.
        """
        key = values(input, id="person")["id"]
        return PersonPayload.of(await services.make_primary(session, key, input.version))

    @mutation
    async def person_move(
        info: Info, session: TenantSession, input: PersonMoveInput
    ) -> PersonPayload:
        """Put a person at another contact, or at none.

        The oldest other takes the place of a primary one. Refuses: `NOT_FOUND`, `STALE_VERSION`,
        `CONTACT_MISSING`.
        """
        given = values(input, id="person", contact_id="contact")
        if "contact_id" not in given:
            raise Refused("CONTACT_MISSING", "Say where: a contact, or null for none.", "contactId")
        person = await services.move(session, given["id"], given["contact_id"], given["version"])
        return PersonPayload.of(person)


@strawberry.input
class PersonsExportInput(ExportInput):
    where: PersonFilter | None = None
    order_by: list[PERSON_ORDERS.enum] | None = None  # type: ignore[name-defined]
    order_by_custom_field: CustomFieldOrder | None = None


@extend(requires="people.read")
class PersonsExport(Mutation):
    @mutation
    async def persons_export(
        info: Info, session: TenantSession, input: PersonsExportInput
    ) -> ExportPayload:
        """Write persons to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "persons")
