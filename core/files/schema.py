"""Files in the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import strawberry

from core.files.links import Link, Purpose, sign
from core.files.models import File as FileRow
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id
from core.roots import Query

#: How long a link to a file is good.
LINK_LASTS = timedelta(minutes=15)


def address(info: Info, purpose: Purpose, key: UUID) -> str:
    """Where a file, or its small picture, can be fetched for a while, without a token."""
    link = Link(purpose, info.context.tenant, key, datetime.now(UTC) + LINK_LASTS)
    return f"/files/{sign(info.context.settings.secret, link)}"


def _url(root: File, info: Info) -> str:
    return address(info, Purpose.DOWNLOAD, root.row_key)


def _thumbnail_url(root: File, info: Info) -> str | None:
    small = root.value_of(FileRow.has_thumbnail)
    return address(info, Purpose.THUMBNAIL, root.row_key) if small else None


@strawberry.type(description="A file that somebody sent.")
class File(Node, table=FileRow, requires="files.read", seen=~FileRow.is_private):
    filename: str
    content_type: str = strawberry.field(description="Checked against what the file holds.")
    size: int = strawberry.field(description="In bytes.")
    sha256: str = strawberry.field(description="Of what it holds, in hexadecimal.")
    created_at: datetime
    url: str = strawberry.field(
        resolver=_url,
        description="Where to fetch it, from the gateway's own address; good for 15 minutes, "
        "for whoever has it.",
    )
    thumbnail_url: str | None = strawberry.field(
        resolver=_thumbnail_url,
        description="The same of a WebP of 320 pixels at most; null if it is no picture.",
    )


@extend(requires="files.read")
class FileQueries(Query):
    file: File = by_id(
        FileRow,
        "A file that somebody sent. Others are an error: `NOT_FOUND`.",
        where=~FileRow.is_private,
    )
