"""When what finance adds to the Overview has something to show."""

from __future__ import annotations

from sqlalchemy import exists, or_

from core.contacts.models import Contact
from core.kit.zones import Zone
from plugins.finance.models import Account, Terms

ZONES = [
    Zone(
        "account",
        "finance.read",
        or_(
            exists().where(Account.contact_id == Contact.id),
            exists().where(Terms.contact_id == Contact.id),
        ),
    ),
]
