"""Whom mails can be sent to: what a module says of those it knows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from core.kit.session import TenantSession


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody, as a mail needs to know them.

    *refusal* is why they must not be written to, as a code such as ``OPTED_OUT``; None if they
    may.
    """

    key: UUID
    contact_id: UUID | None
    name: str | None
    address: str | None
    language: str | None = None
    refusal: str | None = None


#: Given keys, and whether it is marketing: those there are, as they are at this moment.
ReadRecipients = Callable[
    ["TenantSession", Sequence[UUID], bool], Awaitable[Mapping[UUID, Recipient]]
]
#: Given contacts: for each that has one, who is written to when the contact is.
ReadDefaults = Callable[["TenantSession", Sequence[UUID]], Awaitable[Mapping[UUID, UUID]]]


@dataclass(frozen=True, eq=False)
class Audience:
    """Those whose global ids begin with *of*; *requires* is the permission to see them."""

    of: str
    requires: str
    read: ReadRecipients
    defaults: ReadDefaults | None = None
