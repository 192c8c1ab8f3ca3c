"""Suspensions: begun and lifted. Whom they reach is never stored, the view says it."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from uuid import UUID

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version
from core.kit.text import checked
from plugins.crm import rules
from plugins.crm.events import ContactSuspended, SuspensionLifted
from plugins.crm.models import Suspension


class Cause(StrEnum):
    """Why a contact is on stop."""

    MANUAL = "MANUAL"
    OVER_CREDIT_LIMIT = "OVER_CREDIT_LIMIT"
    OVERDUE = "OVERDUE"


async def suspend(
    session: TenantSession,
    contact_id: UUID,
    reach: rules.Reach,
    reason: str,
    cause: Cause = Cause.MANUAL,
) -> Suspension:
    """Put the levels of the tree that *reach* names, seen from a contact, on stop."""
    banner = rules.text(
        reason, "reason", rules.REASON_LENGTH, lines=True, required="REASON_REQUIRED"
    )
    contact = await session.find(Contact, contact_id, "contact", field="contactId")
    suspension = Suspension(
        contact_id=contact.id,
        cause=cause.value,
        reason=banner,
        since=session.now,
        suspended_by=session.user_id,
        **asdict(reach),
    )
    session.add(suspension)
    await session.flush()
    await session.tell(ContactSuspended(contact.id, suspension.id, cause.value, banner))
    return suspension


async def lift(
    session: TenantSession, key: UUID, reason: str | None = None, version: int | None = None
) -> Suspension:
    """End a suspension; it stays in the contact's history."""
    suspension = await session.find(Suspension, key, "suspension", field="id")
    check_version(suspension, version)
    if suspension.lifted_at is not None:
        raise Refused("ALREADY_LIFTED", "The suspension has been lifted before.", "id")
    suspension.lift_reason = checked(reason, "reason", rules.REASON_LENGTH, lines=True)
    suspension.lifted_at, suspension.lifted_by = session.now, session.user_id
    await session.flush()
    await session.tell(SuspensionLifted(suspension.contact_id, suspension.id, suspension.cause))
    return suspension
