"""Where the bytes of files are: in a folder of the home, or in a bucket of an object store."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote
from uuid import UUID

from core.files.pictures import thumbnail
from core.files.rules import KINDS, Sniffer
from core.kit.settings import Settings

#: No tenant: whose something is that is written to see whether it can be.
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Kept:
    """The bytes of one file, or of its small picture: by its tenant and what it holds."""

    tenant: UUID
    sha256: str
    is_small: bool = False

    @property
    def name(self) -> str:
        ending = ".webp" if self.is_small else ""
        return f"{self.tenant.hex}/{self.sha256[:2]}/{self.sha256}{ending}"


def disposition(filename: str) -> str:
    """The header ``Content-Disposition`` of a file that is saved under this name."""
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"


class Store(ABC):
    """Where files are kept. What comes is written whole under *staging* first, then put away.

    Nothing here waits for anything but a disk or the object store: call it in a thread. What goes
    wrong is an ``OSError``; what isn't there is a ``FileNotFoundError``.
    """

    def __init__(self, staging: Path) -> None:
        self.staging = staging

    @staticmethod
    def of(settings: Settings) -> Store:
        if settings.files_url is not None:
            from core.files.bucket import Bucket  # needs what not everybody has installed

            return Bucket.of(settings)
        from core.files.folder import Folder

        return Folder(settings.home / "files")

    @abstractmethod
    def put(self, kept: Kept, path: Path) -> None:
        """Keep what lies at *path*, which may be gone afterwards."""

    @abstractmethod
    def read(self, kept: Kept) -> AbstractContextManager[Path]:
        """Where it can be read while the block runs."""

    @abstractmethod
    def remove(self, kept: Kept) -> None:
        """Be without it, whether or not it was there."""

    @abstractmethod
    def link(self, kept: Kept, filename: str, content_type: str, seconds: int) -> str | None:
        """Where everybody may fetch it for so long as an attachment; None: from us alone."""

    def has(self, kept: Kept) -> bool:
        """Whether it is there."""
        try:
            self.ask(kept)
        except FileNotFoundError:
            return False
        return True

    @abstractmethod
    def ask(self, kept: Kept) -> None:
        """Say so if it isn't there."""

    def check(self) -> None:
        """Write something small, read it and remove it; say which of them can't be done."""
        content = secrets.token_bytes(32)
        kept = Kept(NOBODY, hashlib.sha256(content).hexdigest())
        path = self.place()
        try:
            path.write_bytes(content)
            with _attempt("written"):
                self.put(kept, path)
            with _attempt("read"), self.read(kept) as there:
                if there.read_bytes() != content:
                    raise OSError(errno.EIO, "What is read is not what was written")
            with _attempt("removed"):
                self.remove(kept)
        finally:
            path.unlink(missing_ok=True)

    def place(self) -> Path:
        """Where something may be written that is not kept yet."""
        self.staging.mkdir(parents=True, exist_ok=True)
        return self.staging / secrets.token_hex(16)


@contextmanager
def _attempt(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"Nothing can be {what}. {error.strerror}") from error


class Incoming:
    """A file as it arrives. Not one of its methods waits for anything but the disk."""

    def __init__(self, store: Store, tenant: UUID, content_type: str) -> None:
        self._store, self._tenant, self._type = store, tenant, content_type
        self._most = KINDS[content_type].most_bytes
        self._sniffer, self._hash = Sniffer(content_type), hashlib.sha256()
        self._path = store.place()
        self._small = self._path.with_suffix(".webp")
        self._file = cast(BinaryIO, open(self._path, "w+b"))  # noqa: SIM115
        self._kept_small: Kept | None = None
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
        if self._small.exists():
            self._kept_small = Kept(self._tenant, self.sha256, is_small=True)
            self._store.put(self._kept_small, self._small)
        self._store.put(Kept(self._tenant, self.sha256), self._path)

    def is_kept(self) -> bool:
        """Whether all that was put there is there still."""
        kept = (Kept(self._tenant, self.sha256), self._kept_small)
        return all(self._store.has(each) for each in kept if each is not None)

    def close(self) -> None:
        """Forget what was not kept."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        self._small.unlink(missing_ok=True)
