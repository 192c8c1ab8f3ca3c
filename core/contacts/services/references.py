"""The tenant's own numbers for contacts, and whether two may share one."""

from __future__ import annotations

from sqlalchemy import func, select

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.tenancy.models import Tenant


async def check_reference(
    session: TenantSession, reference: str, but: Contact | None = None
) -> list[Refused]:
    """What the tenant's policy says to *reference*: nothing, a warning, or a refusal."""
    policy = await session.scalar(
        select(Tenant.reference_policy).where(Tenant.id == session.tenant_id)
    )
    if policy == "OFF":
        return []
    if policy == "ENFORCE":
        await _lock(session, reference)
    taken = select(Contact.name).where(Contact.reference == reference)
    if but is not None:
        taken = taken.where(Contact.id != but.id)
    name = await session.scalar(taken.order_by(Contact.id).limit(1))
    if name is None:
        return []
    problem = Refused(
        "REFERENCE_TAKEN", f"'{reference}' is already the reference of '{name[:80]}'.", "reference"
    )
    if policy == "ENFORCE":
        raise problem
    return [problem]


async def _lock(session: TenantSession, reference: str) -> None:
    """Make whoever else wants *reference* wait until this transaction ends.

    No constraint can say it, as the policy may be off: so the next statement must be one that
    sees what those before us have committed.
    """
    key = f"core.reference:{session.tenant_id}:{reference}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
