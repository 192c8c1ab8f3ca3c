"""What a contact and everything below it come to: apart from the Overview, and only if asked."""

from __future__ import annotations

import strawberry
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.contacts.models import Contact as ContactRow
from core.hierarchy.models import ContactClosure
from core.kit.fields import value
from core.kit.sources import Record

Below = aliased(ContactClosure)


@strawberry.type(
    description="Sums over a contact and all contacts below it, from what is kept per contact. "
    "Modules add theirs."
)
class OverviewRollup(Record, table=ContactRow, requires="contacts.read"):
    contact_count: int = value(
        select(func.count()).where(Below.ancestor_id == ContactRow.id),
        "The contact itself and all below it.",
    )
