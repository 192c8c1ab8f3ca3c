"""What texts mean in custom fields, whatever people write."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.custom_fields.conversion import answers, answers_in
from core.custom_fields.options import joined, split
from core.custom_fields.parsing import given_of, text_of
from core.custom_fields.rules import KINDS, FieldType, Referred
from core.custom_fields.typed import rows_of
from core.kit.errors import Refused

PARIS = ZoneInfo("Europe/Paris")
LABELS = st.lists(st.text(min_size=1).map(str.strip).filter(bool), max_size=6)


@dataclass(frozen=True)
class Field:
    type: FieldType
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    unit: str | None = None
    currency: str | None = "EUR"
    refers_to: Referred | None = Referred.CONTACT


def read(field: Field, text: str, options: Any = ()) -> Any:
    return rows_of(field, given_of(field, "x", text, PARIS), options, "FR")


@given(LABELS)
def test_r014_labels_written_as_one_text_are_the_same_labels(labels: list[str]) -> None:
    assert split(joined(labels)) == labels


@given(st.text())
def test_r014_any_text_is_labels_that_are_trimmed_and_not_empty(text: str) -> None:
    labels = split(text)

    assert labels == [label.strip() for label in labels if label.strip()]
    assert split(joined(labels)) == labels


@given(
    st.sampled_from([type_ for type_ in FieldType if KINDS[type_].columns]),
    st.text() | st.from_regex(r"[-+ 0-9.,:TZ]{1,24}", fullmatch=True),
)
def test_r020_any_text_is_a_value_or_refused_with_its_path(type_: FieldType, text: str) -> None:
    field = None
    try:
        read(Field(type_), text)
    except Refused as refused:
        field = refused.field
    assert field in (None, "values.x")


@given(
    st.sampled_from(
        [
            type_
            for type_ in FieldType
            if KINDS[type_].columns and type_ not in (FieldType.FILE, FieldType.REFERENCE)
        ]
    ),
    st.text() | st.from_regex(r"[-+ 0-9.,:TZ]{1,24}", fullmatch=True) | st.sampled_from(
        ["oui", "No", "2026-01-31", "2026-01-31T12:00", "04 78 00 00 00", "a@b.fr", "http://a.fr"]
    ),
)  # fmt: skip
def test_r020_what_is_kept_is_read_again_from_its_own_text(type_: FieldType, text: str) -> None:
    field = Field(type_)
    options = answers(answers_in(type_, [text])) if KINDS[type_].has_options else []
    try:
        kept = read(field, text, options)
    except Refused:
        return

    labels = {option.id: option.label for option in options}
    if type_ is FieldType.MULTI_LIST:
        again = joined(labels[row["option_id"]] for row in kept)
    elif type_ is FieldType.LIST:
        again = labels[kept[0]["option_id"]] if kept else ""
    else:
        again = text_of(kept[0], labels) if kept else ""
    assert read(field, again, options) == kept


def test_an_option_that_a_label_names_is_not_another_whose_key_looks_the_same() -> None:
    gas, wood = (Answered(uuid4(), *each) for each in (("gas", "Wood"), ("wood", "Gas")))

    assert read(Field(FieldType.LIST), "Wood", [gas, wood]) == ({"option_id": gas.id},)


@dataclass(frozen=True)
class Answered:
    id: Any
    key: str
    label: str
