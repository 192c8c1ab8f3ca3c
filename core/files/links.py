"""Links that open by themselves: signed, bound to a tenant and a thing, and good for a while."""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from uuid import UUID

_FORM = struct.Struct(">B16s16sQ")
_MAC_BYTES = 24


class Purpose(IntEnum):
    """What a link may be used for; one for reading does not write."""

    UPLOAD = 1
    DOWNLOAD = 2
    THUMBNAIL = 3


@dataclass(frozen=True)
class Link:
    purpose: Purpose
    tenant: UUID
    key: UUID
    expires_at: datetime


def sign(secret: str, link: Link) -> str:
    """The link as it stands in an address."""
    seconds = int(link.expires_at.timestamp())
    said = _FORM.pack(link.purpose, link.tenant.bytes, link.key.bytes, seconds)
    return urlsafe_b64encode(said + _mac(secret, said)).decode().rstrip("=")


def read(secret: str, text: str, now: datetime) -> Link | None:
    """What *text* opens; None if nobody signed it, or it is too late."""
    try:
        whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (BinasciiError, ValueError):
        return None
    if len(whole) != _FORM.size + _MAC_BYTES:
        return None
    said, mac = whole[: _FORM.size], whole[_FORM.size :]
    if not hmac.compare_digest(mac, _mac(secret, said)):
        return None
    purpose, tenant, key, seconds = _FORM.unpack(said)
    expires_at = datetime.fromtimestamp(seconds, UTC)
    if now >= expires_at:
        return None
    return Link(Purpose(purpose), UUID(bytes=tenant), UUID(bytes=key), expires_at)


def _mac(secret: str, said: bytes) -> bytes:
    key = hmac.digest(secret.encode(), b"file links", sha256)
    return hmac.digest(key, said, sha256)[:_MAC_BYTES]
