"""Tokens and partner keys as text: whose they are can be read off, the rest is chance."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

_TEXT = re.compile(r"fg([tk])_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")


class Kind(StrEnum):
    TOKEN = "t"
    PARTNER_KEY = "k"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller shows. The tenant it names is only a claim until its hash is found there."""

    kind: Kind
    tenant: UUID
    digest: str


def draw(kind: Kind, tenant: UUID) -> str:
    """A new token or key with 256 bits of chance; only its hash may be kept."""
    return f"fg{kind}_{tenant.hex}_{secrets.token_urlsafe(32)}"


def digest(text: str) -> str:
    # Not a password: nobody guesses 256 bits, so a fast hash without salt will do.
    return sha256(text.encode()).hexdigest()


def read(text: str) -> Credential | None:
    """What *text* claims, None if it is no credential of ours."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    return Credential(Kind(found[1]), UUID(found[2]), digest(text))
