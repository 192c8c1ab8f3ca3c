"""Addresses in the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import select

from core.kit.addresses import Candidate, Precision
from core.kit.context import Info
from core.kit.db import TENANT, Statement, owned
from core.kit.errors import BadInput, Refused
from core.kit.extend import extend
from core.kit.outside import NoAnswer
from core.roots import Query
from core.tenancy.models import Tenant as TenantRow
from plugins.crm.models import SiteSettings as SettingsRow
from plugins.crm.services.addresses.asking import Chosen, Desk

MOST, LONGEST, LONGEST_PLACE_ID = 20, 200, 500
strawberry.enum(Precision, name="AddressPrecision", description="How near a position is.")


@strawberry.type(description="An address that may be meant by what was typed.")
class AddressSuggestion:
    label: str = strawberry.field(description="The whole of it, in a line.")
    street: str | None
    postcode: str | None
    town: str | None
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2.")
    latitude: Decimal | None = strawberry.field(
        description="Null: `addressOf` knows it, by the place ID."
    )
    longitude: Decimal | None
    precision: Precision | None = strawberry.field(description="Null without a position.")
    place_id: str | None = strawberry.field(description="What the provider calls it.")
    provider: str = strawberry.field(
        description="Who says so: `FRANCE` also if the provider did not answer."
    )


@strawberry.type(description="Somebody who knows addresses.")
class AddressProvider:
    name: str
    title: str
    is_offline: bool = strawberry.field(description="Nobody outside is asked.")
    needs_key: bool
    attribution: str = strawberry.field(description="To be shown beside what it knows.")


_SETTINGS: Any = SettingsRow.__table__
_TENANT: Any = TenantRow.__table__
_CHOSEN = Statement(
    select(
        _SETTINGS.c.address_provider,
        _SETTINGS.c.address_key,
        _TENANT.c.country,
        _TENANT.c.locale,
    )
    .select_from(_TENANT.outerjoin(_SETTINGS, owned(_SETTINGS)))
    .where(_TENANT.c.id == TENANT)
)


def desk_of(info: Info, chosen: Chosen) -> Desk:
    """Where the caller's tenant asks."""
    context, schema = info.context, info.schema
    modules: Any = schema
    return Desk(
        modules.modules.address_providers,
        context.settings,
        context.outside,
        context.tenant,
        chosen,
    )


async def _desk(info: Info) -> Desk:
    # The connection is given back before anybody is asked.
    given = {**_CHOSEN.constants, "tenant": info.context.tenant}
    rows = await info.context.fetch(_CHOSEN.text, [given[name] for name in _CHOSEN.names])
    return desk_of(info, Chosen(*rows[0]))


def _shown(candidate: Candidate, provider: str) -> AddressSuggestion:
    return AddressSuggestion(
        label=candidate.label,
        street=candidate.street,
        postcode=candidate.postcode,
        town=candidate.town,
        country=candidate.country,
        latitude=candidate.latitude,
        longitude=candidate.longitude,
        precision=candidate.precision,
        place_id=candidate.place_id,
        provider=provider,
    )


async def _suggestions(info: Info, text: str, first: int = 5) -> list[AddressSuggestion]:
    if not 0 <= first <= MOST:
        raise BadInput(f"'first' is {first}; it must be between 0 and {MOST}.")
    if len(text) > LONGEST:
        raise BadInput(f"'text' has {len(text)} characters; {LONGEST} are allowed.")
    text = " ".join(text.split())
    if not text or not first:
        return []
    provider, found = await (await _desk(info)).suggest(text, first)
    return [_shown(candidate, provider) for candidate in found if provider is not None]


async def _address_of(info: Info, place_id: str) -> AddressSuggestion | None:
    if not 0 < len(place_id) <= LONGEST_PLACE_ID:
        raise BadInput(f"'placeId' must have 1 to {LONGEST_PLACE_ID} characters.")
    desk = await _desk(info)
    try:
        candidate = await desk.open_(place_id)
    except NoAnswer:
        message = "Whoever knows addresses does not answer; try again in a while."
        raise Refused("PROVIDER_UNAVAILABLE", message, "placeId") from None
    return None if candidate is None else _shown(candidate, desk.provider.name)


def _providers(info: Info) -> list[AddressProvider]:
    schema: Any = info.schema
    return [
        AddressProvider(
            name=each.name,
            title=each.title,
            is_offline=each.is_offline,
            needs_key=each.needs_key,
            attribution=each.attribution,
        )
        for each in schema.modules.address_providers.values()
    ]


@extend(requires="crm.read")
class AddressQueries(Query):
    address_suggestions: list[AddressSuggestion] = strawberry.field(
        resolver=_suggestions,
        description="What may be meant while somebody types an address: what the tenant's provider "
        "suggests; if it knows nothing or does not answer, the towns and postcodes of France that "
        "are known here.",
    )
    address_of: AddressSuggestion | None = strawberry.field(
        resolver=_address_of,
        description="What is behind a suggestion without a position, by its place ID. Errors: "
        "`PROVIDER_UNAVAILABLE`.",
    )
    address_providers: list[AddressProvider] = strawberry.field(
        resolver=_providers, description="Who can be asked for addresses."
    )
