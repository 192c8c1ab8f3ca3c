"""Links by which somebody says, without a login, that they want no more marketing mails."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

_MAC_BYTES = 20


@dataclass(frozen=True, slots=True)
class Unsubscribing:
    """A mail, and so the person it went to. It doesn't expire: mails are kept for years."""

    tenant: UUID
    mail: UUID


def sign(secret: str, link: Unsubscribing) -> str:
    """The link as it stands in an address."""
    said = link.tenant.bytes + link.mail.bytes
    return urlsafe_b64encode(said + _mac(secret, said)).decode().rstrip("=")


def read(secret: str, text: str) -> Unsubscribing | None:
    """Whose mail *text* is of; None if nobody signed it."""
    try:
        whole = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (BinasciiError, ValueError):
        return None
    said, mac = whole[:32], whole[32:]
    if len(said) != 32 or not hmac.compare_digest(mac, _mac(secret, said)):
        return None
    return Unsubscribing(UUID(bytes=said[:16]), UUID(bytes=said[16:]))


def address(public_address: str, secret: str, link: Unsubscribing) -> str:
    return f"{public_address}/unsubscribe/{sign(secret, link)}"


def _mac(secret: str, said: bytes) -> bytes:
    key = hmac.digest(secret.encode(), b"unsubscribe links", sha256)
    return hmac.digest(key, said, sha256)[:_MAC_BYTES]
