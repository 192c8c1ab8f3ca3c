"""What one of them said over the time, many who were marked at once, and one who was forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.demo.clock import at
from core.kit.session import TenantSession
from plugins.people import services
from plugins.people.models import ConsentMarking, Person
from plugins.people.services import consents, erasing, markings

NEWS = "Lettre d'information"
#: What was said, how, and how many days ago.
SAID = (
    ("AWAITING", "EMAIL", 120),
    ("GRANTED", "CLICK", 95),
    ("REFUSED", "TELEPHONE", 30),
    ("GRANTED", "PAPER", 9),
)
FORGOTTEN: dict[str, Any] = {
    "title": "Mme",
    "first_name": "Odile",
    "last_name": "Vasseur-Mahé",
    "email": "odile.vasseur-mahe@exemple.fr",
    "mobile": "06 39 98 99 98",
    "position": "Ancienne gardienne",
    "language": "fr",
}


async def tell(session: TenantSession, persons: Sequence[Person]) -> None:
    """Fill a ledger, mark all others, and have somebody erased; once."""
    if not persons or await session.scalar(select(ConsentMarking.id).limit(1)) is not None:
        return
    first, *others = persons
    for status, medium, days in SAID:
        with at(session, session.now - timedelta(days=days)):
            await consents.record(session, first.id, status, medium=medium, purpose=NEWS)
    await _mark(session, others)
    with at(session, session.now - timedelta(days=1400)):
        gone, _ = await services.create(session, first.contact_id, **FORGOTTEN)
        await consents.record(session, gone.id, "GRANTED", medium="PAPER", purpose=NEWS)
    await erasing.begin(session, gone.id, gone.full_name, None, None)


async def _mark(session: TenantSession, persons: Sequence[Person]) -> None:
    """Those who signed up at a fair; it can still be undone."""
    if not persons:
        return
    with at(session, session.now - timedelta(days=2)):
        marking = await markings.freeze(
            session, [person.id for person in persons], "GRANTED", medium="PAPER",
            purpose=NEWS, comment="Inscriptions au salon des syndics",
        )  # fmt: skip
        await markings.apply(session, marking.id, marking.person_count, None)
