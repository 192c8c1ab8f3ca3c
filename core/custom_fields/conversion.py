"""What values become when the type of their field changes; nothing here needs a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.custom_fields.options import joined, split
from core.custom_fields.parsing import given_of, text_of
from core.custom_fields.rules import KINDS, FieldType
from core.custom_fields.typed import Defined, Option, Rows, rows_of
from core.kit.errors import Refused
from core.kit.ids import new_id

#: What their values point to has no text that means it.
_POINTERS = frozenset({FieldType.FILE, FieldType.REFERENCE})


@dataclass(frozen=True)
class Answer:
    """An option that there isn't yet."""

    id: UUID
    key: str
    label: str


@dataclass(frozen=True)
class Converter:
    """From values of one field to those that it would have as another."""

    key: str
    before: FieldType
    after: Defined
    #: Of the options that there are, archived ones too.
    labels: Mapping[UUID, str]
    #: Of the field as it would be.
    options: Sequence[Option]
    country: str
    zone: ZoneInfo

    def text(self, rows: Rows) -> str:
        """A value as a person would write it."""
        if self.before is FieldType.MULTI_LIST:
            return joined(self.labels[row["option_id"]] for row in rows)
        if self.before is FieldType.LIST and not self._keeps_commas:
            return self.labels[rows[0]["option_id"]]
        return text_of(rows[0], self.labels)

    @property
    def _keeps_commas(self) -> bool:
        return FieldType(self.after.type) is FieldType.MULTI_LIST

    def rows(self, rows: Rows) -> Rows:
        """What is kept of a value then, or a refusal."""
        after = FieldType(self.after.type)
        if self.before in _POINTERS or after in _POINTERS or not KINDS[after].columns:
            message = f"A value of type {self.before} is none of type {after}."
            raise Refused("NOT_CONVERTIBLE", message)
        if KINDS[self.before].has_options and KINDS[after].has_options:
            if after is FieldType.LIST and len(rows) > 1:
                raise Refused("NOT_CONVERTIBLE", f"A LIST has one answer; these are {len(rows)}.")
            return rows
        text = self.text(rows)
        if after is FieldType.LIST:
            text = text.strip()
        given = given_of(self.after, self.key, text, self.zone)
        return rows_of(self.after, given, self.options, self.country)


def answers_in(type_: FieldType, texts: Iterable[str]) -> list[str]:
    """The answers that a list needs so that each of *texts* is one, or several of them."""
    found: dict[str, str] = {}
    for text in texts:
        for label in [text.strip()] if type_ is FieldType.LIST else split(text):
            found.setdefault(label.casefold(), label)
    return list(found.values())


def answers(labels: Iterable[str]) -> list[Answer]:
    """Options of these labels, for a look at what would be."""
    return [Answer(new_id(), label, label) for label in labels]


def columns_of(type_: FieldType, row: Any) -> dict[str, Any]:
    """What a stored row keeps, by column."""
    found = {name: getattr(row, name) for name in KINDS[type_].columns}
    return {name: value for name, value in found.items() if value is not None}
