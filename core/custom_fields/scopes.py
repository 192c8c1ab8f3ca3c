"""Whose fields are meant: those of a contact group, of a mission type, of all persons …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.custom_fields.models import CustomField
from core.kit.custom import CustomFieldTarget
from core.kit.session import TenantSession


@dataclass(frozen=True)
class Scope:
    """The fields of one *target* that belong to *key*; *path* is where the input says so."""

    target: CustomFieldTarget
    key: UUID
    path: str = "scopeId"

    @property
    def fields(self) -> Any:
        """The test on a definition that is one of these."""
        return (CustomField.target == self.target.kind) & (CustomField.scope_id == self.key)


async def find_scope(session: TenantSession, scope: Scope) -> None:
    """Refuse a scope that there isn't."""
    if scope.target.within is not None:
        what = scope.target.scope_title
        await session.find(scope.target.within, scope.key, what, field=scope.path)


async def hold(session: TenantSession, scope: Scope) -> Any:
    """Let nobody else add or reorder these fields until the transaction ends.

    Returns the row that they belong to; None if that is the tenant.
    """
    target = scope.target
    if target.within is not None:
        return await session.find(
            target.within, scope.key, target.scope_title, field=scope.path, lock=True
        )
    await session.hold(f"core.custom_fields:{target.kind}")
    return None


async def fields_of(session: TenantSession, scope: Scope) -> Sequence[CustomField]:
    """All of them, archived ones too, in order."""
    found = await session.scalars(
        select(CustomField).where(scope.fields).order_by(CustomField.position, CustomField.id)
    )
    return found.all()
