r"""Answers of lists, as a list or as one text: `Gas, Wood\, dry`; nothing here needs a database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.custom_fields.rules import KINDS, FieldType, first_twice, label_of
from core.kit.errors import Refused

MOST_OPTIONS = 1_000
#: Blanks that a label can't begin or end with are dropped; the backslash keeps what follows it.
_PIECES = re.compile(r"\\([\\,])|(,)|([^\\,]+|\\)")


@dataclass(frozen=True)
class GivenOption:
    """An option as it is given: *key* says which of those there are, none makes a new one."""

    label: str
    key: str | None = None


def split(text: str) -> list[str]:
    r"""The labels in *text*: ``\,`` is a comma within one, ``\\`` a backslash before a comma."""
    labels = [""]
    for escaped, comma, plain in _PIECES.findall(text):
        if comma:
            labels.append("")
        else:
            labels[-1] += escaped or plain
    return [label for label in map(str.strip, labels) if label]


def joined(labels: Iterable[str]) -> str:
    """The text that :func:`split` reads as *labels*."""
    return ", ".join(label.replace("\\", "\\\\").replace(",", "\\,") for label in labels)


def given_options(
    listed: Sequence[GivenOption] | None, text: str | None
) -> list[GivenOption] | None:
    """The options of an input, whichever way they were given; None if they weren't."""
    if listed is not None and text is not None:
        raise Refused(
            "OPTIONS_GIVEN_TWICE", "Give 'options' or 'optionsText', not both.", "optionsText"
        )
    if text is not None:
        listed = [GivenOption(label) for label in split(text)]
    if listed is None:
        return None
    return [GivenOption(label_of(o.label, "options"), o.key) for o in listed]


def check_options(type_: FieldType, options: Sequence[GivenOption] | None) -> None:
    """Options belong to lists, a list has some, and no two of them read the same."""
    if not KINDS[type_].has_options:
        if options is not None:
            raise Refused(
                "OPTIONS_NOT_ALLOWED", f"Fields of type {type_} have no options.", "options"
            )
        return
    if not options:
        raise Refused("OPTIONS_MISSING", f"A {type_} has one option at least.", "options")
    if len(options) > MOST_OPTIONS:
        raise Refused(
            "TOO_MANY_OPTIONS",
            f"{len(options)} options are given; {MOST_OPTIONS} are allowed.",
            "options",
        )
    twice = first_twice(o.label.casefold() for o in options)
    twice = twice or first_twice(o.key for o in options if o.key is not None)
    if twice is not None:
        raise Refused("DUPLICATE_OPTION", f"The option '{twice[:60]}' is given twice.", "options")
