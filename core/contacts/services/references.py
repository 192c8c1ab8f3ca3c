"""The tenant's own numbers for contacts, and whether two may share one."""

from __future__ import annotations

from sqlalchemy import func, select

from core.contacts.models import Contact
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.tenancy.models import Tenant

#: How many shared references a refusal names; a list of the API shows them all.
SHOWN = 3


async def check_reference(
    session: TenantSession, reference: str, but: Contact | None = None
) -> list[Refused]:
    """What the tenant's policy says to *reference*: nothing, a warning, or a refusal."""
    # No constraint can say it, as the policy may be off.
    await session.hold("core.policy", shared=True)
    policy = await session.scalar(
        select(Tenant.reference_policy).where(Tenant.id == session.tenant_id)
    )
    if policy == "OFF":
        return []
    if policy == "ENFORCE":
        await session.hold(f"core.reference:{reference}")
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


async def check_references(session: TenantSession, field: str) -> None:
    """Refuse to have references be unique from now on while some are shared."""
    await session.hold("core.policy")  # whoever is writing a reference ends first
    found = await session.execute(
        select(Contact.reference, func.count())
        .where(Contact.reference.is_not(None))
        .group_by(Contact.reference)
        .having(func.count() > 1)
        .order_by(Contact.reference)
    )
    shared = [f"'{reference}' ({count} contacts)" for reference, count in found]
    if shared:
        more = f" and {len(shared) - SHOWN} more" if len(shared) > SHOWN else ""
        raise Refused(
            "REFERENCES_SHARED",
            f"Contacts share these references: {', '.join(shared[:SHOWN])}{more}. "
            "`contactsSharingReference` lists them.",
            field,
        )
