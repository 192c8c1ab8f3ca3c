"""A page of a relation in the plain execution: each part is a method that finds it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from graphql import get_named_type

from core.kit.paging import PageInfo, page_size, write_cursor
from core.kit.records import blueprint
from core.kit.relation import Relation
from core.kit.rows import facet_text


class Page:
    def __init__(self, relation: Relation, asked: Any) -> None:
        self.first = page_size(asked.args)
        self.relation, self.asked = relation, asked
        type_: Any = get_named_type(asked.info.return_type)
        self.of = blueprint(type_.fields["nodes"].type)

    async def rows(self) -> Sequence[Any]:
        found: Sequence[Any] = await self.asked.rows(self.relation, self.of)
        return found

    def cursor(self, row: Any) -> str:
        return write_cursor(tuple(row)[len(self.of.columns) :])

    async def nodes(self) -> list[Any]:
        return [self.of.make(row) for row in (await self.rows())[: self.first]]

    async def has_more(self) -> bool:
        return len(await self.rows()) > self.first

    async def edges(self) -> list[Edge]:
        rows = (await self.rows())[: self.first]
        return [Edge(self.cursor(row), self.of.make(row)) for row in rows]

    async def page_info(self) -> PageInfo:
        rows = await self.rows()
        page = rows[: self.first]
        start, end = (self.cursor(page[0]), self.cursor(page[-1])) if page else (None, None)
        return PageInfo(has_next_page=len(rows) > self.first, start_cursor=start, end_cursor=end)

    async def total_count(self) -> int:
        count: int = await self.asked.count(self.relation)
        return count

    async def facets(self) -> list[FacetRow]:
        facets = self.relation.facets
        found = await asyncio.gather(
            *(self.asked.facet(self.relation, index) for index in range(len(facets)))
        )
        return [
            FacetRow(name, text(value), count)
            for (name, column), rows in zip(facets, found, strict=True)
            for text in (facet_text(column),)
            for value, count in rows
        ]


class Edge:
    def __init__(self, cursor: str, node: Any) -> None:
        self.cursor, self.node = lambda: cursor, lambda: node


class FacetRow:
    """One value of a facet, as ``FacetCount`` shows it."""

    def __init__(self, facet: str, value: str | None, count: int) -> None:
        self.facet, self.value, self.count = facet, value, count
