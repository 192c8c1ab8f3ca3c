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
from plugins.crm.schema.addresses import desk_of
from plugins.crm.services.addresses import locate
from plugins.crm.services.addresses.asking import Found
from plugins.crm.services.addresses.locate import Sought


@strawberry.input
class ContactLocateInput:
    contact_id: strawberry.ID
    version: int | None = strawberry.field(default=strawberry.UNSET, description="Of the contact.")


@strawberry.type
class ContactLocatePayload(Payload):
    contact: Contact | None = written()


async def _looked_up(info: Info, input: ContactLocateInput) -> tuple[Sought, Found]:
    """Ask the provider, before there is a transaction that would wait for it."""
    async with info.context.session() as session:
        sought = await locate.seek(session, values(input, contact_id="contact")["contact_id"])
    if not isinstance(sought, Sought):
        raise sought
    return sought, await desk_of(info, sought.chosen).find(sought.address)


@extend(requires="crm.sites")
class AddressMutations(Mutation):
    @mutation(ahead=_looked_up)
    async def contact_locate(
        info: Info,
        session: TenantSession,
        input: ContactLocateInput,
        brought: tuple[Sought, Found],
    ) -> ContactLocatePayload:
        """Put a contact where its address is: its position, with it its geofence, and its town.

        A postcode alone will do. A town that is there stays, and a position that was set by
        hand. Refuses: `NO_POSTCODE`, `POSTCODE_UNKNOWN`, `PROVIDER_UNAVAILABLE`,
        `POSITION_IS_MANUAL`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        version = values(input).get("version")
        return ContactLocatePayload.of(await locate.settle_by_hand(session, *brought, version))
