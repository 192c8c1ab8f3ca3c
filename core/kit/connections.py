"""The shapes of lists: pages, short lists of what is recent, and counts beside them."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

from core.kit.fields import declared
from core.kit.paging import PageInfo
from core.kit.settle import Paged
from core.kit.sources import Part

T = TypeVar("T")


@strawberry.type(description="A row of a list, and where it stands in it.")
class Edge(Generic[T]):
    cursor: str = declared(Part("cursor"))
    node: T = declared(Part("node"))


@strawberry.type(description="A page of a list.")
class Connection(Paged, Generic[T]):
    nodes: list[T] = declared(Part("nodes"))
    edges: list[Edge[T]] = declared(Part("edges"))
    page_info: PageInfo = declared(Part("page_info"))
    total_count: int = declared(
        Part("total_count"), "How many rows there are on all pages. Counted only when asked for."
    )


@strawberry.type(description="How many rows have a value.")
class FacetCount:
    facet: str = strawberry.field(description="What is counted, such as `status`.")
    value: str | None
    count: int


@strawberry.type(description="A page of a list, with counts of what the list holds.")
class FacetedConnection(Paged, Generic[T]):
    nodes: list[T] = declared(Part("nodes"))
    edges: list[Edge[T]] = declared(Part("edges"))
    page_info: PageInfo = declared(Part("page_info"))
    total_count: int = declared(
        Part("total_count"), "How many rows there are on all pages. Counted only when asked for."
    )
    facets: list[FacetCount] = declared(
        Part("facets"),
        "Per value, the rows that pass all filters but the one on the value's own field.",
    )


@strawberry.type(description="The newest rows, none older than was asked.")
class Recent(Paged, Generic[T]):
    nodes: list[T] = declared(Part("nodes"))
    has_more: bool = declared(Part("has_more"), "Whether there were more within the same days.")
