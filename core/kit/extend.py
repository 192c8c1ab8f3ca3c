"""How a module widens a GraphQL type it does not own."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.types.base import (
    StrawberryObjectDefinition,
    StrawberryOptional,
    get_object_definition,
)
from strawberry.types.field import StrawberryField

from core.kit.context import Info
from core.kit.errors import ModuleError
from core.kit.fields import Declared
from core.kit.filters import Filter
from core.kit.settle import settle

T = TypeVar("T", bound=type)


def extend(*, requires: str | None) -> Callable[[T], T]:
    """Add a class's own fields to the Strawberry type it inherits from.

    This is ``extend type Contact { ... }`` of the GraphQL language: it makes no new type.
    The fields join the parent in the schemas of tenants that have the module on, and each
    one refuses callers without the permission *requires* (or its own). In the schema they are
    nullable whatever their annotation says, so that a field which is refused, or fails, is null
    with an error, and doesn't take the parent with it. Without a permission (None), every caller
    has them: what they show or do is the caller's own, or the rows say whose it is.

    A filter is widened likewise: its lists refuse callers who use a test without *requires*.
    """

    def decorate(cls: T) -> T:
        own = {name for name, value in vars(cls).items() if isinstance(value, StrawberryField)}
        if own != {n for n in {*vars(cls), *_annotations(cls)} if not n.startswith("__")}:
            raise ModuleError(f"{cls.__qualname__} may only have fields that are declared.")
        (target,) = cls.__bases__
        widened = target if issubclass(target, Filter) else None
        extension: Any = strawberry.type(cls) if widened is None else strawberry.input(cls)
        extension.__target__ = target
        extension.__added__ = [f for f in fields_of(extension) if f.python_name in own]
        for field in extension.__added__:
            if widened is not None:
                assert requires is not None, "tests of a filter belong to a permission"
                widened.widen(field.python_name, field.metadata["test"], requires)
            elif isinstance(field, Declared):
                field.requires = field.requires or requires
            elif not any(isinstance(e, Requires) for e in field.extensions):
                field.extensions.append(Open() if requires is None else Requires(requires))
        return extension  # type: ignore[no-any-return]

    return decorate


def _annotations(cls: type) -> dict[str, Any]:
    return inspect.get_annotations(cls)


class Requires(FieldExtension):
    """Refuses a field with a resolver to callers without a permission."""

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        info.context.demand(self.permission)
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        info.context.demand(self.permission)
        return await next_(source, info, **kwargs)


class Open(Requires):
    """Marks a field that every caller has: it says itself what is theirs."""

    def __init__(self) -> None:
        super().__init__("")

    def resolve(self, next_: Callable[..., Any], source: Any, info: Info, **kwargs: Any) -> Any:
        return next_(source, info, **kwargs)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        return await next_(source, info, **kwargs)


class ModularSchema(strawberry.Schema):
    """A schema whose types carry, besides their own fields, those the modules add."""

    def __init__(self, *, types: Iterable[type], modules: Any = None, **options: Any) -> None:
        #: Those whose types these are, for resolvers that gather what each of them contributes.
        self.modules = modules
        self._added: dict[type, dict[str, StrawberryField]] = {}
        self._from: dict[tuple[type, str], str] = {}
        types = list(types)
        for extension in types:
            if hasattr(extension, "__target__"):
                self._widen(extension.__target__, extension)
        super().__init__(types=[cls for cls in types if not hasattr(cls, "__target__")], **options)

    def _widen(self, target: type, extension: Any) -> None:
        added = self._added.setdefault(target, {})
        own = {field.python_name for field in fields_of(target)}
        for field in extension.__added__:
            name = field.python_name
            if name in own or name in added:
                by = self._from.get((target, name), target.__module__)
                raise ModuleError(
                    f"{extension.__module__} adds the field '{name}' to {target.__name__}, "
                    f"which already has one of that name from {by}."
                )
            added[name] = field
            self._from[target, name] = extension.__module__

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        origin = type_definition.origin
        added = (optional(field) for field in self._added.get(origin, {}).values())
        # Copies, because building a schema writes to its fields and tenants share them.
        return [settle(copy.copy(field), origin) for field in (*type_definition.fields, *added)]


def optional(field: StrawberryField) -> StrawberryField:
    if isinstance(field.type, StrawberryOptional):
        return field
    field = copy.copy(field)
    field.type_annotation = StrawberryAnnotation(StrawberryOptional(field.type))
    return field


def fields_of(cls: type) -> list[StrawberryField]:
    return get_object_definition(cls, strict=True).fields
