"""What the database keeps and may not know: sealed with keys that are elsewhere."""

from __future__ import annotations

from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from core.kit.settings import Settings


class Unreadable(Exception):
    """What is sealed was sealed with a key that isn't there any more, or for somebody else."""


class Seal:
    """Seals texts of a tenant. The first key seals; all of them open."""

    def __init__(self, keys: list[str]) -> None:
        self._keys = MultiFernet([Fernet(key) for key in keys])

    @classmethod
    def of(cls, settings: Settings) -> Seal:
        return cls(settings.seals)

    def close(self, tenant: UUID, text: str) -> str:
        return self._keys.encrypt(tenant.bytes + text.encode()).decode()

    def open(self, tenant: UUID, sealed: str) -> str:
        """The text, if it was sealed for this very *tenant*: moved to another, it opens nothing."""
        try:
            whole = self._keys.decrypt(sealed)
        except InvalidToken:
            raise Unreadable("None of the keys in FIELDGATE_ENCRYPTION_KEYS opens it.") from None
        if whole[:16] != tenant.bytes:
            raise Unreadable("It was sealed for another tenant.")
        return whole[16:].decode()

    def anew(self, sealed: str) -> str:
        """The same, sealed with the first key."""
        try:
            return self._keys.rotate(sealed).decode()
        except InvalidToken:
            raise Unreadable("None of the keys in FIELDGATE_ENCRYPTION_KEYS opens it.") from None
