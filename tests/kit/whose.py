"""Whose rows a statement reads: row-level security is the net, not the rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from core.kit.db import Base

#: What may stand behind a table in place of an alias.
_NO_ALIAS = (
    r"(?!(?:where|on|join|left|inner|cross|order|group|limit|union|as|using|set|values|select"
    r"|returning|for)\b)"
)
_OWNED = "|".join(
    sorted((t.name for t in Base.metadata.tables.values() if "tenant_id" in t.c), key=len)[::-1]
)
#: SQLAlchemy writes a condition that nothing can fulfil as this alone: no row is read.
_NOTHING = re.compile(
    r"(?i)\bfrom (?:(?!\b(?:select|from|where)\b).)+ where false(?! (?:and|or)\b)"
)
#: What is added is its tenant's by a policy of the table, and by its keys: nothing is read.
_ADDED = re.compile(rf"(?i)\binsert into (?:{_OWNED})\b(?: as \w+)?")
#: A name before a dot is that of a column; any other is a table that is read.
_READ = re.compile(rf"(?i)(?<![.\w'])({_OWNED})\b(?![.'])(?: (?:as )?{_NO_ALIAS}(\w+))?")


def unsaid(statement: str) -> list[str]:
    """The tables that *statement* reads or changes without saying of which tenant."""
    text = _ADDED.sub("", _NOTHING.sub("", " ".join(statement.split())))
    read = Counter(alias or table for table, alias in _READ.findall(text))
    # SQL by hand may leave the name out where it reads one table.
    unnamed = len(re.findall(r"(?i)(?<![.\w])tenant_id = ", text))
    missing = {
        name: count - len(re.findall(rf"\b{name}\.tenant_id = |= {name}\.tenant_id\b", text))
        for name, count in read.items()
    }
    lacking = [name for name, count in missing.items() if count > 0]
    return lacking if sum(missing[name] for name in lacking) > unnamed else []


@dataclass
class Overhearing:
    """All statements that sessions of this process send, each looked at once."""

    seen: set[str] = field(default_factory=set)
    #: Those that don't say of which tenant, since somebody asked last: with the tables.
    wrong: list[tuple[list[str], str]] = field(default_factory=list)

    def hear(self, statement: str) -> None:
        if statement not in self.seen:
            self.seen.add(statement)
            if tables := unsaid(statement):
                self.wrong.append((tables, statement))

    def told(self) -> list[tuple[list[str], str]]:
        wrong, self.wrong = self.wrong, []
        return wrong


@contextmanager
def overhearing() -> Iterator[Overhearing]:
    """Hear what is sent by sessions, whoever made their engine; not what is asked as the owner."""
    heard = Overhearing()

    def hear(connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if connection.dialect.driver == "asyncpg":
            heard.hear(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    yield heard
    event.remove(Engine, "before_cursor_execute", hear)
