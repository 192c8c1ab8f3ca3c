"""What is done with the definitions of custom fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.custom_fields import rules
from core.custom_fields.arranging import arrange
from core.custom_fields.models import CustomField
from core.custom_fields.options import GivenOption, check_options
from core.custom_fields.rules import Audience, FieldType
from core.custom_fields.scopes import Scope, fields_of, hold
from core.kit.custom import CustomFieldTarget
from core.kit.errors import NotFound, Refused, RefusedTogether
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Tenant

#: What the tenant's modules have fields for, by kind.
Targets = Mapping[str, CustomFieldTarget]


async def create_field(
    session: TenantSession,
    scope: Scope,
    label: str,
    type_: FieldType,
    *,
    key: str | None = None,
    options: Sequence[GivenOption] | None = None,
    **carried: Any,
) -> CustomField:
    """Add a field to those of a scope, as the last; its key never changes."""
    await hold(session, scope)
    kept = rules.checked_texts({"label": label, **carried})
    fields = await fields_of(session, scope)
    if type_ == FieldType.MONEY and kept.get("currency") is None:
        kept["currency"] = await _currency(session)
    field = CustomField(
        target=scope.target.kind,
        scope_id=scope.key,
        key=rules.check_key(key)
        if key
        else rules.derived_key(kept["label"], {field.key for field in fields}, "field"),
        type=type_.value,
        position=max((f.position for f in fields), default=-1) + 1,
        **{**_DEFAULTS, **kept},
    )
    check_field(field)
    check_options(type_, options)
    session.add(field)
    await session.flush()
    if options is not None:
        await arrange(session, field, options)
    return field


#: What the columns' defaults are only once they are written.
_DEFAULTS: dict[str, Any] = {
    "mandatory": False,
    "visible_on_device": False,
    "editable_on_device": False,
    "visible_on_booking": False,
    "audience": Audience.BOTH.value,
}


def check_field(field: CustomField) -> None:
    """Refuse a definition that its type doesn't allow, with every reason."""
    if wrong := rules.wrong_with(field):
        raise RefusedTogether(wrong)


async def update_field(
    session: TenantSession,
    targets: Targets,
    key: UUID,
    version: int | None,
    *,
    options: Sequence[GivenOption] | None = None,
    **changes: Any,
) -> CustomField:
    """Change what a field is called and carries; options that are no longer given are archived."""
    field = await held_field(session, targets, key, version)
    kept = rules.checked_texts(changes)
    for name in ("currency", "refers_to"):
        if name in kept and kept[name] != getattr(field, name):
            await _check_unused(session, targets[field.target], field, rules.CARRIED[name][2])
    for name, value in kept.items():
        setattr(field, name, value)
    with session.no_autoflush:
        check_field(field)
        if options is not None:
            check_options(FieldType(field.type), options)
    if options is not None:
        await arrange(session, field, options)
    return field


async def _check_unused(
    session: TenantSession, target: CustomFieldTarget, field: CustomField, path: str
) -> None:
    """What the values of *field* mean may only change while there are none."""
    if await has_values(session, target, field):
        message = f"'{field.key}' has values, which would mean something else."
        raise Refused("FIELD_IN_USE", message, path)


async def has_values(session: TenantSession, target: CustomFieldTarget, field: CustomField) -> bool:
    """Whether anything has a value in the field, hidden ones too."""
    values = target.values
    found = select(values.field_id).where(values.field_id == field.id).limit(1)
    return await session.scalar(found) is not None


async def held_field(
    session: TenantSession, targets: Targets, key: UUID, version: int | None
) -> CustomField:
    """The field, of a target that the tenant's modules have; nobody else writes it meanwhile."""
    field = await session.find(CustomField, key, "custom field", field="id", lock=True)
    if field.target not in targets:
        raise NotFound("custom field", key, "id")
    check_version(field, version)
    return field


async def reorder_fields(session: TenantSession, scope: Scope, keys: Sequence[UUID]) -> Any:
    """Put the fields of a scope in the order of *keys*; archived ones come after them.

    Returns what the fields belong to, None if that is the tenant.
    """
    within = await hold(session, scope)
    fields = await fields_of(session, scope)
    shown = {field.id: field for field in fields if field.archived_at is None}
    if len(keys) != len(shown) or set(keys) != set(shown):
        raise Refused(
            "ORDER_INCOMPLETE",
            f"Name each of the {len(shown)} fields that aren't archived, once.",
            "ids",
        )
    archived = [field for field in fields if field.archived_at is not None]
    for position, field in enumerate([*(shown[k] for k in keys), *archived]):
        field.position = position
    return within


async def archive_field(
    session: TenantSession, targets: Targets, key: UUID, version: int | None
) -> CustomField:
    """Hide a field and its values; nothing is lost."""
    field = await held_field(session, targets, key, version)
    field.archived_at = field.archived_at or session.now
    return field


async def restore_field(
    session: TenantSession, targets: Targets, key: UUID, version: int | None
) -> CustomField:
    """Show a field again, with the values it had."""
    field = await held_field(session, targets, key, version)
    field.archived_at = None
    return field


async def _currency(session: TenantSession) -> str:
    found = await session.scalar(select(Tenant.currency).where(Tenant.id == session.tenant_id))
    assert found is not None  # the session is one of that tenant
    return found
