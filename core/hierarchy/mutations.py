"""What can be done to the tree of contacts."""

from __future__ import annotations

from typing import Any

import strawberry

from core.contacts.mutations import ContactPayload
from core.contacts.schema import LinkKind
from core.hierarchy import services
from core.hierarchy.services import OTHER
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.mutations import mutation, values
from core.kit.session import TenantSession
from core.roots import Mutation


@strawberry.input
class ContactMoveInput:
    id: strawberry.ID
    parent_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="The new parent; null makes the contact the root of a tree of its own. "
        "Not given, the parent stays.",
    )
    kind: LinkKind | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the link means. Not given, it stays; a first link is `OTHER`.",
    )
    version: int | None = strawberry.UNSET


@extend(requires="contacts.write")
class HierarchyMutations(Mutation):
    @mutation
    async def contact_move(
        info: Info, session: TenantSession, input: ContactMoveInput
    ) -> ContactPayload:
        """Hang a contact, with everything below it, below another parent.

        Refuses: `NOT_FOUND`, `INVALID_ID`, `STALE_VERSION`, `CYCLE` (with the way that would
        be closed), `TOO_DEEP`, `NO_PARENT` (a kind for a root).
        """
        given: dict[str, Any] = values(input, id="contact", parent_id="contact")
        kind = input.kind.value if input.kind else None
        version = given.get("version")
        if "parent_id" in given:
            contact = await services.move(session, given["id"], given["parent_id"], kind, version)
        else:
            contact = await services.change_kind(session, given["id"], kind or OTHER, version)
        return ContactPayload.of(contact)
