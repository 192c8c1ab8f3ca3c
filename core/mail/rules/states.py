"""What kinds of mail there are, and what becomes of one."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from uuid import UUID


class MailKind(StrEnum):
    """Whether somebody may refuse it."""

    MARKETING = "MARKETING"
    SERVICE = "SERVICE"


class MailingState(StrEnum):
    """How far a mailing has come."""

    #: Its recipients are being written down, as they are many.
    PREPARING = "PREPARING"
    DRAFT = "DRAFT"
    SENDING = "SENDING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class MailState(StrEnum):
    """What has become of one mail."""

    DRAFT = "DRAFT"
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    BOUNCED = "BOUNCED"
    #: It may have arrived, or not: what sent it was interrupted.
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


class MailReason(StrEnum):
    """Why a mail was skipped or has failed."""

    NO_ADDRESS = "NO_ADDRESS"
    INVALID_ADDRESS = "INVALID_ADDRESS"
    DUPLICATE_ADDRESS = "DUPLICATE_ADDRESS"
    REFUSED = "REFUSED"
    OPTED_OUT = "OPTED_OUT"
    ADDRESS_BOUNCED = "ADDRESS_BOUNCED"
    GONE = "GONE"
    CANCELLED = "CANCELLED"
    NOT_TAKEN = "NOT_TAKEN"
    NOT_DELIVERED = "NOT_DELIVERED"
    CANNOT_BE_FILLED = "CANNOT_BE_FILLED"
    INTERRUPTED = "INTERRUPTED"


#: Mails that are on their way, or have been: what a contact's file shows.
OUT = (
    MailState.QUEUED,
    MailState.SENDING,
    MailState.SENT,
    MailState.FAILED,
    MailState.BOUNCED,
    MailState.UNKNOWN,
)
#: So often a mail that the server puts off is tried, over about 13 hours.
MOST_ATTEMPTS = 8


def pause(attempt: int) -> timedelta:
    """How long a mail that was put off waits: 1, 4, 16, 64 minutes, then 4 hours."""
    return min(timedelta(minutes=4 ** (attempt - 1)), timedelta(hours=4))


def rest(failures: int) -> timedelta:
    """How long a tenant's mails wait for a server that can't be reached: 10 s … 10 minutes."""
    return min(timedelta(seconds=10 * 2 ** min(failures - 1, 10)), timedelta(minutes=10))


def topic(mailing: UUID) -> str:
    """What those who watch a mailing are told by."""
    return f"mailing:{mailing.hex}"
