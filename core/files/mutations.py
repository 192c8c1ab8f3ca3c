"""Announcing a file, which is then sent beside the API."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from core.files import services
from core.files.links import Link, Purpose, sign
from core.files.models import Upload
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.mutations import mutation
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation


@strawberry.input
class UploadCreateInput:
    filename: str = strawberry.field(description="Up to 200 characters; its ending fits its type.")
    content_type: str = strawberry.field(description="Such as `image/png` or `application/pdf`.")
    size: int = strawberry.field(
        description="In bytes, exactly; 20 MB at most, 100 MB of a spreadsheet."
    )


@strawberry.type
class UploadCreatePayload(Payload):
    url: str | None = strawberry.field(
        default=None, description="`PUT` the bytes there; it needs no other header."
    )
    token: str | None = strawberry.field(default=None, description="What stands in the `url`.")
    expires_at: datetime | None = None

    @classmethod
    def at(cls, upload: Upload, token: str) -> Self:
        return cls(url=f"/uploads/{token}", token=token, expires_at=upload.expires_at)


@extend(requires="files.write")
class UploadMutations(Mutation):
    @mutation
    async def upload_create(
        info: Info, session: TenantSession, input: UploadCreateInput
    ) -> UploadCreatePayload:
        """Announce a file. `PUT` it to the `url` within the hour: the answer names the `File`.

        A repeated `idempotencyKey` gives no second address: announce anew. Refuses:
        `FILE_TYPE_NOT_TAKEN`, `FILENAME_MISMATCH`, `TEXT_REQUIRED`, `TOO_LONG`,
        `INVALID_CHARACTERS`, `FILE_EMPTY`, `FILE_TOO_LARGE`.
        """
        upload = await services.announce(session, input.filename, input.content_type, input.size)
        link = Link(Purpose.UPLOAD, session.tenant_id, upload.id, upload.expires_at)
        return UploadCreatePayload.at(upload, sign(info.context.settings.secret, link))
