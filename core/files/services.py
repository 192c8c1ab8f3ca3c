"""Files: announced, received, claimed by what shows them, and removed when nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from core.files import rules
from core.files.events import FileRemoved
from core.files.models import File, Upload
from core.kit.errors import NotFound, Refused
from core.kit.ids import new_id
from core.kit.session import TenantSession

#: How long an address for an upload is good.
UPLOAD_LASTS = timedelta(hours=1)
#: How long a file waits to be claimed.
UNCLAIMED_LASTS = timedelta(hours=24)


async def announce(session: TenantSession, filename: str, content_type: str, size: int) -> Upload:
    """Make a place for a file of that name, type and size."""
    type_ = rules.content_type(content_type)
    upload = Upload(
        id=new_id(),
        tenant_id=session.tenant_id,
        filename=rules.filename(filename, type_),
        content_type=type_,
        size=rules.size(size, type_),
        announced_by=session.user_id,
        expires_at=session.now + UPLOAD_LASTS,
    )
    session.add(upload)
    await session.flush()
    return upload


@dataclass(frozen=True)
class Received:
    """What came for an upload, and lies in the store."""

    upload_id: UUID
    size: int
    sha256: str
    has_thumbnail: bool


async def lock_bytes(session: TenantSession, sha256: str) -> None:
    """Keep others from storing or removing the same bytes until the transaction ends."""
    await session.hold(f"core.files:{sha256}")


async def open_upload(session: TenantSession, key: UUID, *, lock: bool = False) -> Upload:
    """The upload, if its file may still come."""
    statement = select(Upload).where(Upload.id == key)
    upload = await session.scalar(statement.with_for_update() if lock else statement)
    if upload is None:
        raise Refused("NOT_FOUND", "There is no such upload, or it is over.")
    if upload.file_id is not None:
        raise Refused("ALREADY_UPLOADED", "The file was sent before: announce another upload.")
    return upload


async def receive(session: TenantSession, came: Received) -> File:
    """Make a file of what came. Hold ``lock_bytes`` since before it was stored."""
    upload = await open_upload(session, came.upload_id, lock=True)
    file = File(
        id=new_id(),
        filename=upload.filename,
        content_type=upload.content_type,
        size=came.size,
        sha256=came.sha256,
        has_thumbnail=came.has_thumbnail,
        claims=0,
    )
    session.add(file)
    await session.flush()
    upload.file_id = file.id
    return file


async def claim(session: TenantSession, key: UUID, field: str = "fileId") -> File:
    """Hold on to a file: whoever shows it does so once, and releases it when done."""
    file = await session.find(File, key, "file", field=field, lock=True)
    if file.is_private:
        raise NotFound("file", key, field)
    file.claims += 1
    return file


async def release(session: TenantSession, key: UUID) -> None:
    """Let go of a file; with the last claim, it goes in the night after the next day."""
    file = await session.find(File, key, "file", lock=True)
    file.claims -= 1


async def remove_unclaimed(session: TenantSession) -> int:
    """Remove the files that nobody has claimed for a day, and forget uploads that are over."""
    old = session.now - UNCLAIMED_LASTS
    unclaimed = select(File).where(File.claims == 0, File.updated_at < old)
    files = list(await session.scalars(unclaimed.with_for_update(skip_locked=True).limit(5_000)))
    for file in files:
        await session.delete(file)
        await session.tell(FileRemoved(file.sha256))
    await session.execute(delete(Upload).where(Upload.expires_at < old))
    return len(files)


async def is_held(session: TenantSession, sha256: str) -> bool:
    """Whether some file still holds these bytes."""
    found = await session.scalar(select(File.id).where(File.sha256 == sha256).limit(1))
    return found is not None
