"""What is done with the definitions of custom fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.contacts.models import ContactGroup
from core.custom_fields import rules
from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.rules import FieldType, GivenOption
from core.kit.errors import Refused
from core.kit.session import TenantSession, check_version


async def create_field(
    session: TenantSession,
    group_id: UUID,
    label: str,
    type_: FieldType,
    *,
    key: str | None = None,
    mandatory: bool = False,
    visible_on_device: bool = False,
    editable_on_device: bool = False,
    options: Sequence[GivenOption] | None = None,
) -> CustomField:
    """Add a field to those of a group, as the last; its key never changes."""
    group = await session.find(ContactGroup, group_id, "contact group", field="groupId", lock=True)
    label = rules.label_of(label)
    rules.check_device(visible_on_device, editable_on_device)
    rules.check_options(type_, options)
    fields = await _fields(session, group.id)
    taken = {field.key for field in fields}
    field = CustomField(
        group_id=group.id,
        key=rules.check_key(key) if key else rules.derived_key(label, taken, "field"),
        label=label,
        type=type_.value,
        position=max((f.position for f in fields), default=-1) + 1,
        mandatory=mandatory,
        visible_on_device=visible_on_device,
        editable_on_device=editable_on_device,
    )
    session.add(field)
    await session.flush()
    if options is not None:
        await _arrange(session, field, options)
    return field


async def update_field(
    session: TenantSession,
    key: UUID,
    version: int | None,
    *,
    options: Sequence[GivenOption] | None = None,
    **changes: Any,
) -> CustomField:
    """Change what a field is called and carries; options that are no longer given are archived."""
    field = await session.find(CustomField, key, "custom field", field="id", lock=True)
    check_version(field, version)
    if "label" in changes:
        changes["label"] = rules.label_of(changes["label"])
    for name, value in changes.items():
        setattr(field, name, value)
    rules.check_device(field.visible_on_device, field.editable_on_device)
    if options is not None:
        rules.check_options(FieldType(field.type), options)
        await _arrange(session, field, options)
    return field


async def reorder_fields(
    session: TenantSession, group_id: UUID, keys: Sequence[UUID]
) -> ContactGroup:
    """Put the fields of a group in the order of *keys*; archived ones come after them."""
    group = await session.find(ContactGroup, group_id, "contact group", field="groupId", lock=True)
    fields = await _fields(session, group.id)
    shown = {field.id: field for field in fields if field.archived_at is None}
    if len(keys) != len(shown) or set(keys) != set(shown):
        raise Refused(
            "ORDER_INCOMPLETE",
            f"Name each of the group's {len(shown)} fields that aren't archived, once.",
            "ids",
        )
    archived = [field for field in fields if field.archived_at is not None]
    for position, field in enumerate([*(shown[k] for k in keys), *archived]):
        field.position = position
    return group


async def archive_field(session: TenantSession, key: UUID, version: int | None) -> CustomField:
    """Hide a field and its values; nothing is lost."""
    field = await session.find(CustomField, key, "custom field", field="id", lock=True)
    check_version(field, version)
    field.archived_at = field.archived_at or session.now
    return field


async def restore_field(session: TenantSession, key: UUID, version: int | None) -> CustomField:
    """Show a field again, with the values it had."""
    field = await session.find(CustomField, key, "custom field", field="id", lock=True)
    check_version(field, version)
    field.archived_at = None
    return field


async def _fields(session: TenantSession, group_id: UUID) -> Sequence[CustomField]:
    found = await session.scalars(
        select(CustomField)
        .where(CustomField.group_id == group_id)
        .order_by(CustomField.position, CustomField.id)
    )
    return found.all()


async def _arrange(
    session: TenantSession, field: CustomField, options: Sequence[GivenOption]
) -> None:
    """Make the options of *field* those given, in their order: by key, else by label."""
    found = await session.scalars(
        select(CustomOption)
        .where(CustomOption.field_id == field.id)
        .order_by(CustomOption.position, CustomOption.id)
    )
    kept = {option.key: option for option in found}
    before = [o.label for o in kept.values() if o.archived_at is None]
    named = {o.key for o in options if o.key is not None}
    by_label = {o.label.casefold(): o for o in kept.values() if o.key not in named}
    chosen = [
        _existing(kept, given)
        or by_label.get(given.label.casefold())
        or _added(session, field, kept, given.label)
        for given in options
    ]
    for option in kept.values():
        if option not in chosen:
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


def _added(
    session: TenantSession, field: CustomField, kept: dict[str, CustomOption], label: str
) -> CustomOption:
    option = CustomOption(
        field_id=field.id, key=rules.derived_key(label, kept, "option"), label=label, position=0
    )
    kept[option.key] = option
    session.add(option)
    return option
