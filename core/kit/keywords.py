"""What templates may say of a thing: keywords, and how their values are read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from core.kit.session import TenantSession

#: The words of one thing, as they stand in a text; None is nothing to say.
Words = Mapping[str, str | None]
#: Given the keys of some things and a language (``fr``, ``en``), the words of those there are.
ReadWords = Callable[["TenantSession", Sequence[UUID], str], Awaitable[Mapping[UUID, Words]]]


@dataclass(frozen=True, eq=False)
class KeywordSource:
    """``KeywordSource("mission", "mission", "missions.read", {"reference": "Its number."}, read)``
    makes ``{{mission.reference}}`` a keyword.

    *prefix* stands before the dot. *of* begins the global ids of what the words are about, *what*
    names it in errors (with its article), and *requires* is the permission without which nobody
    may put them into a mail. *read* gives all *words* at once.
    """

    prefix: str
    of: str
    requires: str
    words: Mapping[str, str]
    read: ReadWords
    what: str
