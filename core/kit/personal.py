"""What a module holds on a person: where it is found, and what becomes of it at an erasure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.sql import ColumnElement

from core.kit.ids import global_id
from core.kit.mentions import Mentions

if TYPE_CHECKING:
    from core.kit.session import TenantSession


class Treatment(StrEnum):
    """What becomes of rows when the person they are about is erased."""

    ERASED = "ERASED"
    PSEUDONYMISED = "PSEUDONYMISED"
    KEPT = "KEPT"


@dataclass(frozen=True)
class Subject:
    """A person whose data is asked for, or is to be forgotten."""

    #: How their global id begins, and their key.
    of: str
    key: UUID
    #: The table of their row, under which the audit log knows them also when it is gone.
    table: str
    #: What they are called from then on.
    pseudonym: str
    #: Their addresses in lower case, today's and former ones.
    addresses: tuple[str, ...]
    #: What names them in texts, and nobody else.
    mentions: Mentions

    @property
    def identifier(self) -> str:
        """Their id as links that modules keep as texts have it."""
        return global_id(self.of, self.key)


@dataclass(frozen=True)
class Said:
    """The same in French and in English."""

    french: str
    english: str

    def of(self, language: str) -> str:
        return self.french if language == "fr" else self.english


#: Given a subject, the test on a row of the table that says whether it is about them.
Where = Callable[[Subject], ColumnElement[bool]]
#: Makes rows say nothing of a subject; how many it were.
Erase = Callable[["TenantSession", Subject], Awaitable[int]]


@dataclass(frozen=True, eq=False)
class PersonalData:
    """Rows of one table that are about a person.

    *shows* are the columns that the person is told, and what they are called. Of rows that are
    PSEUDONYMISED, *becomes* says what columns hold afterwards; those that are ERASED are deleted;
    *erase* does either in another way. *file* is a column with a file that the row holds a claim
    on, which is let go. Texts that merely name a person are not the module's concern: core looks
    for them in every text of every table, unless rows are KEPT (their *shows* are left alone), or
    *names_others*: rows of other persons, who may be called the same.
    """

    model: Any
    title: Said
    where: Where
    treatment: Treatment
    why: Said
    shows: Mapping[str, Said] = field(default_factory=dict)
    #: Expressions for those of *shows* that are no columns.
    reads: Mapping[str, Any] = field(default_factory=dict)
    becomes: Callable[[Subject], dict[str, Any]] | None = None
    erase: Erase | None = None
    file: str | None = None
    names_others: bool = False
