"""Subject access: all that is held on a person, as one archive that a job writes."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.files import produced
from core.files.models import File
from core.files.store import Store
from core.jobs.models import Job
from core.jobs.services import start_job
from core.kit.ids import global_id
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.personal.pages import language_of
from core.personal.services.archives import Archive, gather, write
from core.tenancy.models import Tenant
from plugins.people.services.subjects import known

DISCLOSE = "people.personal_data"


async def begin(session: TenantSession, key: UUID) -> Job:
    """Have all that is held on a person written to an archive; that it was asked for is kept."""
    await known(session, key)
    job = await start_job(session, DISCLOSE, {"person": str(key)})
    session.record(job, {"personalData": [None, global_id("person", key)]})
    return job


async def disclose(
    session: TenantSession, modules: Modules, store: Store, key: UUID, zone: ZoneInfo
) -> File:
    """Write the archive, in the person's language or else the tenant's."""
    found = await known(session, key)
    locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
    archive = Archive(found.full_name, language_of(found.language, locale), zone)
    await gather(session, modules, found.subject, archive)
    with produced.place_for_one(store) as path:
        await write(archive, session.tenant_id, store, path, session.now)
        name = f"personal-data-{session.now:%Y-%m-%d-%H%M%S}.zip"
        return await produced.keep(session, store, path, name, "application/zip")
