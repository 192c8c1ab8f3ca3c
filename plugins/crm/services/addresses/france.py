"""The postcodes and towns of France, known without asking anybody; see NOTICE.md beside it."""

from __future__ import annotations

import csv
import gzip
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path

from core.kit.addresses import Address, AddressProvider, Asking, Candidate, Precision
from core.kit.keys import sort_key

FILE = Path(__file__).with_name("france.csv.gz")
_POSTCODE = re.compile(r"\b(\d{5})\b")
_SPLIT = re.compile(r"[^\w]+")


@dataclass(frozen=True)
class Town:
    postcode: str
    name: str
    latitude: str
    longitude: str


@dataclass(frozen=True)
class _Known:
    by_postcode: dict[str, list[Town]]
    postcodes: list[str]
    #: (name as it sorts, town), in that order.
    by_name: list[tuple[str, Town]]


def in_postcode(postcode: str, town: str | None = None) -> Sequence[Town]:
    """The towns of a postcode, the one that is called *town* first, then the largest."""
    found = _known().by_postcode.get(postcode.strip(), [])
    wanted = _plain(town or "")
    return sorted(found, key=lambda each: _plain(each.name) != wanted)


async def suggest(asking: Asking, text: str, first: int) -> list[Candidate]:
    return suggested(text, first)


async def find(asking: Asking, address: Address) -> Candidate | None:
    """Where the postcode is: its largest town, or the one that the address names."""
    if address.country != "FR" or address.postcode is None:
        return None
    towns = in_postcode(address.postcode, address.town)
    return _candidate(None, towns[0]) if towns else None


def suggested(text: str, first: int) -> list[Candidate]:
    """What *text*, perhaps half typed, may mean; what stands before a postcode is the street."""
    text = text.strip()
    if (code := _POSTCODE.search(text)) is not None:
        street = text[: code.start()].strip(" ,") or None
        rest = _plain(text[code.end() :])
        towns = in_postcode(code[1])
        begun = [town for town in towns if _plain(town.name).startswith(rest)]
        return [_candidate(street, town) for town in (begun or towns)[:first]]
    if text.isdigit():
        return [_candidate(None, town) for town in islice(_beginning(text), first)]
    name = _plain(text)
    if not name:
        return []
    known = _known().by_name
    at = bisect_left(known, name, key=lambda each: each[0])
    near = list(islice(known, at, at + 200))
    found = sorted((n != name, i) for i, (n, _) in enumerate(near) if n.startswith(name))
    return [_candidate(None, near[i][1]) for _, i in found[:first]]


def _candidate(street: str | None, town: Town) -> Candidate:
    place = f"{town.postcode} {town.name}"
    return Candidate(
        place if street is None else f"{street}, {place}",
        street,
        town.postcode,
        town.name,
        "FR",
        Decimal(town.latitude),
        Decimal(town.longitude),
        Precision.TOWN,
    )


def _beginning(digits: str) -> Iterator[Town]:
    known = _known()
    for postcode in known.postcodes[bisect_left(known.postcodes, digits) :]:
        if not postcode.startswith(digits):
            return
        yield from known.by_postcode[postcode]


@lru_cache(maxsize=1)
def _known() -> _Known:
    by_postcode: dict[str, list[Town]] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        for postcode, name, latitude, longitude in islice(csv.reader(file), 1, None):
            by_postcode.setdefault(postcode, []).append(Town(postcode, name, latitude, longitude))
    towns = (town for found in by_postcode.values() for town in found)
    by_name = sorted(((_plain(town.name), town) for town in towns), key=lambda each: each[0])
    return _Known(by_postcode, sorted(by_postcode), by_name)


def _plain(name: str) -> str:
    """A name as it is compared: without accents, hyphens and apostrophes."""
    return " ".join(_SPLIT.split(sort_key(name))).strip()


FRANCE = AddressProvider(
    "FRANCE",
    "Towns and postcodes of France (offline)",
    suggest,
    find,
    attribution="La Poste, INSEE, DILA (Licence Ouverte 2.0)",
)
