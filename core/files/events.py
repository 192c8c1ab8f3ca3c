"""What happens to files."""

from __future__ import annotations

from dataclasses import dataclass

from core.kit.events import Event


@dataclass(frozen=True)
class FileRemoved(Event, name="core.file_removed"):
    """A file is gone; what it held may still be held by another of the same bytes."""

    sha256: str
