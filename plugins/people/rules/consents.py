"""What an entry of the ledger of consents must be like, and what keeps marketing mail away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.kit.errors import Refused, RefusedTogether
from core.kit.text import checked

PURPOSE_LENGTH = 200
COMMENT_LENGTH = 2_000


def consent(given: dict[str, Any]) -> dict[str, Any]:
    """The texts of an entry as they are kept; all that are wrong are refused together."""
    kept, refusals = dict(given), []
    for field, longest in (("purpose", PURPOSE_LENGTH), ("comment", COMMENT_LENGTH)):
        try:
            kept[field] = checked(given.get(field), field, longest, lines=field == "comment")
        except Refused as refused:
            refusals.append(refused)
    if refusals:
        raise RefusedTogether(refusals)
    return kept


def given_at(given: datetime | None, now: datetime) -> datetime:
    """Since when an entry holds: now, unless it is said; never in the future."""
    if given is None:
        return now
    if given > now:
        raise Refused(
            "CONSENT_IN_FUTURE",
            f"Nobody can have said it at {given.isoformat()} yet: it is {now.isoformat()}.",
            "givenAt",
        )
    return given


def barriers(
    email: str | None, receives_marketing: bool, consent_status: str, erased: bool = False
) -> list[str]:
    """All that keeps marketing mail from a person; nothing is needed but that nothing forbids.

    A refusal stops marketing mail, and no other: what serves a customer goes on.
    """
    found = {
        "ERASED": erased,
        "NO_ADDRESS": not email,
        "REFUSED": consent_status == "REFUSED",
        "OPTED_OUT": not receives_marketing,
    }
    return [reason for reason, holds in found.items() if holds]
