"""Headers of mails: ours go as they are, and those that all mails share are made once."""

from __future__ import annotations

from email.headerregistry import BaseHeader, HeaderRegistry
from email.policy import SMTP
from functools import lru_cache
from typing import Any

#: Those that we write ourselves, and from nobody's words: one line of ASCII.
_OURS = (
    "date",
    "message-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "precedence",
    "auto-submitted",
)


class _Folded(BaseHeader):
    """A header whose lines are made once: it may stand in many mails."""

    def fold(self, *, policy: Any) -> str:
        if (made := self.__dict__.get("_made")) is None:
            made = self.__dict__["_made"] = super().fold(policy=policy)
        return str(made)


class _Whole(BaseHeader):
    """A header that stays one line, however long.

    What is folded like a text has its long words encoded, as RFC 2047 allows for texts: nobody
    could read the address in ``List-Unsubscribe`` any more, nor unsubscribe by it.
    """

    max_count = 1

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = kwds["decoded"] = value

    def fold(self, *, policy: Any) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class _Headers(HeaderRegistry):
    def __init__(self) -> None:
        super().__init__(base_class=_Folded)
        for name in _OURS:
            self.map_to_type(name, _Whole)
        self._shared = lru_cache(maxsize=128)(super().__call__)
        self._class_of = lru_cache(maxsize=128)(super().__getitem__)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return self._class_of(name)

    def __call__(self, name: str, value: Any) -> Any:
        # Reading what stands in a header takes half of what a mail takes.
        if name.lower() in _SHARED and isinstance(value, str):
            return self._shared(name, value)
        return super().__call__(name, value)


#: Those that many mails have alike.
_SHARED = frozenset({"from", "content-type", "content-transfer-encoding", "mime-version"})
#: Seven bits: servers that take more are common, and not all.
POLICY = SMTP.clone(cte_type="7bit", header_factory=_Headers())
