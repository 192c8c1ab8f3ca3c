"""Photon, over the addresses of OpenStreetMap: the world's, as far as somebody has drawn them."""

from __future__ import annotations

from typing import Any

from core.kit.addresses import Address, AddressProvider, Asking, Candidate, Precision
from core.kit.outside import Question
from plugins.crm.services.addresses import reading

#: In which it knows names; in others, they are as they are there.
LANGUAGES = frozenset({"fr", "en", "de"})
_PRECISIONS = {
    "house": Precision.HOUSE,
    "street": Precision.STREET,
    "locality": Precision.STREET,
    "district": Precision.TOWN,
    "city": Precision.TOWN,
}


async def suggest(asking: Asking, text: str, first: int) -> list[Candidate]:
    return await _asked(asking, text, first)


async def find(asking: Asking, address: Address) -> Candidate | None:
    for candidate in await _asked(asking, address.text, 5):
        if candidate.country == address.country and _same(candidate.postcode, address.postcode):
            return candidate
    return None


async def _asked(asking: Asking, text: str, first: int) -> list[Candidate]:
    lang = asking.language if asking.language in LANGUAGES else "default"
    params = {"q": text[:200], "limit": str(first), "lang": lang}
    return await asking.outside.ask(
        Question("PHOTON", f"{asking.urls['PHOTON']}/api/", params),
        lambda said: reading.each(said["features"], _feature, first),
        tenant=asking.tenant,
        seconds=asking.seconds,
    )


def _same(found: str | None, wanted: str | None) -> bool:
    """Whether a postcode fits: what nobody has said does."""
    plain = [(each or "").replace(" ", "").upper() for each in (found, wanted)]
    return "" in plain or plain[0] == plain[1]


def _feature(feature: Any) -> Candidate | None:
    said = feature["properties"]
    place = reading.position(*feature["geometry"]["coordinates"][:2])
    precision = _PRECISIONS.get(said.get("type"))
    name, town = reading.text(said.get("name")), reading.text(said.get("city"))
    if not place or precision is None:
        return None
    if precision is Precision.TOWN:
        town = town or name
    number, street = reading.text(said.get("housenumber"), 20), reading.text(said.get("street"))
    if precision is Precision.STREET:
        street = street or name
    line = " ".join(part for part in (number, street) if part) or None
    postcode = reading.text(said.get("postcode"), 20)
    town_line = " ".join(part for part in (postcode, town) if part)
    country = reading.country(said.get("countrycode"))
    shown = reading.label(line, town_line, reading.text(said.get("country")))
    return Candidate(shown, line, postcode, town, country, **place, precision=precision)


PHOTON = AddressProvider(
    "PHOTON",
    "Photon (OpenStreetMap)",
    suggest,
    find,
    servers={"PHOTON": "https://photon.komoot.io"},
    remembered_seconds=24 * 60 * 60,
    attribution="© OpenStreetMap contributors",
)
