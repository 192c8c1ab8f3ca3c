"""Full-text search as a declared capability of lists: the argument ``search``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, func, select
from sqlalchemy.sql import ColumnElement, FromClause

from core.kit.arguments import Bind
from core.kit.db import TENANT
from core.kit.sql import key_of


@dataclass(frozen=True, eq=False)
class Search:
    """The rows whose keys a function of the database finds for some words.

    Operators that search text may leak what they compare, so row-level security keeps them
    from using an index. The function runs as the owner of the tables instead: it takes the
    tenant, and must find nothing unless that is the tenant of the connection.
    """

    #: ``function(tenant uuid, words text[]) returns setof uuid``.
    function: str
    #: The words of what was typed.
    words: Callable[[str], Sequence[str]]
    description: str

    def condition(self, table: FromClause, bind: Bind) -> ColumnElement[bool]:
        words = bind(lambda args: list(self.words(args["search"])), ARRAY(Text))
        found = getattr(func, self.function)(TENANT, words).column_valued("found")
        return key_of(table).in_(select(found))  # type: ignore[no-any-return]
