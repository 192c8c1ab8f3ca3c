"""The ledger of consents in the API."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry
from sqlalchemy import select

from core.files.schema import File
from core.kit.fields import Node, one, value
from core.tenancy.models import User as UserRow
from plugins.people.models import Consent as ConsentRow


@strawberry.enum(description="What a person said to being written to.")
class ConsentStatus(Enum):
    AWAITING = strawberry.enum_value("AWAITING", description="They were asked.")
    GRANTED = "GRANTED"
    REFUSED = strawberry.enum_value(
        "REFUSED", description="Marketing mail stops; mail that serves them goes on."
    )


@strawberry.enum(description="What the ledger of consents says of a person.")
class ConsentState(Enum):
    NONE = strawberry.enum_value("NONE", description="Nothing.")
    AWAITING = strawberry.enum_value("AWAITING", description="They were asked.")
    GRANTED = "GRANTED"
    REFUSED = strawberry.enum_value(
        "REFUSED", description="Marketing mail stops; mail that serves them goes on."
    )


@strawberry.enum(description="How they said so.")
class ConsentMedium(Enum):
    EMAIL = "EMAIL"
    CLICK = "CLICK"
    TELEPHONE = "TELEPHONE"
    PAPER = "PAPER"


@strawberry.enum(description="What keeps marketing mail from a person.")
class MarketingBarrier(Enum):
    ERASED = strawberry.enum_value("ERASED", description="What was known of them is erased.")
    NO_ADDRESS = strawberry.enum_value("NO_ADDRESS", description="They have no e-mail.")
    REFUSED = strawberry.enum_value("REFUSED", description="Their consent is refused.")
    OPTED_OUT = strawberry.enum_value("OPTED_OUT", description="`receivesMarketing` is off.")


@strawberry.type(
    description="An entry of the ledger of consents. It never changes: a correction is another. "
    "What holds is the entry with the latest `givenAt`, of those the one recorded last."
)
class Consent(Node, table=ConsentRow, requires="people.read"):
    status: ConsentState
    medium: ConsentMedium | None
    purpose: str | None = strawberry.field(description="What for, in the tenant's words.")
    comment: str | None
    given_at: datetime = strawberry.field(description="Since when it holds.")
    recorded_at: datetime
    recorded_by: str | None = value(
        select(UserRow.name).where(UserRow.id == ConsentRow.recorded_by),
        "The name of the user; null if it was a job or a partner's program.",
    )
    is_undo: bool = strawberry.field(
        description="Whether it takes back what marking many persons did."
    )
    evidence: File | None = one(ConsentRow.evidence_id, description="What proves it.")
