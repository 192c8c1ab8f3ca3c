"""Whom a tenant has chosen to ask for addresses, and the asking: offline if nobody answers."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import structlog

from core.kit.addresses import Address, AddressProvider, Asking, Candidate, Precision
from core.kit.outside import NoAnswer, Outside
from core.kit.sealing import Seal, Unreadable
from core.kit.settings import ConfigurationError, Settings

log = structlog.get_logger(__name__)
#: Who types waits for less than who saves: nobody waits for that.
TYPING_SECONDS, FINDING_SECONDS = 1.5, 4.0


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a tenant has chosen; nothing: what the installation has."""

    provider: str | None
    #: As the database has it.
    sealed_key: str | None
    country: str
    locale: str


@dataclass(frozen=True, slots=True)
class Found:
    """What came of looking an address up: by whom it is known, or why by nobody."""

    by: str | None = None
    candidate: Candidate | None = None
    #: Of who was asked first: ``UNKNOWN``, or in a word why there was no answer.
    error: str | None = None


@dataclass(frozen=True)
class Desk:
    """Where a tenant's questions are asked."""

    providers: Mapping[str, AddressProvider]
    settings: Settings
    outside: Outside
    tenant: UUID
    chosen: Chosen

    @property
    def provider(self) -> AddressProvider:
        """Who is asked first."""
        return chosen_of(self.providers, self.settings, self.chosen)

    async def suggest(self, text: str, first: int) -> tuple[str | None, list[Candidate]]:
        """What *text* may mean, and who says so; the offline ones if the first knows nothing."""
        for provider in self._in_turn():
            name = f"suggest:{first}:{' '.join(text.casefold().split())}"
            try:
                asking = self._asking(provider, TYPING_SECONDS)
                found = await self._remembered(
                    provider,
                    name,
                    lambda p=provider, a=asking: p.suggest(a, text, first),  # type: ignore[misc]
                )
            except NoAnswer:
                continue
            if found:
                return provider.name, found
        return None, []

    async def find(self, address: Address) -> Found:
        """Where *address* is. Not to be known is an answer, too."""
        error = None
        for provider in self._in_turn():
            asked = address if provider.open_ else replace(address, place_id=None)
            try:
                asking = self._asking(provider, FINDING_SECONDS)
                found = await self._remembered(
                    provider,
                    f"find:{asked}",
                    lambda p=provider, a=asking, q=asked: _one(p.find(a, q)),  # type: ignore[misc]
                )
            except NoAnswer as away:
                error = error or away.outcome.upper()
                continue
            if found:
                return Found(provider.name, found[0], error)
            error = error or "UNKNOWN"
        return Found(error=error)

    async def open_(self, place_id: str) -> Candidate | None:
        """What is behind a suggestion; :class:`NoAnswer` if that can't be said now."""
        provider = self.provider
        if provider.open_ is None:
            return None
        return await provider.open_(self._asking(provider, FINDING_SECONDS), place_id)

    def _in_turn(self) -> Iterator[AddressProvider]:
        first = self.provider
        yield first
        yield from (p for p in self.providers.values() if p.is_offline and p is not first)

    def _asking(self, provider: AddressProvider, seconds: float) -> Asking:
        urls = {n: self.settings.address_urls.get(n, url) for n, url in provider.servers.items()}
        given = self.settings.address_keys.get(provider.name)
        own = self._own_key() if self.chosen.provider == provider.name else None
        return Asking(
            self.outside,
            self.tenant,
            urls,
            own or (given.get_secret_value() if given else None),
            self.tenant.hex if own else "",
            self.chosen.country,
            self.chosen.locale.partition("-")[0],
            seconds,
        )

    def _own_key(self) -> str | None:
        """The tenant's key; :class:`NoAnswer` if it can't be read: no other will do instead."""
        if self.chosen.sealed_key is None:
            return None
        try:
            return Seal.of(self.settings).open(self.tenant, self.chosen.sealed_key)
        except (Unreadable, ConfigurationError) as error:
            log.error("a tenant's key can't be read", tenant=str(self.tenant), reason=str(error))
            raise NoAnswer("key_unreadable", str(error)) from None

    async def _remembered(
        self, provider: AddressProvider, name: str, ask: Callable[[], Awaitable[list[Candidate]]]
    ) -> list[Candidate]:
        if not provider.remembered_seconds:
            return await ask()
        # Each tenant its own: how soon an answer comes must not tell what others look for.
        about = f"{self.tenant}:{provider.name}:{self.chosen.country}:{self.chosen.locale}:{name}"
        key = f"addresses:{hashlib.sha256(about.encode()).hexdigest()}"
        kept = await self.outside.kept.get(key)
        if kept is not None:
            return [_read(each) for each in orjson.loads(kept)]
        found = await ask()
        written = orjson.dumps([asdict(each) for each in found], default=str)
        await self.outside.kept.put(key, written, provider.remembered_seconds)
        return found


def chosen_of(
    providers: Mapping[str, AddressProvider], settings: Settings, chosen: Chosen
) -> AddressProvider:
    """The tenant's provider, else the installation's: the tenant's may have gone with a module."""
    return providers.get(chosen.provider or "") or providers[settings.address_provider]


async def _one(found: Awaitable[Candidate | None]) -> list[Candidate]:
    candidate = await found
    return [] if candidate is None else [candidate]


def _read(kept: dict[str, Any]) -> Candidate:
    place = {n: kept[n] and Decimal(kept[n]) for n in ("latitude", "longitude")}
    precision = kept["precision"] and Precision(kept["precision"])
    return Candidate(**{**kept, **place, "precision": precision})
