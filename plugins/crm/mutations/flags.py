"""Setting and clearing flags."""

from __future__ import annotations

import strawberry

from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.schema.flags import Flag
from plugins.crm.services import flags


@strawberry.input
class ContactFlagSetInput:
    contact_id: strawberry.ID
    text: str = strawberry.field(description="Up to 500 characters.")
    version: int | None = strawberry.field(
        default=None, description="Of the flag that the contact already has."
    )


@strawberry.input
class ContactFlagClearInput:
    contact_id: strawberry.ID
    version: int | None = strawberry.field(default=None, description="Of the flag.")


@strawberry.type
class ContactFlagSetPayload(Payload):
    flag: Flag | None = written()


@strawberry.type
class ContactFlagClearPayload(Payload):
    contact: Contact | None = written()


@extend(requires="crm.flags")
class FlagMutations(Mutation):
    @mutation
    async def contact_flag_set(
        info: Info, session: TenantSession, input: ContactFlagSetInput
    ) -> ContactFlagSetPayload:
        """Flag a contact, or say something else by its flag; it shows on all contacts below.

        Refuses: `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `STALE_VERSION`,
        `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        return ContactFlagSetPayload.of(await flags.set_flag(session, **given))

    @mutation
    async def contact_flag_clear(
        info: Info, session: TenantSession, input: ContactFlagClearInput
    ) -> ContactFlagClearPayload:
        """Take a contact's own flag away, and with it what shows on the contacts below.

        Refuses: `NOT_FLAGGED`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        return ContactFlagClearPayload.of(await flags.clear_flag(session, **given))
