"""Attaching files that were sent, and taking them away."""

from __future__ import annotations

import strawberry

from core.about import checked_about, named_about
from core.attachments import services
from core.attachments.models import Attachment as AttachmentRow
from core.attachments.schema import Attachment
from core.attachments.services import AttachmentKind
from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation


@strawberry.input
class AttachmentCreateInput:
    contact_id: strawberry.ID
    file_id: strawberry.ID = strawberry.field(description="Of a file that was sent.")
    kind: AttachmentKind | None = strawberry.field(
        default=None, description="`IMAGE` for a picture and `OTHER` else, unless it is said."
    )
    title: str | None = strawberry.field(default=None, description="The file's name, if null.")
    about_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="What it is attached to besides: a mission, a document … of the contact's, "
        "or of one above or below it.",
    )


@strawberry.input(description="What isn't given stays as it is.")
class AttachmentUpdateInput:
    id: strawberry.ID
    version: int | None = None
    kind: AttachmentKind | None = strawberry.UNSET
    title: str | None = strawberry.UNSET
    about_id: strawberry.ID | None = strawberry.UNSET


@strawberry.input
class AttachmentDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.type
class AttachmentPayload(Payload):
    attachment: Attachment | None = written()


@strawberry.type
class AttachmentDeletePayload(Payload):
    contact: Contact | None = written()


@extend(requires="files.write")
class AttachmentMutations(Mutation):
    @mutation
    async def attachment_create(
        info: Info, session: TenantSession, input: AttachmentCreateInput
    ) -> AttachmentPayload:
        """Attach a file to a contact.

        Refuses: `NOT_A_PICTURE`, `TOO_LONG`, `INVALID_CHARACTERS`, `NOT_FOUND`, `INVALID_ID`,
        `NOT_OF_A_CONTACT`, `OTHER_CONTACT` (what it is about).
        """
        given = values(input, contact_id="contact", file_id="file")
        about = named_about(info, given.pop("about_id"), "aboutId")
        given["about"] = await checked_about(session, about, given["contact_id"], "aboutId")
        return AttachmentPayload.of(await services.attach(session, **given))

    @mutation
    async def attachment_update(
        info: Info, session: TenantSession, input: AttachmentUpdateInput
    ) -> AttachmentPayload:
        """Change what an attachment is called, its kind, or what it is about.

        Refuses as `attachmentCreate` does, and `STALE_VERSION`.
        """
        given = values(input, id="attachment")
        key = given.pop("id")
        if "about_id" in given:
            about = named_about(info, given.pop("about_id"), "aboutId")
            row = await session.find(AttachmentRow, key, "attachment", field="id")
            given["about"] = await checked_about(session, about, row.contact_id, "aboutId")
        return AttachmentPayload.of(await services.change(session, key, **given))

    @mutation
    async def attachment_delete(
        info: Info, session: TenantSession, input: AttachmentDeleteInput
    ) -> AttachmentDeletePayload:
        """Take an attachment away. Its file goes within two nights, unless another holds it.

        Refuses: `NOT_FOUND`, `INVALID_ID`, `STALE_VERSION`.
        """
        key = values(input, id="attachment")["id"]
        gone = await services.detach(session, key, input.version)
        return AttachmentDeletePayload(key=gone.contact_id)
