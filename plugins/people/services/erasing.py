"""A person is erased: by a job, in one transaction, of which a certificate stays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from core.files import produced
from core.files.store import Store
from core.jobs.models import Job
from core.jobs.services import start_job
from core.kit.ids import global_id, new_id
from core.kit.keys import sort_key
from core.kit.modules import Modules
from core.kit.personal import Said, Subject
from core.kit.session import TenantSession, check_version
from core.personal import services as personal
from core.personal.pages import Certificate, certificate_page, language_of
from core.personal.services import Section
from core.tenancy.models import Tenant, User
from plugins.people.events import PersonErased
from plugins.people.models import Erasure, Person
from plugins.people.rules.erasures import REMARKS, confirmed, spellings
from plugins.people.services import persons
from plugins.people.services.subjects import Known, known

ERASE = "people.erase"
_UNKNOWN = (
    "title", "first_name", "email", "mobile", "mobile_e164", "landline", "landline_e164",
    "extension", "position", "department", "language",
)  # fmt: skip


async def begin(
    session: TenantSession,
    key: UUID,
    confirm_name: str,
    version: int | None,
    also_named: Sequence[str] | None,
) -> Job:
    """Have a person erased, once whoever asks has shown that they mean that one."""
    also = spellings(also_named)
    found = await known(session, key, also)
    if found.person is not None:
        check_version(found.person, version)
    confirmed(found.full_name, confirm_name)
    job = await start_job(session, ERASE, {"person": str(key), "alsoNamed": also})
    session.record(job, {"erasure": [None, global_id("person", key)]})
    return job


async def preview(
    session: TenantSession, modules: Modules, key: UUID, also_named: Sequence[str] | None
) -> tuple[Known, list[Section]]:
    """What an erasure would do, and what it can't look for."""
    found = await known(session, key, spellings(also_named))
    return found, await personal.preview(session, modules, found.subject)


async def erase(
    session: TenantSession,
    modules: Modules,
    store: Store,
    key: UUID,
    also_named: Sequence[str],
    zone: ZoneInfo,
) -> Erasure:
    """Let nothing be known of a person any more, and write down that it was so."""
    await persons.hold_with_contact(session, key)
    found = await known(session, key, also_named)
    contact_id = None if found.person is None else found.person.contact_id
    if found.person is not None:
        session.expunge(found.person)
    sections = await personal.erase(session, modules, found.subject)
    erasure = await _certify(session, store, found, sections, zone)
    await session.tell(PersonErased(key, contact_id, erasure.id))
    return erasure


async def forget_person(session: TenantSession, subject: Subject) -> int:
    """Leave of the person's own row a pseudonym that belongs to nobody.

    By a statement, because what the session writes is kept in the audit log.
    """
    was = await session.execute(
        select(Person.contact_id, Person.is_primary)
        .where(Person.id == subject.key, Person.erased_at.is_(None))
        .with_for_update()
    )
    found = was.one_or_none()
    if found is None:
        return 0
    await session.execute(
        update(Person)
        .where(Person.id == subject.key)
        .values(
            **dict.fromkeys(_UNKNOWN),
            last_name=subject.pseudonym,
            name_key=sort_key(subject.pseudonym),
            contact_id=None,
            is_primary=False,
            booking_access=False,
            receives_documents=False,
            receives_marketing=False,
            erased_at=session.now,
            version=Person.version + 1,
            updated_at=session.now,
            updated_by=session.user_id,
        ),
        execution_options={"synchronize_session": False},
    )
    if found.contact_id is not None and found.is_primary:
        await persons.promote_oldest(session, found.contact_id, subject.key)
    return 1


async def _certify(
    session: TenantSession,
    store: Store,
    found: Known,
    sections: Sequence[Section],
    zone: ZoneInfo,
) -> Erasure:
    """Keep what was done, table by table, as values and as a page to hand out."""
    locale = await session.scalar(select(Tenant.locale).where(Tenant.id == session.tenant_id))
    language = language_of(found.language, locale)
    who = User.tenant_id == session.tenant_id, User.id == session.user_id
    name = await session.scalar(select(User.name).where(*who))
    identifier = global_id("person", found.subject.key)
    page = certificate_page(
        Certificate(
            identifier, session.now, name or session.actor.name,
            [(s.title.of(language), s.treatment, s.rows, s.why.of(language)) for s in sections],
            [REMARKS[remark].of(language) for remark in found.remarks],
        ),
        zone,
        language,
    )  # fmt: skip
    with produced.place_for_one(store) as path:
        await asyncio.to_thread(path.write_text, page, "utf-8")
        filename = f"certificate-{found.subject.key.hex[-8:]}.html"
        file = await produced.keep(session, store, path, filename, "text/html; charset=utf-8")
    erasure = Erasure(
        id=new_id(),
        person_id=found.subject.key,
        erased_at=session.now,
        erased_by=session.user_id,
        report={"sections": list(map(_kept, sections)), "remarks": list(found.remarks)},
        file_id=file.id,
    )
    session.add(erasure)
    await session.flush()
    return erasure


def _kept(section: Section) -> dict[str, Any]:
    return {
        "table": section.table,
        "treatment": section.treatment.value,
        "rows": section.rows,
        "columns": list(section.columns),
        "title": _both(section.title),
        "why": _both(section.why),
    }


def _both(said: Said) -> dict[str, str]:
    return {"fr": said.french, "en": said.english}
