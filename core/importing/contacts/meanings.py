"""What the cells of a contact's row mean by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from core.contacts import rules
from core.importing.contacts import countries
from core.importing.rules import cells
from core.kit.importing import read_cells
from core.kit.keys import sort_key


def _name(text: str) -> tuple[str, str]:
    """A name and what it is sorted by."""
    kept = rules.name(text)
    return kept, sort_key(kept)


#: The fields that are columns, and what of a cell they keep.
TEXTS: dict[str, Callable[[str], Any]] = {
    "name": _name,
    "street": partial(rules.text, field="street"),
    "postcode": partial(rules.text, field="postcode"),
    "town": partial(rules.text, field="town"),
    "country": lambda text: rules.country(countries.code(text)),
    "email": rules.email,
    "website": rules.website,
    "information": partial(rules.text, field="information"),
}


def meanings(given: Mapping[str, str | None], country: str) -> dict[str, Any]:
    """By field, a meaning or a refusal."""
    return read_cells(given, _ways(country))


@cache
def _ways(country: str) -> dict[str, Callable[[str], Any]]:
    ways: dict[str, Callable[[str], Any]] = {
        **TEXTS,
        "phone": partial(_phone, country=country),
        "latitude": partial(cells.decimal, field="latitude"),
        "longitude": partial(cells.decimal, field="longitude"),
    }
    return {field: partial(_checked, field, way) for field, way in ways.items()}


def _checked(field: str, way: Callable[[str], Any], text: str) -> Any:
    cells.check_error(text, field)
    return way(text)


def _phone(text: str, country: str) -> tuple[str, str | None]:
    kept, number = cells.phone(text, country, "phone")
    rules.text(kept, "phone")
    return kept, number
