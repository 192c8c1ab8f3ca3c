"""What can be done with contacts and their groups."""

from __future__ import annotations

import strawberry

from core.contacts import services
from core.contacts.schema import ContactGroup
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation


@strawberry.input
class ContactGroupCreateInput:
    name: str


@strawberry.input
class ContactGroupRenameInput:
    id: strawberry.ID
    name: str
    version: int | None = None


@strawberry.type
class ContactGroupPayload(Payload):
    contact_group: ContactGroup | None = written()


@extend(requires="contacts.configure")
class ContactGroupMutations(Mutation):
    @mutation
    async def contact_group_create(
        info: Info, session: TenantSession, input: ContactGroupCreateInput
    ) -> ContactGroupPayload:
        """Add a contact group. Refuses: `NAME_TAKEN`, `NAME_EMPTY`."""
        return ContactGroupPayload.of(await services.create_group(session, input.name))

    @mutation
    async def contact_group_rename(
        info: Info, session: TenantSession, input: ContactGroupRenameInput
    ) -> ContactGroupPayload:
        """Give a group another name. Refuses: `NOT_FOUND`, `NAME_TAKEN`, `STALE_VERSION`."""
        given = values(input, id="contact_group")
        group = await services.rename_group(session, given["id"], input.name, input.version)
        return ContactGroupPayload.of(group)
