"""Google: Places (New) while people type, Geocoding for positions.

Nothing of its answers is remembered; of what is written to a contact, the place id may stay for
good, the position for 30 days.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.kit.addresses import Address, AddressProvider, Asking, Candidate, Precision
from core.kit.outside import NoAnswer, Question
from plugins.crm.services.addresses import reading

_PLACE_ID = re.compile(r"[\w-]{1,500}", re.ASCII)
_FIELDS = "id,formattedAddress,addressComponents,location"
#: How the geocoder says that it has looked, and what else it may say.
_LOOKED = frozenset({"OK", "ZERO_RESULTS"})
_PRECISIONS = {
    "street_address": Precision.HOUSE,
    "premise": Precision.HOUSE,
    "subpremise": Precision.HOUSE,
    "route": Precision.STREET,
    "intersection": Precision.STREET,
    "postal_code": Precision.TOWN,
    "locality": Precision.TOWN,
    "sublocality": Precision.TOWN,
    "administrative_area_level_3": Precision.TOWN,
}


async def suggest(asking: Asking, text: str, first: int) -> list[Candidate]:
    body = {"input": text, "languageCode": asking.language, "regionCode": asking.country}
    question = Question(
        "GOOGLE",
        f"{asking.urls['GOOGLE']}/v1/places:autocomplete",
        headers=_key(asking),
        body=body,
        account=asking.account,
    )
    # An empty answer has no list at all.
    return await asking.outside.ask(
        question,
        lambda said: reading.each(said.get("suggestions", []), _prediction, first),
        tenant=asking.tenant,
        seconds=asking.seconds,
    )


async def find(asking: Asking, address: Address) -> Candidate | None:
    if address.place_id is not None:
        return await open_(asking, address.place_id)
    params = {
        "address": address.text[:300],
        "components": f"country:{address.country}",
        "language": asking.language,
        "key": asking.key or "",
    }
    question = Question(
        "GOOGLE_GEOCODING",
        f"{asking.urls['GOOGLE_GEOCODING']}/maps/api/geocode/json",
        params,
        account=asking.account,
    )
    found = await asking.outside.ask(
        question, _geocoded, tenant=asking.tenant, seconds=asking.seconds
    )
    return found[0] if found else None


async def open_(asking: Asking, place_id: str) -> Candidate | None:
    if not _PLACE_ID.fullmatch(place_id):
        return None
    question = Question(
        "GOOGLE",
        f"{asking.urls['GOOGLE']}/v1/places/{place_id}",
        {"languageCode": asking.language},
        {**_key(asking), "X-Goog-FieldMask": _FIELDS},
        account=asking.account,
    )
    return await asking.outside.ask(question, _place, tenant=asking.tenant, seconds=asking.seconds)


def _key(asking: Asking) -> dict[str, str]:
    return {"X-Goog-Api-Key": asking.key or ""}


def _prediction(suggestion: Any) -> Candidate | None:
    said = suggestion.get("placePrediction")
    if said is None:
        return None  # what else it suggests are questions
    shown, place_id = reading.text(said["text"]["text"], 300), reading.text(said["placeId"], 500)
    return None if shown is None or place_id is None else Candidate(shown, place_id=place_id)


def _geocoded(said: Any) -> list[Candidate]:
    if said["status"] not in _LOOKED:
        # Too many questions, a key that isn't right: it says so with a 200.
        raise NoAnswer("failed", f"GOOGLE_GEOCODING answered {str(said['status'])[:40]}.")
    return reading.each(said["results"], _result, 1)


def _result(result: Any) -> Candidate | None:
    at = result["geometry"]["location"]
    parts = _parts(result["address_components"], "long_name", "short_name")
    place = reading.position(at["lng"], at["lat"])
    kinds = result.get("types", [])
    return _candidate(result.get("formatted_address"), parts, place, kinds, result.get("place_id"))


def _place(said: Any) -> Candidate | None:
    at = said["location"]
    parts = _parts(said.get("addressComponents", []), "longText", "shortText")
    place = reading.position(at["longitude"], at["latitude"])
    kinds = ["street_address"] if "street_number" in parts else list(parts)
    return _candidate(said.get("formattedAddress"), parts, place, kinds, said.get("id"))


def _candidate(
    shown: Any, parts: Mapping[str, Any], place: dict[str, Any], kinds: Any, place_id: Any
) -> Candidate | None:
    precision = next((p for kind, p in _PRECISIONS.items() if kind in kinds), None)
    if not place or precision is None:
        return None
    number, street = parts.get("street_number"), parts.get("route")
    return Candidate(
        reading.text(shown, 300) or "",
        " ".join(part for part in (number, street) if part) or None,
        parts.get("postal_code"),
        parts.get("locality") or parts.get("postal_town"),
        reading.country(parts.get("country")),
        **place,
        precision=precision,
        place_id=reading.text(place_id, 500),
    )


def _parts(components: Any, long: str, short: str) -> dict[str, str | None]:
    """Each component by its types; a country by its code."""
    found: dict[str, str | None] = {}
    for component in components:
        for kind in component["types"]:
            found.setdefault(kind, reading.text(component[short if kind == "country" else long]))
    return found


GOOGLE = AddressProvider(
    "GOOGLE",
    "Google Maps Platform",
    suggest,
    find,
    open_,
    servers={
        "GOOGLE": "https://places.googleapis.com",
        "GOOGLE_GEOCODING": "https://maps.googleapis.com",
    },
    needs_key=True,
    refreshed_days=25,
    kept_days=30,
    attribution="Google Maps",
)
