"""Files are attached to contacts, and taken away again."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from core.attachments.models import Attachment
from core.contacts.models import Contact
from core.files.models import File
from core.files.services import claim, release
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from core.kit.text import checked

TITLE_LENGTH = 200


class AttachmentKind(StrEnum):
    """What an attached file is to those who look for it."""

    IMAGE = "IMAGE"
    FINANCIAL = "FINANCIAL"
    OTHER = "OTHER"


async def attach(
    session: TenantSession,
    contact_id: UUID,
    file_id: UUID,
    kind: AttachmentKind | None = None,
    title: str | None = None,
    about: str | None = None,
) -> Attachment:
    """Attach a file that has arrived; a picture is an IMAGE unless it is said to be else."""
    said = checked(title, "title", TITLE_LENGTH)
    await session.find(Contact, contact_id, "contact", field="contactId")
    file = await claim(session, file_id)
    attachment = Attachment(
        contact_id=contact_id,
        file_id=file.id,
        kind=_kind(file, kind).value,
        title=said or file.filename,
        about=about,
    )
    session.add(attachment)
    await session.flush()
    return attachment


async def change(
    session: TenantSession, key: UUID, version: int | None = None, **changes: Any
) -> Attachment:
    """Call an attachment something else, or attach it to something else of the contact's."""
    attachment = await session.find(Attachment, key, "attachment", field="id")
    check_version(attachment, version)
    file = await session.find(File, attachment.file_id, "file")
    if "title" in changes:
        said = checked(changes["title"], "title", TITLE_LENGTH)
        attachment.title = said or file.filename
    if "kind" in changes:
        attachment.kind = _kind(file, changes["kind"]).value
    if "about" in changes:
        attachment.about = changes["about"]
    return attachment


async def detach(session: TenantSession, key: UUID, version: int | None = None) -> Attachment:
    """Take an attachment away; its file goes too, unless something else holds it."""
    attachment = await session.find(Attachment, key, "attachment", field="id", lock=True)
    check_version(attachment, version)
    await session.delete(attachment)
    await release(session, attachment.file_id)
    return attachment


def _kind(file: File, given: AttachmentKind | None) -> AttachmentKind:
    is_picture = file.content_type.startswith("image/")
    if given is None:
        return AttachmentKind.IMAGE if is_picture else AttachmentKind.OTHER
    if given == AttachmentKind.IMAGE and not is_picture:
        message = f"'{file.filename}' is no picture: it is {file.content_type}."
        raise Refused("NOT_A_PICTURE", message, "kind")
    return given
