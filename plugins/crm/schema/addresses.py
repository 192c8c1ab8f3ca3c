"""Addresses in the API."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from core.kit.context import Info
from core.kit.errors import BadInput
from core.kit.extend import extend
from core.roots import Query
from plugins.crm.services.addresses import france

MOST, LONGEST = 20, 200


@strawberry.type(description="An address that may be meant by what was typed.")
class AddressSuggestion:
    street: str | None = strawberry.field(description="What was typed before the postcode.")
    postcode: str
    town: str
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    latitude: Decimal = strawberry.field(description="Of the town hall, if there is no better.")
    longitude: Decimal


def _suggestions(info: Info, text: str, first: int = 5) -> list[AddressSuggestion]:
    if not 0 <= first <= MOST:
        raise BadInput(f"'first' is {first}; it must be between 0 and {MOST}.")
    if len(text) > LONGEST:
        raise BadInput(f"'text' has {len(text)} characters; {LONGEST} are allowed.")
    return [
        AddressSuggestion(
            street=found.street,
            postcode=found.town.postcode,
            town=found.town.name,
            country="FR",
            latitude=Decimal(found.town.latitude),
            longitude=Decimal(found.town.longitude),
        )
        for found in france.suggest(text, first)
    ]


@extend(requires="crm.read")
class AddressQueries(Query):
    address_suggestions: list[AddressSuggestion] = strawberry.field(
        resolver=_suggestions,
        description="While somebody types a French address: its postcode and town, or the towns "
        "that begin so. A postcode alone is enough.",
    )
