"""How a mutation is written: a function of a session and an input, in one transaction.

    @extend(requires="contacts.write")
    class ContactMutations(Mutation):
        @mutation
        async def contact_create(
            info: Info, session: TenantSession, input: ContactCreateInput
        ) -> ContactPayload:
            \"\"\"Add a contact.\"\"\"
            return ContactPayload.of(await services.create(session, **values(input)))

Refusals become ``userErrors`` and undo everything; a repeated ``idempotencyKey`` answers again;
what PostgreSQL gives up because others hold what it wants is tried again.
"""

from __future__ import annotations

import hashlib
import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import Constraint, Index
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from strawberry.extensions import FieldExtension
from strawberry.utils.str_converters import to_camel_case

from core.kit import idempotency
from core.kit.again import tried_again
from core.kit.context import Info
from core.kit.db import Base
from core.kit.errors import Refused, RefusedTogether
from core.kit.extend import Requires
from core.kit.ids import key_in
from core.kit.payloads import Payload, UserWarning

KEY = strawberry.argument(
    description="Up to 255 characters of your choice; the same key within 24 hours answers again "
    "instead of writing again."
)


@typing.overload
def mutation(function: Callable[..., Any]) -> Any: ...
@typing.overload
def mutation(
    *, requires: str | None = None, ahead: Callable[..., Awaitable[Any]] | None = None
) -> Callable[[Callable[..., Any]], Any]: ...
def mutation(function: Any = None, *, requires: str | None = None, ahead: Any = None) -> Any:
    """Make *function* a field of ``Mutation``: it gets a session, and is undone if it refuses.

    *ahead* is what takes its time and needs no transaction, such as asking another server: it
    gets ``info`` and the inputs, and what it returns is the function's ``brought``.
    """
    if function is None:
        return partial(_field, requires=requires, ahead=ahead)
    return _field(function)


def _field(function: Any, requires: str | None = None, ahead: Any = None) -> Any:
    given = inspect.signature(function).parameters
    inputs = [name for name in given if name not in ("info", "session", "brought")]
    hints = typing.get_type_hints(function)
    payload: type[Payload] = hints["return"]

    async def resolve(self: Any, info: Info, idempotency_key: Any = None, **args: Any) -> Payload:
        context = info.context

        async def write() -> Payload:
            context.forget()
            async with context.session() as session:
                request = _fingerprint(info.field_name, args)
                if idempotency_key is not None:
                    answered = await idempotency.begin(session, idempotency_key, request)
                    if answered is not None:
                        return _restored(payload, answered)
                made: Payload = await function(info, session, **args, **brought)
                await session.flush()
                if idempotency_key is not None:
                    await idempotency.finish(session, idempotency_key, _kept(made))
            return made

        try:
            brought = {} if ahead is None else {"brought": await ahead(info, **args)}
            return await tried_again(write, info.field_name)
        except RefusedTogether as together:
            return payload.refused(*together.refusals)
        except Refused as refused:
            return payload.refused(refused)
        except StaleDataError:
            return payload.refused(_lost_race())
        except IntegrityError as error:
            return payload.refused(_refusal_of(error))
        finally:
            context.forget()

    resolve.__name__ = function.__name__
    resolve.__doc__ = function.__doc__
    resolve.__module__ = function.__module__
    resolve.__annotations__ = {
        "info": Info,
        **{name: hints[name] for name in inputs},
        "idempotency_key": typing.Annotated[str | None, KEY],
        "return": payload,
    }
    kind = inspect.Parameter.KEYWORD_ONLY
    resolve.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(
                inspect.Parameter(name, kind, annotation=resolve.__annotations__[name])
                for name in ("info", *inputs)
            ),
            inspect.Parameter(
                "idempotency_key", kind, default=None,
                annotation=resolve.__annotations__["idempotency_key"],
            ),
        ],
        return_annotation=payload,
    )  # fmt: skip
    extensions: list[FieldExtension] = [Requires(requires)] if requires else []
    return strawberry.mutation(
        resolver=resolve, description=inspect.getdoc(function), extensions=extensions
    )


def values(input_: Any, **ids: str) -> dict[str, Any]:
    """What was given in an input, by Python name; *ids* says which are ids, and of what.

    ``values(input, group_id="contact_group")`` turns that global id, or each of a list, into
    its key.
    """
    found = {}
    for name, value in vars(input_).items():
        if value is strawberry.UNSET:
            continue
        if name in ids and value is not None:
            value = _keys(value, ids[name], to_camel_case(name))
        found[name] = value
    return found


def _keys(given: Any, prefix: str, field: str) -> Any:
    if isinstance(given, list):
        return [key_in(each, prefix, field=field) for each in given]
    return key_in(given, prefix, field=field)


def _fingerprint(field: str, args: Mapping[str, Any]) -> str:
    text = orjson.dumps(
        [field, {name: repr(value) for name, value in args.items()}], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(text).hexdigest()


def _kept(made: Payload) -> dict[str, Any]:
    return {
        "key": made.key.hex if made.key else None,
        "warnings": [[w.code, w.field, w.message] for w in made.warnings],
    }


def _restored(payload: type[Payload], answered: dict[str, Any]) -> Payload:
    return payload(
        key=UUID(answered["key"]) if answered["key"] else None,
        warnings=[
            UserWarning(code=code, field=field, message=message)
            for code, field, message in answered["warnings"]
        ],
    )


def _lost_race() -> Refused:
    return Refused(
        "STALE_VERSION", "Somebody else wrote this row a moment ago. Read it again.", "version"
    )


@cache
def _constraints() -> dict[str, tuple[str, str, str | None]]:
    """What a broken constraint means, by its name: its ``info["refused"]``."""
    found = {}
    for table in Base.metadata.tables.values():
        items: list[Constraint | Index] = [*table.constraints, *table.indexes]
        for item in items:
            if "refused" in item.info and item.name:
                found[str(item.name)] = item.info["refused"]
    return found


def _refusal_of(error: IntegrityError) -> Refused:
    """The refusal that a broken constraint stands for; a constraint without one is a bug."""
    name = getattr(getattr(error.orig, "__cause__", None), "constraint_name", None)
    if name in _constraints():
        code, message, field = _constraints()[name]
        return Refused(code, message, field)
    raise error
