"""Looking up where a contact is."""

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
from plugins.crm.services.addresses.locate import locate


@strawberry.input
class ContactLocateInput:
    contact_id: strawberry.ID
    version: int | None = strawberry.field(default=strawberry.UNSET, description="Of the contact.")


@strawberry.type
class ContactLocatePayload(Payload):
    contact: Contact | None = written()


@extend(requires="crm.sites")
class AddressMutations(Mutation):
    @mutation
    async def contact_locate(
        info: Info, session: TenantSession, input: ContactLocateInput
    ) -> ContactLocatePayload:
        """Put a contact where its postcode is: its position, with it its geofence, and its town.

        A town that is there stays, and a position that was set by hand. Refuses: `NO_POSTCODE`,
        `POSTCODE_UNKNOWN`, `POSITION_IS_MANUAL`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        return ContactLocatePayload.of(await locate(session, **given))
