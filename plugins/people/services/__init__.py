"""What is done with persons, their tags and their consents."""

from __future__ import annotations

from plugins.people.services.persons import create, delete, make_primary, move, update

__all__ = ["create", "delete", "make_primary", "move", "update"]
