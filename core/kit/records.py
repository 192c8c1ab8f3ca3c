"""Rows as objects of the API: for resolvers written by hand, and for the plain execution."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import orjson
from graphql import GraphQLEnumType, GraphQLObjectType, get_named_type
from sqlalchemy import JSON, Table

from core.kit.errors import ModuleError
from core.kit.ids import global_id
from core.kit.relation import Relation
from core.kit.sources import Record


class Blueprint:
    """How to make the record of a GraphQL type from a row with all columns of its table."""

    def __init__(self, type_: GraphQLObjectType) -> None:
        self.cls: type[Record] = type_.extensions["strawberry-definition"].origin
        self.table: Table = self.cls.__table__
        self.by_id = Relation(self.table, by="id", where=self.cls.__seen__)
        self.columns = [column.key for column in self.table.c]
        self.keys = [c.key for c in self.table.primary_key if c.key != "tenant_id"]
        self._keys = [self.columns.index(key) for key in self.keys]
        self._attributes: list[tuple[str, int, Callable[[Any], Any] | None]] = [
            (field.python_name, self.columns.index(field.python_name), self._convert(g.type, field))
            for g in type_.fields.values()
            if (field := g.extensions["strawberry-definition"]).is_basic_field
            and self._has(field.python_name, type_.name)
        ]

    def _has(self, name: str, type_name: str) -> bool:
        if name not in self.columns:
            raise ModuleError(f"{type_name}.{name}: {self.table.name} has no such column.")
        return True

    def _convert(self, type_: Any, field: Any) -> Callable[[Any], Any] | None:
        named = get_named_type(type_)
        if named.name == "ID":
            return partial(global_id, id_prefix(self.table, field.python_name))
        if isinstance(named, GraphQLEnumType):
            # An unknown value stays as it is: completing that leaf reports it.
            members = {v: m for m in named.wrapped_cls for v in (m.value,)}  # type: ignore[attr-defined]
            return lambda stored: members.get(stored, stored)
        if isinstance(self.table.c[field.python_name].type, JSON):
            return orjson.loads
        return None

    def make(self, row: Sequence[Any] | None, ready: dict[str, Any] | None = None) -> Any:
        if row is None:
            return None
        record = self.cls.__new__(self.cls)
        for name, index, convert in self._attributes:
            value = row[index]
            setattr(record, name, convert(value) if convert and value is not None else value)
        record._row = row
        record._ready = ready
        return record

    def key(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(row[i] for i in self._keys)

    def get(self, row: Sequence[Any], column: str) -> Any:
        return row[self.columns.index(column)]


def id_prefix(table: Table, column: str) -> str:
    """How the global ids in *column* begin: its own table's, or that of the row it points to."""
    for key in table.c[column].foreign_keys:
        return str(key.column.table.info["prefix"])
    return str(table.info["prefix"])


_blueprints: WeakKeyDictionary[GraphQLObjectType, Blueprint] = WeakKeyDictionary()


def blueprint(type_: Any) -> Blueprint:
    named = get_named_type(type_)
    if named not in _blueprints:
        _blueprints[named] = Blueprint(named)
    return _blueprints[named]
