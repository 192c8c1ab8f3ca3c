"""What a person's cells mean, and the columns of the table they are kept in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from core.importing.rules import cells
from core.importing.rules.cells import same_text
from core.kit.errors import Refused, RefusedTogether
from core.kit.importing import ImportRow, Remark, read_cells
from plugins.people import rules

SWITCHES = ("booking_access", "receives_documents", "receives_marketing")
PHONES = ("mobile", "landline")
#: The columns of the table, by the keys of those of a sheet.
COLUMN = {
    "title": "title",
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "mobile": "mobile",
    "landline": "landline",
    "extension": "extension",
    "position": "position",
    "department": "department",
    "language": "language",
    "bookingAccess": "booking_access",
    "receivesDocuments": "receives_documents",
    "receivesMarketing": "receives_marketing",
}
#: The key of what only the sheet of persons says: who is the primary one of a contact.
PRIMARY = "isPrimary"
#: Before the keys, in a contact's line.
PREFIX = "person."


def read(given: Mapping[str, str | None], country: str, prefix: str) -> dict[str, Any]:
    """What cells mean, whoever is there already."""
    return read_cells(given, _ways(country, prefix))


@cache
def _ways(country: str, prefix: str) -> dict[str, Callable[[str], Any]]:
    ways: dict[str, Callable[[str], Any]] = {
        prefix + key: partial(_value, column, country, prefix + key)
        for key, column in COLUMN.items()
    }
    return ways | {prefix + PRIMARY: partial(_truth, field=prefix + PRIMARY)}


def _truth(text: str, field: str) -> bool:
    cells.check_error(text, field)
    return cells.boolean(text, field)


def look(
    row: ImportRow, given: Mapping[str, str | None], current: dict[str, Any], prefix: str
) -> dict[str, Any]:
    """The columns that *given* cells change of a person; what is wrong is said in the row."""
    values: dict[str, Any] = {}
    for key, text in given.items():
        column = COLUMN[key]
        try:
            value, e164 = _cleared(column) if text is None else row.meaning(prefix + key)
        except (Refused, RefusedTogether) as refused:
            row.refused_by(refused, prefix + key)
            continue
        if column in PHONES and text is not None and e164 is None:
            message = f"'{value[:40]}' is kept as it is, but it is not a phone number."
            row.notes.append(Remark("PHONE_UNREADABLE", message, prefix + key))
        before = current.get(column)
        if _is_same(before, value) or (e164 and e164 == current.get(f"{column}_e164")):
            continue
        values[column] = value
        if column in PHONES:
            values[f"{column}_e164"] = e164
        row.changes[prefix + key] = [_shown(before), _shown(value)]
    return values


def _is_same(before: Any, after: Any) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        return same_text(before, after)
    return bool(before == after)


def _cleared(column: str) -> tuple[Any, None]:
    return (column != "booking_access" if column in SWITCHES else None), None


def _value(column: str, country: str, field: str, text: str) -> tuple[Any, str | None]:
    cells.check_error(text, field)
    if column in SWITCHES:
        return cells.boolean(text, field), None
    if column not in PHONES:
        return rules.checked({column: text})[column], None
    kept, number = cells.phone(text, country, field)
    rules.checked({column: kept})
    return kept, number


def _shown(value: Any) -> str | None:
    return str(value).lower() if isinstance(value, bool) else value


def name_key(values: dict[str, Any]) -> str:
    return rules.name_key(values.get("first_name"), values.get("last_name"), values.get("email"))
