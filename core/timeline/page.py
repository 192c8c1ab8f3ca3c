"""A page of a timeline: one statement for all contacts that are asked for the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from aiodataloader import DataLoader
from graphql import GraphQLField

from core.hierarchy.models import ContactClosure
from core.kit.arguments import Args, Parameters, shape
from core.kit.context import MAX_BATCH, Context, Info
from core.kit.db import Statement
from core.kit.errors import BadInput
from core.kit.ids import global_id
from core.kit.loaders import Asked as AskedField
from core.kit.loaders import known
from core.kit.paging import PageInfo, page_size, read_cursor, write_cursor
from core.kit.pool import PlanMode
from core.kit.timeline import PLACE_TYPES, Asked, TimelineSource, count_statement, page_statement

_TREE: Any = ContactClosure.__table__
Make = Callable[[Sequence[TimelineSource], Asked], Statement]
#: A row of the statement: whose it was asked for, then what an entry shows.
_AT, _KIND, _ID, _CONTACT, _TITLE, _DETAIL = range(1, 7)


def page_of(root: Any, info: Info, entry: type) -> TimelinePage:
    modules: Any = info.schema
    args = AskedField(root, info._raw_info).args
    page_size(args)
    may = info.context.permissions
    visible = [s for s in modules.modules.timeline_sources if s.requires in may]
    raw = info._raw_info
    return TimelinePage(
        root.row_key, info.context, args, _chosen(visible, args), entry,
        _shape(raw.parent_type.fields[raw.field_name], args),
    )  # fmt: skip


def _chosen(visible: list[TimelineSource], args: Args) -> tuple[TimelineSource, ...]:
    """The sources of the kinds that are asked for. What may not be seen is as unknown."""
    kinds = (args.get("where") or {}).get("kinds")
    if kinds is None:
        return tuple(visible)
    there = {source.kind for source in visible}
    for kind in kinds:
        if kind not in there:
            raise BadInput(
                f"There is no kind '{kind[:40]}' here. Those are: {', '.join(sorted(there))}."
            )
    return tuple(source for source in visible if source.kind in kinds)


def _shape(field: GraphQLField, args: Args) -> Any:
    return tuple(shape(field.args[name].type, args.get(name), ()) for name in field.args)


class TimelinePage:
    """The parts of the connection, each a method that finds it."""

    def __init__(
        self,
        contact: UUID,
        context: Context,
        args: Args,
        sources: tuple[TimelineSource, ...],
        entry: type,
        shape: Any,
    ) -> None:
        self._contact, self._context, self._args = contact, context, args
        self._sources, self._entry, self._shape = sources, entry, shape
        self._first = args["first"]

    async def nodes(self) -> list[Any]:
        return [self._made(row) for row in (await self._rows())[: self._first]]

    async def edges(self) -> list[TimelineEdge]:
        rows = (await self._rows())[: self._first]
        return [TimelineEdge(_cursor(row), self._made(row)) for row in rows]

    async def page_info(self) -> PageInfo:
        rows = await self._rows()
        page = rows[: self._first]
        start, end = (_cursor(page[0]), _cursor(page[-1])) if page else (None, None)
        return PageInfo(has_next_page=len(rows) > self._first, start_cursor=start, end_cursor=end)

    async def total_count(self) -> int:
        (count,) = await self._load(count_statement) or [(None, 0)]
        return int(count[1])

    async def _rows(self) -> list[Any]:
        return await self._load(page_statement)

    async def _load(self, make: Make) -> list[Any]:
        if not self._sources:
            return []
        key = ("timeline", make.__name__, *(source.kind for source in self._sources), self._shape)
        loader = self._context.loader((key, repr(self._args)), lambda: _Loader(self, make, key))
        found: list[Any] = await loader.load(self._contact)
        return found

    def _made(self, row: Any) -> Any:
        prefix = next(s.prefix for s in self._sources if s.kind == row[_KIND])
        return self._entry(
            contact_key=row[_CONTACT],
            id=global_id(prefix, row[_ID]),
            kind=row[_KIND],
            at=row[_AT],
            title=row[_TITLE],
            detail=row[_DETAIL],
        )


class TimelineEdge:
    def __init__(self, cursor: str, node: Any) -> None:
        self.cursor, self.node = lambda: cursor, lambda: node


class _Loader(DataLoader[UUID, list[Any]]):
    """The rows of many contacts for one set of arguments."""

    def __init__(self, page: TimelinePage, make: Make, key: Any) -> None:
        super().__init__(max_batch_size=MAX_BATCH)
        self._context, self._args = page._context, page._args
        self._sources, self._make, self._key = page._sources, make, key

    async def batch_load_fn(self, keys: Sequence[UUID]) -> list[list[Any]]:
        statement, parameters = known(self._key, self._statement)
        args, where = self._args, self._args.get("where") or {}
        given = {
            **statement.constants,
            **{name: read(args) for name, (_, read) in parameters.readers.items()},
            "tenant": self._context.tenant,
            "contacts": list(keys),
            "limit": page_size(args) + 1,
            "since": where.get("since"),
            "until": where.get("until"),
        }
        if args.get("after") is not None:
            place = read_cursor(args["after"], PLACE_TYPES)
            given |= dict(zip(("at", "kind", "id"), place, strict=True))
        along_tree = args.get("scope") is not None
        mode: PlanMode = "force_custom_plan" if along_tree else "force_generic_plan"
        rows = await self._context.fetch(
            statement.text, [given[name] for name in statement.names], mode=mode
        )
        found: dict[UUID, list[Any]] = {key: [] for key in keys}
        for row in map(tuple, rows):
            found[row[0]].append(row)
        return [found[key] for key in keys]

    def _statement(self) -> tuple[Statement, Parameters]:
        args, where = self._args, self._args.get("where") or {}
        parameters = Parameters()
        tree = None
        if args.get("scope") is not None:
            tree = (_TREE, args, parameters.variable(0, args))
        asked = Asked(
            after=args.get("after") is not None,
            since=where.get("since") is not None,
            until=where.get("until") is not None,
            tree=tree,
        )
        return self._make(self._sources, asked), parameters


def _cursor(row: Any) -> str:
    return write_cursor([row[_AT], row[_KIND], row[_ID]])
