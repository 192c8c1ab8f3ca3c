"""Loads the demo: two tenants with a story, and on request a large one for measuring."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from core.kit.settings import ConfigurationError, Settings
from gateway.demo.large import load_large
from gateway.demo.stories import load_stories
from gateway.progress import Report

__all__ = ["load"]


def load(
    settings: Settings, contacts: int | None, progress: Report, now: datetime | None = None
) -> list[dict[str, Any]]:
    """Load the tenants that aren't there yet, and say for each how to log in.

    On the same *now* it loads the same. What is there is left alone, and gets a new token.
    """
    if settings.environment == "production":
        raise ConfigurationError("The demo's passwords are known to all: it is not for production.")
    now = now or datetime.now(UTC)
    if contacts is None:
        return asyncio.run(load_stories(settings, progress, now))
    return asyncio.run(load_large(settings, contacts, progress, now))
