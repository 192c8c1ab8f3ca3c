"""What can be told of a document before it is parsed: its length, tokens and nesting."""

from __future__ import annotations

import re
from typing import Any

from graphql import GraphQLError

from core.kit.limits import LIMITS, Limits, TooMuch

#: A token, as loosely as counting needs. Closing quotes are optional and every repetition is
#: possessive, or a text of quotes and backslashes would take quadratic time.
TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\"""|\\|"(?!""))*+(?:""")?'
    r'|"(?:[^"\\\n\r]++|\\.)*+"?'
    r"|\#[^\n\r]*+|\.\.\.|[A-Za-z_]\w*+|-?[0-9][0-9.eE+-]*+|[^\s,\ufeff]"
)
#: The character that PostgreSQL's texts can't hold, itself or escaped.
NUL = re.compile(r"\x00|(?<!\\)(?:\\\\)*\\u(?:0000|\{0+\})")
OPEN, CLOSE = frozenset("([{"), frozenset(")]}")


def check_text(text: str, limits: Limits = LIMITS) -> None:
    """Refuse what the parser, which is recursive and slow, should not even see."""
    if len(text) > limits.characters:
        raise TooMuch(
            "characters", len(text), limits.characters, "Put large values into variables."
        )
    if NUL.search(text):
        raise GraphQLError(
            "The document holds the character U+0000, which can't be kept.",
            extensions={"code": "BAD_USER_INPUT"},
        )
    tokens = TOKEN.findall(text)
    if len(tokens) > limits.tokens:
        raise TooMuch("tokens", len(tokens), limits.tokens)
    digits = max((len(t) for t in tokens if t[0] in "-0123456789"), default=0)
    if digits > limits.digits:
        raise TooMuch("digits of a number", digits, limits.digits)
    levels, values = _nesting(tokens)
    if levels > limits.nesting:
        raise TooMuch("depth", levels, limits.depth)
    if values > limits.nesting:
        raise TooMuch("nested brackets", values, limits.nesting)


def has_nul(value: Any) -> bool:
    """Whether a variable's value holds the character U+0000 anywhere."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(has_nul(key) or has_nul(each) for key, each in value.items())
    return isinstance(value, list) and any(map(has_nul, value))


def _nesting(tokens: list[str]) -> tuple[int, int]:
    """How deep selections and values are nested. Values are what stands in other brackets."""
    levels = values = deepest_levels = deepest_values = 0
    for token in tokens:
        if token == "{" and not values:
            levels += 1
            deepest_levels = max(deepest_levels, levels)
        elif token == "}" and not values:
            levels -= 1
        elif token in OPEN:
            values += 1
            deepest_values = max(deepest_values, values)
        elif token in CLOSE:
            values -= 1
    return deepest_levels, deepest_values
