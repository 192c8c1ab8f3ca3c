"""What is done with all that is held on a person: counted, shown, forgotten."""

from __future__ import annotations

from core.personal.services.erasing import erase
from core.personal.services.holdings import Section, preview

__all__ = ["Section", "erase", "preview"]
