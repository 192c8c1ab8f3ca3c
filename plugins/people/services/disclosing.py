"""Subject access: all that is held on a person, as one archive that a job writes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.files import produced
from core.files.models import File
from core.files.produced import Made
from core.files.store import Store
from core.jobs.models import Job
from core.jobs.services import start_job
from core.kit.background import Work
from core.kit.ids import global_id
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


async def disclose(work: Work, store: Store, key: UUID) -> File:
    """Write the archive, in the person's language or else the tenant's, and put it away."""
    async with work.apart() as session:
        found = await known(session, key)
        locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
        archive = Archive(found.full_name, language_of(found.language, locale), work.time_zone)
        await gather(session, work.modules, found.subject, archive)
    with produced.place_for_one(store) as path:
        await write(archive, session.tenant_id, store, path, session.now)
        name = f"personal-data-{session.now:%Y-%m-%d-%H%M%S}.zip"
        return await produced.put_away(work, store, Made(path, name, "application/zip"))
