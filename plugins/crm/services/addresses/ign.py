"""Géoplateforme, the French state's own: every address of France, by the house."""

from __future__ import annotations

from typing import Any

from core.kit.addresses import Address, AddressProvider, Asking, Candidate, Precision
from core.kit.outside import Question
from plugins.crm.services.addresses import reading

#: Overseas departments and collectivities have codes of their own.
COUNTRIES = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF"})
#: Below it, what was found is something else.
LEAST_SCORE = 0.5
_PRECISIONS = {
    "housenumber": Precision.HOUSE,
    "street": Precision.STREET,
    "locality": Precision.STREET,
    "municipality": Precision.TOWN,
}


async def suggest(asking: Asking, text: str, first: int) -> list[Candidate]:
    if len(text) < 3:
        return []  # the server refuses less
    params = {"text": text, "type": "StreetAddress", "maximumResponses": str(min(first, 15))}
    question = Question("IGN", f"{asking.urls['IGN']}/completion/", params)
    return await asking.outside.ask(
        question,
        lambda said: reading.each(said["results"], _completion, first),
        tenant=asking.tenant,
        seconds=asking.seconds,
    )


async def find(asking: Asking, address: Address) -> Candidate | None:
    if address.country not in COUNTRIES:
        return None
    params = {"q": address.text[:200], "index": "address", "limit": "1"}
    if address.postcode is not None:
        params["postcode"] = address.postcode
    question = Question("IGN", f"{asking.urls['IGN']}/search", params)
    found = await asking.outside.ask(
        question,
        lambda said: reading.each(said["features"], _feature, 1),
        tenant=asking.tenant,
        seconds=asking.seconds,
    )
    return found[0] if found else None


def _completion(result: Any) -> Candidate | None:
    town, street = reading.text(result.get("city")), reading.text(result.get("street"), 200)
    postcode = reading.text(result.get("zipcode"), 20)
    shown = reading.text(result.get("fulltext"), 300)
    if shown is None or town is None:
        return None
    precision = Precision.TOWN if street is None else Precision.STREET
    if street is not None and street[0].isdigit():
        precision = Precision.HOUSE
    place = reading.position(result.get("x"), result.get("y"))
    return Candidate(
        shown, street, postcode, town, "FR", **place, precision=precision if place else None
    )


def _feature(feature: Any) -> Candidate | None:
    said = feature["properties"]
    place = reading.position(*feature["geometry"]["coordinates"][:2])
    if not place or not isinstance(said.get("score"), int | float) or said["score"] < LEAST_SCORE:
        return None
    precision = _PRECISIONS.get(said.get("type"))
    if precision is None:
        return None
    named = reading.text(said.get("name"), 200)
    return Candidate(
        reading.text(said.get("label"), 300) or "",
        None if precision is Precision.TOWN else named,
        reading.text(said.get("postcode"), 20),
        reading.text(said.get("city")),
        "FR",
        **place,
        precision=precision,
    )


IGN = AddressProvider(
    "IGN",
    "Géoplateforme (IGN)",
    suggest,
    find,
    servers={"IGN": "https://data.geopf.fr/geocodage"},
    remembered_seconds=24 * 60 * 60,
    attribution="IGN, Base Adresse Nationale",
)
