"""Who knows addresses: what a provider of a module answers, and what it is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from core.kit.outside import Outside


class Precision(StrEnum):
    """How near a position is to what was asked for."""

    HOUSE = "HOUSE"
    STREET = "STREET"
    TOWN = "TOWN"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be meant."""

    label: str
    street: str | None = None
    postcode: str | None = None
    town: str | None = None
    #: ISO 3166-1 alpha-2.
    country: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    precision: Precision | None = None
    #: By which the provider tells more of it; all that may be kept of some providers' answers.
    place_id: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """What is known of an address that is looked up."""

    street: str | None
    postcode: str | None
    town: str | None
    country: str
    place_id: str | None = None

    @property
    def text(self) -> str:
        """In a line, as people write it."""
        place = " ".join(part for part in (self.postcode, self.town) if part)
        return ", ".join(part for part in (self.street, place) if part)


@dataclass(frozen=True)
class Asking:
    """For whom a provider asks, and how it gets there."""

    outside: Outside
    tenant: UUID
    #: Of the provider's servers, by name.
    urls: Mapping[str, str]
    key: str | None = None
    #: Whose key it is; none: the installation's.
    account: str = ""
    #: Where people are who type, ISO 3166-1 alpha-2, and their language.
    country: str = "FR"
    language: str = "fr"
    seconds: float = 2.0


Suggest = Callable[[Asking, str, int], Awaitable[list[Candidate]]]
Find = Callable[[Asking, Address], Awaitable[Candidate | None]]
Open = Callable[[Asking, str], Awaitable[Candidate | None]]


@dataclass(frozen=True)
class AddressProvider:
    """Somebody who knows addresses.

    *suggest* is asked while people type, *find* for the position of an address, *open_* for what
    is behind the place id of a suggestion. One without *servers* asks nobody: it answers when
    others don't.
    """

    name: str
    title: str
    suggest: Suggest
    find: Find
    open_: Open | None = None
    #: Where it asks, by name; an installation may say else.
    servers: Mapping[str, str] = field(default_factory=dict)
    needs_key: bool = False
    #: How long an answer may be remembered; 0: not at all.
    remembered_seconds: int = 0
    #: How old a position becomes before it is asked for again.
    refreshed_days: int = 180
    #: How long a position may be kept that could not be asked for again; null: for good.
    kept_days: int | None = None
    attribution: str = ""

    @property
    def is_offline(self) -> bool:
        return not self.servers
