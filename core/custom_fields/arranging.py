"""The options of a list are made what is given."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from core.custom_fields import rules
from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.options import GivenOption
from core.kit.errors import Refused
from core.kit.session import TenantSession


async def options_of(session: TenantSession, field_id: UUID) -> Sequence[CustomOption]:
    """All of them, archived ones too, in order."""
    found = await session.scalars(
        select(CustomOption)
        .where(CustomOption.field_id == field_id)
        .order_by(CustomOption.position, CustomOption.id)
    )
    return found.all()


async def arrange(
    session: TenantSession, field: CustomField, options: Sequence[GivenOption]
) -> None:
    """Make the options of *field* those given, in their order: by key, else by label."""
    kept = {option.key: option for option in await options_of(session, field.id)}
    before = [o.label for o in kept.values() if o.archived_at is None]
    named = {o.key for o in options if o.key is not None}
    by_label = {o.label.casefold(): o for o in kept.values() if o.key not in named}
    chosen = [
        _existing(kept, given)
        or by_label.get(given.label.casefold())
        or add_option(session, field, kept, given.label)
        for given in options
    ]
    standing = {option.key for option in chosen}
    for option in kept.values():
        if option.key not in standing:
            option.archived_at = option.archived_at or session.now
    for position, (option, given) in enumerate(zip(chosen, options, strict=True)):
        option.label, option.position, option.archived_at = given.label, position, None
    await session.flush()
    after = [given.label for given in options]
    if before and before != after:
        session.record(field, {"options": [before, after]})


def _existing(kept: dict[str, CustomOption], given: GivenOption) -> CustomOption | None:
    if given.key is not None and given.key not in kept:
        raise Refused("UNKNOWN_OPTION", f"The field has no option '{given.key[:60]}'.", "options")
    return kept[given.key] if given.key is not None else None


def add_option(
    session: TenantSession,
    field: CustomField,
    kept: dict[str, CustomOption],
    label: str,
    key: str | None = None,
) -> CustomOption:
    """A further option, with *key* or one made from its label; *kept* has all there are."""
    option = CustomOption(
        field_id=field.id,
        key=key if key and key not in kept else rules.derived_key(label, kept, "option"),
        label=label,
        position=0,
    )
    kept[option.key] = option
    session.add(option)
    return option
