"""What is known of addresses: which ones mails come back from, and who wants no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.kit.ids import new_id
from core.kit.session import TenantSession
from core.mail.models import MailAddress
from core.mail.rules.addresses import address_key
from core.mail.rules.states import MailReason


async def closed(
    session: TenantSession, keys: Collection[str], *, marketing: bool
) -> dict[str, MailReason]:
    """Those of the addresses (in lower case) to which such a mail must not go, and why.

    Who wants no more marketing at an address gets none there, whoever it is written to.
    """
    if not keys:
        return {}
    rows = await session.execute(
        select(MailAddress.address_key, MailAddress.bounced_at, MailAddress.opted_out_at).where(
            MailAddress.address_key.in_(keys)
        )
    )
    found: dict[str, MailReason] = {}
    for key, bounced_at, opted_out_at in rows:
        if bounced_at is not None:
            found[key] = MailReason.ADDRESS_BOUNCED
        elif marketing and opted_out_at is not None:
            found[key] = MailReason.OPTED_OUT
    return found


async def mark_bounced(session: TenantSession, address: str, diagnostic: str | None) -> None:
    await _mark(session, address, bounced_at=session.now, diagnostic=diagnostic)


async def opt_out(session: TenantSession, address: str) -> None:
    await _mark(session, address, opted_out_at=session.now)


async def release(session: TenantSession, key: UUID) -> MailAddress:
    """Let mails go to an address again, because it was mended or its owner asked for it."""
    address = await session.find(MailAddress, key, "mail address", field="id", lock=True)
    address.bounced_at = address.diagnostic = address.opted_out_at = None
    return address


async def _mark(session: TenantSession, address: str, **columns: Any) -> None:
    values = {
        "tenant_id": session.tenant_id, "id": new_id(), "address_key": address_key(address),
        "created_at": session.now, "updated_at": session.now, **columns,
    }  # fmt: skip
    await session.execute(
        insert(MailAddress)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "address_key"],
            set_={"updated_at": session.now, **columns},
        )
    )
