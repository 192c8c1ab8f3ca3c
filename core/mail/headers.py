"""Headers of mails, written by us: what a name or a subject holds is text, whatever it looks like.

The headers of the standard library read what they are given first. What looks like an encoded word
(RFC 2047) is decoded then, line breaks in it and all, and those were written as they were.
"""

from __future__ import annotations

import re
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry
from email.policy import SMTP
from functools import lru_cache
from typing import Any
from urllib.parse import quote

#: What a line may be long; the standard allows 998.
LINE_LENGTH = 76
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_. ()-]{1,60}")
_PIECES = re.compile(r"(?:%[0-9A-F]{2}|[^%]){1,16}")


class _Ours(BaseHeader):
    """A header that stands as it is given, on one line however long.

    Folded like a text, its long words would be encoded: nobody could read the address in
    ``List-Unsubscribe`` any more, nor unsubscribe by it.
    """

    max_count = 1

    @classmethod
    def parse(cls, value: Any, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"], kwds["decoded"] = value, str(value)

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self.written(policy.linesep)}{policy.linesep}"

    def written(self, linesep: str) -> str:
        return str(self)


class _Text(_Ours):
    """A subject."""

    def written(self, linesep: str) -> str:
        return _words(str(self), len(self.name) + 2, linesep)


class _Mailbox(_Ours):
    """A name and an address."""

    def written(self, linesep: str) -> str:
        address: Address = self._parse_tree  # type: ignore[attr-defined]
        name = address.display_name
        if not name:
            return address.addr_spec
        if _is_plain(name):
            shown = name if _ATOM.fullmatch(name) else _quoted(name)
        else:
            shown = _encoded(name, len(self.name) + 2, linesep)
        last = len(shown.rpartition(linesep)[2]) + len(self.name) + len(address.addr_spec)
        return f"{shown}{linesep if last > LINE_LENGTH else ''} <{address.addr_spec}>"


class _Attached(_Ours):
    """The name of a file, by RFC 2231 if it isn't a simple one."""

    content_disposition = "attachment"

    def written(self, linesep: str) -> str:
        name = str(self._parse_tree)  # type: ignore[attr-defined]
        if _PLAIN_NAME.fullmatch(name):
            return f'attachment; filename="{name}"'
        pieces = _PIECES.findall(quote(name, safe=""))
        many = [
            f"filename*{number}*={'' if number else _CHARSET}{piece}"
            for number, piece in enumerate(pieces)
        ]
        return f";{linesep} ".join(["attachment", *many])

    @classmethod
    def parse(cls, value: Any, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = value
        kwds["decoded"] = f"attachment; filename*={_CHARSET}{quote(str(value), safe='')}"


_CHARSET = "utf-8''"


class _Headers(HeaderRegistry):
    def __init__(self) -> None:
        super().__init__()
        for name in (
            "date", "message-id", "list-unsubscribe", "list-unsubscribe-post", "precedence",
            "auto-submitted",
        ):  # fmt: skip
            self.map_to_type(name, _Ours)
        for name in ("from", "to", "reply-to"):
            self.map_to_type(name, _Mailbox)
        self.map_to_type("subject", _Text)
        self.map_to_type("content-disposition", _Attached)
        self._class_of = lru_cache(maxsize=128)(super().__getitem__)
        # Those of the parts: to read them takes longer than all else of a mail.
        self._of_parts = lru_cache(maxsize=128)(super().__call__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._class_of(name)

    def __call__(self, name: str, value: Any) -> Any:
        if name.lower() in _OF_PARTS:
            return self._of_parts(name, value)
        return super().__call__(name, value)


_OF_PARTS = frozenset({"content-type", "content-transfer-encoding", "mime-version"})
#: Seven bits: servers that take more are common, and not all.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_Headers())


def attached(filename: str) -> Any:
    """The header that says that a part is a file of that name."""
    return POLICY.header_factory("Content-Disposition", filename)


def _words(text: str, begun: int, linesep: str) -> str:
    if _is_plain(text) and all(len(word) < LINE_LENGTH - begun for word in text.split(" ")):
        return Header(text, "us-ascii", LINE_LENGTH, " " * (begun - 2)).encode(linesep=linesep)
    return _encoded(text, begun, linesep)


def _encoded(text: str, begun: int, linesep: str) -> str:
    """*text* as encoded words, on lines of which the first has *begun* already."""
    return Header(text, "utf-8", LINE_LENGTH, " " * (begun - 2)).encode(linesep=linesep)


def _is_plain(text: str) -> bool:
    """Whether *text* can stand as it is: nobody would take a part of it for an encoded word."""
    return text.isascii() and "=?" not in text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
