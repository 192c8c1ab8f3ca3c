"""Loyalty's part of the demo."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.kit.session import TenantSession
from fieldgate_loyalty.services import record_visit


async def story(session: TenantSession, contacts: dict[str, Any]) -> None:
    for number, contact in enumerate(contacts.values()):
        await record_visit(session, contact.id, Decimal(number * 25), "Demo", "SILVER")
