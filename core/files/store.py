"""Where the bytes are: a folder per tenant, each file under the hash of what it holds."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from core.files.pictures import thumbnail
from core.files.rules import KINDS, Sniffer
from core.kit.settings import Settings


class Store:
    """The folder. What is in it was written whole: it comes under another name, then is moved."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def of(cls, settings: Settings) -> Store:
        return cls(settings.home / "files")

    def path(self, tenant: UUID, sha256: str) -> Path:
        return self.root / tenant.hex / sha256[:2] / sha256

    def thumbnail_path(self, tenant: UUID, sha256: str) -> Path:
        return self.path(tenant, sha256).with_suffix(".webp")

    def remove(self, tenant: UUID, sha256: str) -> None:
        self.path(tenant, sha256).unlink(missing_ok=True)
        self.thumbnail_path(tenant, sha256).unlink(missing_ok=True)


class Incoming:
    """A file as it arrives. Not one of its methods waits for anything but the disk."""

    def __init__(self, store: Store, tenant: UUID, content_type: str) -> None:
        self._store, self._tenant, self._type = store, tenant, content_type
        self._most = KINDS[content_type].most_bytes
        self._sniffer, self._hash = Sniffer(content_type), hashlib.sha256()
        self._path = store.root / "incoming" / secrets.token_hex(16)
        self._small = self._path.with_suffix(".webp")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = cast(BinaryIO, open(self._path, "w+b"))  # noqa: SIM115
        self.size = 0

    @property
    def is_too_large(self) -> bool:
        return self.size > self._most

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if not self.is_too_large:
            self._hash.update(piece)
            self._sniffer.feed(piece)
            self._file.write(piece)

    def is_of_its_type(self) -> bool:
        """Whether all that came is of the type that was announced."""
        self._file.flush()
        return self._sniffer.end(self._file)

    def draw(self) -> bool:
        """Make a small picture of it; whether there is one."""
        os.fsync(self._file.fileno())
        small = thumbnail(self._path, self._type)
        if small is not None:
            self._small.write_bytes(small)
        return small is not None

    def keep(self) -> None:
        """Put it where it belongs, with its picture if that was made."""
        to = self._store.path(self._tenant, self.sha256)
        to.parent.mkdir(parents=True, exist_ok=True)
        if self._small.exists():
            os.replace(self._small, self._store.thumbnail_path(self._tenant, self.sha256))
        os.replace(self._path, to)

    def close(self) -> None:
        """Forget what was not kept."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        self._small.unlink(missing_ok=True)
