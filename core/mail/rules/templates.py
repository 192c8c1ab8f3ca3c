"""Texts with keywords: read once, checked against those there are, and filled.

A keyword is replaced by its value, and that is all: ``{{person.first_name}}``, or with what
stands there when there is nothing to say, ``{{person.first_name|"Madame, Monsieur"}}``. Nothing
is computed, so nothing can be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape, unescape

from core.kit.errors import Refused
from core.kit.keywords import Words
from core.kit.text import checked
from core.mail.rules import html as markup
from core.mail.rules.addresses import one_line

NAME_LENGTH = 100
SUBJECT_LENGTH = 200
TEXT_LENGTH = 100_000
HTML_LENGTH = 200_000
MOST_KEYWORDS = 500
#: Of a mail, once its keywords are filled: a template of keywords alone may multiply.
FILLED_LENGTH = 1_000_000
LANGUAGES = ("fr", "en")

_QUOTE = r"(?:\"|&quot;|&#34;)"
_KEYWORD = re.compile(
    r"\{\{\s*([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\s*"
    rf"(?:\|\s*{_QUOTE}((?:(?!{_QUOTE})[^{{}}]){{0,200}}){_QUOTE}\s*)?\}}\}}"
)
_BRACES = re.compile(r"\{\{|\}\}")


@dataclass(frozen=True, slots=True)
class Keyword:
    prefix: str
    word: str
    #: What stands there when there is nothing to say.
    otherwise: str = ""

    def __str__(self) -> str:
        return f"{{{{{self.prefix}.{self.word}}}}}"


Parts = list[str | Keyword]


@dataclass(frozen=True, slots=True)
class Wording:
    """What a template, or a mailing, says; of *html* and *text* there is at least one."""

    subject: str
    html: str | None
    text: str | None
    language: str

    def keywords(self) -> list[tuple[Keyword, str]]:
        """All keywords, each with the field that it stands in."""
        return [
            (part, field)
            for field in ("subject", "html", "text")
            if (given := getattr(self, field)) is not None
            for part in parts_of(given, field)
            if isinstance(part, Keyword)
        ]


@dataclass(frozen=True, slots=True)
class Filled:
    """What one recipient reads."""

    subject: str
    html: str | None
    text: str


def wording(subject: str, html: str | None, text: str | None, language: str) -> Wording:
    """The texts as they are kept: each bounded, the HTML harmless, all keywords well-formed."""
    kept_subject = checked(subject, "subject", SUBJECT_LENGTH)
    if kept_subject is None:
        raise Refused("TEXT_REQUIRED", "A mail needs a subject.", "subject")
    kept_html = checked(html, "html", HTML_LENGTH, lines=True)
    kept = Wording(
        kept_subject,
        markup.harmless(kept_html) or None if kept_html is not None else None,
        checked(text, "text", TEXT_LENGTH, lines=True),
        in_language(language),
    )
    if kept.html is None and kept.text is None:
        raise Refused("TEXT_REQUIRED", "A mail needs a text: 'html', 'text' or both.", "html")
    if len(kept.keywords()) > MOST_KEYWORDS:
        raise Refused("TOO_LONG", f"{MOST_KEYWORDS} keywords are allowed.", "html")
    return kept


def in_language(given: str) -> str:
    if given not in LANGUAGES:
        raise Refused(
            "INVALID_LANGUAGE", f"'{given[:20]}' is none of: {', '.join(LANGUAGES)}.", "language"
        )
    return given


def nearest(language: str | None) -> str:
    """The language of ours that somebody with *language* reads."""
    return "fr" if language is None or language.lower().startswith("fr") else "en"


def name(given: str) -> str:
    kept = checked(given, "name", NAME_LENGTH)
    if kept is None:
        raise Refused("NAME_EMPTY", "A name must have at least one letter.", "name")
    return kept


def parts_of(given: str, field: str) -> Parts:
    """What *given* is made of. Braces that belong to no keyword are refused."""
    parts: Parts = []
    end = 0
    for found in _KEYWORD.finditer(given):
        parts.append(_plain(given, end, found.start(), field))
        otherwise = unescape(found[3] or "") if field == "html" else found[3] or ""
        parts.append(Keyword(found[1], found[2], otherwise))
        end = found.end()
    parts.append(_plain(given, end, len(given), field))
    return parts


def _plain(given: str, start: int, end: int, field: str) -> str:
    stray = _BRACES.search(given, start, end)
    if stray is not None:
        near = one_line(given[stray.start() : stray.start() + 40])
        message = (
            f"'{near}' is not a keyword: write {{{{contact.name}}}}, "
            'or {{contact.name|"what else"}}.'
        )
        raise Refused("MALFORMED_KEYWORD", message, field)
    return given[start:end]


def unknown(wording: Wording, known: Mapping[str, Iterable[str]]) -> list[Refused]:
    """Why its keywords can't be filled: *known* are the words by what stands before the dot."""
    return [
        Refused("UNKNOWN_KEYWORD", f"There is no keyword {keyword}.", field)
        for keyword, field in dict.fromkeys(wording.keywords())
        if keyword.word not in known.get(keyword.prefix, ())
    ]


def filled(wording: Wording, words: Mapping[str, Words]) -> Filled:
    """*wording* for one recipient; *words* are the values by what stands before the dot."""
    html = None
    if wording.html is not None:
        # Once more, because a value may have become the address of a link.
        html = markup.harmless(_fill(wording.html, "html", words, escape))
    if wording.text is not None:
        text = _fill(wording.text, "text", words, str)
    else:
        text = markup.plain(html or "")
    return Filled(one_line(_fill(wording.subject, "subject", words, str)), html, text)


def _fill(given: str, field: str, words: Mapping[str, Words], as_said: Callable[[str], str]) -> str:
    made, length = [], 0
    for part in parts_of(given, field):
        if isinstance(part, Keyword):
            value = words.get(part.prefix, {}).get(part.word) or part.otherwise
            part = as_said(value)
        made.append(part)
        length += len(part)
        if length > FILLED_LENGTH:
            message = f"Filled with its keywords, '{field}' is over {FILLED_LENGTH} characters."
            raise Refused("TOO_LONG", message, field)
    return "".join(made)
