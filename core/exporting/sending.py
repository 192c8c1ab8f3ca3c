"""A file that was exported goes to an address: as a link, and to allowed domains only."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.exporting.wording import letter
from core.files.links import Link, Purpose, sign
from core.files.models import File
from core.kit.background import Work
from core.kit.errors import Refused
from core.kit.session import TenantSession
from core.kit.settings import Settings
from core.mail.rules.addresses import deliverable
from core.mail.services import letters
from core.tenancy.models import Tenant, User

SEND = "exports.send"
#: How long the link in the mail opens the file.
LINK_LASTS = timedelta(days=2)


async def allowed_address(session: TenantSession, given: str) -> str:
    """The address, if the tenant lets exports go to its domain."""
    address = deliverable(given)
    if address is None:
        message = f"'{given[:60]}' is not an e-mail address."
        raise Refused("INVALID_ADDRESS", message, "sendTo")
    domain = address.rpartition("@")[2].lower()
    tenant = await session.get_one(Tenant, session.tenant_id)
    if domain not in tenant.export_domains:
        known = ", ".join(tenant.export_domains) or "none"
        message = f"Exports may not be sent to '{domain}'. Allowed domains: {known}."
        raise Refused("DOMAIN_NOT_ALLOWED", message[:300], "sendTo")
    return address


async def send(
    session: TenantSession, job: Work, file: File, title: str, language: str, settings: Settings
) -> None:
    """Queue the mail with the link; say so in the job, also if it may no longer go."""
    try:
        address = await allowed_address(session, str(job.arguments["sendTo"]))
    except Refused as refused:
        job.say(refused.message)
        return
    tenant = await session.get_one(Tenant, session.tenant_id)
    who = await session.scalar(select(User.name).where(User.id == job.requested_by))
    until = session.now + LINK_LASTS
    link = sign(settings.secret, Link(Purpose.DOWNLOAD, session.tenant_id, file.id, until))
    filled = letter(
        language,
        who=who or tenant.name,
        tenant=tenant.name,
        title=title,
        rows=job.done,
        url=f"{settings.public_address}/files/{link}",
        until=until.astimezone(ZoneInfo(tenant.time_zone)),
    )
    await letters.post(session, filled, address, language=language, private=True)
    job.count("sent")
