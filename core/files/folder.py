"""Files in a folder of the home: one per tenant, each file under the hash of what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.files.store import Kept, Store


class Folder(Store):
    """What is in it was written whole: it comes under another name, then is moved."""

    def __init__(self, root: Path) -> None:
        super().__init__(root / "incoming")
        self._root = root

    def path(self, kept: Kept) -> Path:
        return self._root / kept.name

    def put(self, kept: Kept, path: Path) -> None:
        to = self.path(kept)
        to.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, to)

    @contextmanager
    def read(self, kept: Kept) -> Iterator[Path]:
        path = self.path(kept)
        path.stat()  # says so, if it isn't there
        yield path

    def ask(self, kept: Kept) -> None:
        self.path(kept).stat()

    def remove(self, kept: Kept) -> None:
        self.path(kept).unlink(missing_ok=True)

    def link(self, kept: Kept, filename: str, content_type: str, seconds: int) -> str | None:
        return None
