"""What templates may say of a mission."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.contacts.models import Contact
from core.kit.keywords import KeywordSource, Words
from core.kit.session import TenantSession
from core.mail.wording import amount, moment
from core.tenancy.models import Tenant
from plugins.missions.models import Mission, MissionType

WORDS = {
    "reference": "Its number.",
    "type": "Name of its type.",
    "description": "What is to be done.",
    "site": "Name of the contact where it is done.",
    "planned_start": "When it is planned to begin, in the tenant's time zone.",
    "planned_end": "When it is planned to end, in the tenant's time zone.",
    "actual_start": "When it began, in the tenant's time zone.",
    "actual_end": "When it ended, in the tenant's time zone.",
    "order_number": "The customer's own number for it.",
    "amount_excl_tax": "What it costs, excluding tax.",
}


async def _read(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    tenant = select(Tenant.time_zone, Tenant.currency).where(Tenant.id == session.tenant_id)
    zone_name, currency = (await session.execute(tenant)).one()
    zone = ZoneInfo(zone_name)
    rows = await session.execute(
        select(Mission, MissionType.name, Contact.name)
        .join(MissionType, MissionType.id == Mission.type_id)
        .join(Contact, Contact.id == Mission.contact_id)
        .where(Mission.id.in_(keys))
    )
    return {
        mission.id: {
            "reference": mission.reference,
            "type": type_,
            "description": mission.description,
            "site": site,
            **{
                name: moment(getattr(mission, name), zone, language)
                for name in ("planned_start", "planned_end", "actual_start", "actual_end")
            },
            "order_number": mission.order_number,
            "amount_excl_tax": amount(mission.amount_excl_tax, currency, language),
        }
        for mission, type_, site in rows
    }


SOURCES = [KeywordSource("mission", "mission", "missions.read", WORDS, _read, "a mission")]
