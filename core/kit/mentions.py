"""Somebody's names, addresses and numbers, as they stand in texts that others wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    false,
    func,
    literal,
    or_,
)

from core.kit.keys import sort_key

#: Shorter numbers are extensions, years, rooms …
FEWEST_DIGITS = 6
#: What stands where an address or a number was.
GONE = "***"
_WORD = re.compile(r"[^\W_]+")
_PAIRS = {"oe": "œ", "ae": "æ", "ss": "ß"}
_MARKS = "[\u0300-\u036f]*"
_BETWEEN_WORDS = r"[\W_]{1,6}"
_BETWEEN_DIGITS = r"[\s.\-/()]{0,3}"
#: Line breaks as JSON writes them: else they'd look like the beginning of a word.
_JSON_BREAKS = r"\\[nrt]"


def _alike() -> dict[str, str]:
    """For each letter, it and all that is written with accents instead."""
    found: dict[str, str] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letter = sort_key(chr(code))
        if len(letter) == 1 and letter.isascii() and letter.isalpha():
            found[letter] = found.get(letter, letter) + chr(code)
    return found


_ALIKE = _alike()


@dataclass(frozen=True)
class Mentions:
    """What names one person and nobody else; *pseudonym* is what stands there afterwards."""

    pseudonym: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    #: Digits, each as dialled at home or abroad.
    numbers: tuple[str, ...] = ()

    def among(self, *columns: Any) -> ColumnElement[bool]:
        """Whether texts may name them, as the database sees it: :meth:`replaced` says if they do.

        Columns of JSON, and lists of texts, are taken as texts.
        """
        if not self:
            return false()
        texts = [_text(column) for column in columns]
        together = func.concat_ws(" ", *texts)
        words = any_(bindparam(None, self._words, ARRAY(Text)))
        found: list[Any] = [func.core_search_words(*texts).like(words)]
        if self.numbers:
            digits = func.regexp_replace(together, r"\D", "", "g")
            parts = [f"%{number}%" for number in self.numbers]
            found.append(digits.like(any_(bindparam(None, parts, ARRAY(Text)))))
        # Few texts have so much as the longest word: the others aren't taken apart.
        return and_(together.op("~*")(literal(self._hint, Text)), or_(*found))

    def replaced(self, value: Any, *, clears: bool = False) -> Any:
        """*value*, a text or JSON, with the pseudonym in place of each mention.

        With *clears*, a text that is nothing but an address or a number becomes null.
        """
        if isinstance(value, str):
            return self._text(value, clears)
        if isinstance(value, list):
            return [self.replaced(each) for each in value]
        if isinstance(value, dict):
            return {key: self.replaced(each) for key, each in value.items()}
        return value

    def __bool__(self) -> bool:
        return bool(self.names or self.addresses or self.numbers)

    def _text(self, text: str, clears: bool) -> str | None:
        if clears and self._others is not None and self._others.fullmatch(text.strip()):
            return None
        if self._others is not None:
            text = self._others.sub(GONE, text)
        return text if self._called is None else self._called.sub(lambda _: self.pseudonym, text)

    @property
    def _words(self) -> list[str]:
        return [f"% {' '.join(words)} %" for words in map(_words, (*self.names, *self.addresses))]

    @cached_property
    def _hint(self) -> str:
        """What a text must have at least, as a regular expression of the database."""
        words = {max(_words(each), key=len) for each in (*self.names, *self.addresses)}
        ends = {number[-FEWEST_DIGITS:] for number in self.numbers}
        return "|".join(sorted({*map(_letters, words), *map(r"\D{0,3}".join, ends)}))

    @cached_property
    def _called(self) -> re.Pattern[str] | None:
        written = {*self.names, *map(escape, self.names)}
        return _either([_name(each) for each in sorted(written, key=len, reverse=True)])

    @cached_property
    def _others(self) -> re.Pattern[str] | None:
        addresses = [re.escape(each) for each in self.addresses]
        numbers = sorted(self.numbers, key=len, reverse=True)
        return _either([*addresses, *map(_number, numbers)])


def _either(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(patterns)})(?![^\W_])", re.IGNORECASE)


def _words(text: str) -> list[str]:
    return _WORD.findall(sort_key(text))


def _name(text: str) -> str:
    return _BETWEEN_WORDS.join(_letters(word) for word in _words(text))


def _letters(word: str) -> str:
    """A pattern for a word, whatever its accents."""
    found, at = "", 0
    while at < len(word):
        pair = word[at : at + 2]
        if pair in _PAIRS:
            found += f"(?:{''.join(map(_letter, pair))}|{_PAIRS[pair]})"
            at += 2
        else:
            found += _letter(word[at])
            at += 1
    return found


def _letter(letter: str) -> str:
    return f"[{_ALIKE.get(letter, re.escape(letter))}]{_MARKS}"


def _number(digits: str) -> str:
    return rf"(?:(?:\+|00){_BETWEEN_DIGITS})?" + _BETWEEN_DIGITS.join(digits)


def _text(column: Any) -> Any:
    if isinstance(column.type, Text):
        return column
    return func.regexp_replace(cast(column, Text), _JSON_BREAKS, " ", "g")


def worth_looking_for(names: Iterable[str]) -> tuple[str, ...]:
    """The names of at least two words: one alone may be anybody's, or a word of the language."""
    return tuple(dict.fromkeys(name for name in names if len(_words(name)) > 1))
