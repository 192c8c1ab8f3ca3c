"""When what the crm module adds to the Overview has something to show."""

from __future__ import annotations

from sqlalchemy import exists

from core.contacts.models import Contact
from core.kit.zones import Zone
from plugins.crm.models import EffectiveFlag, EffectiveSuspension

ZONES = [
    Zone("effectiveFlags", "crm.flags", exists().where(EffectiveFlag.c.contact_id == Contact.id)),
    Zone(
        "effectiveSuspensions",
        "crm.read",
        exists().where(EffectiveSuspension.c.contact_id == Contact.id),
    ),
]
