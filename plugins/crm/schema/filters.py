"""Lists of contacts by what the crm module knows of them."""

from __future__ import annotations

from sqlalchemy import exists

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import ContactFilter
from core.kit.extend import extend
from core.kit.filters import matching
from plugins.crm.models import EffectiveFlag, EffectiveSuspension


@extend(requires="crm.flags")
class FlaggedContacts(ContactFilter):
    flagged: bool | None = matching(
        exists().where(EffectiveFlag.c.contact_id == ContactRow.id),
        description="A flag shows on it: its own, or one from above. Needs `crm.flags`.",
    )


@extend(requires="crm.read")
class SuspendedContacts(ContactFilter):
    suspended: bool | None = matching(
        exists().where(EffectiveSuspension.c.contact_id == ContactRow.id),
        description="A running suspension reaches it, wherever it begins. Needs `crm.read`.",
    )
