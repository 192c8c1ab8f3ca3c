"""What becomes of custom fields and their values when one contact group joins another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text

from core.contacts.models import ContactGroup
from core.custom_fields.models import CustomField, CustomOption, CustomValue
from core.kit.errors import Refused
from core.kit.session import TenantSession

#: A contact may keep a hidden value of a group that it was in before: what shows is worth more.
_DROP_HIDDEN = """
    delete from core_custom_value v
    using core_contact c, core_custom_value other
    where v.tenant_id = :tenant and v.field_id = :drop
      and c.tenant_id = :tenant and c.id = v.contact_id and c.group_id {test} :group
      and other.tenant_id = :tenant and other.field_id = :keep and other.contact_id = v.contact_id
    returning v.contact_id
"""
_DROP_OF_MOVED, _DROP_OF_OTHERS = (
    text(_DROP_HIDDEN.format(test=test)) for test in ("=", "is distinct from")
)
_MOVE_OPTION = text("""
    update core_custom_value set option_id = :into_id
    where tenant_id = :tenant and option_id = :from_id
""")
_MOVE_VALUES = text("""
    update core_custom_value set field_id = :into_id
    where tenant_id = :tenant and field_id = :from_id
""")


async def merge_fields(
    session: TenantSession, gone: ContactGroup, kept: ContactGroup
) -> list[Refused]:
    """Give the fields of *gone* to *kept*, the values with them; say what is lost.

    A field whose key is new comes along, one whose key is there gives it its values.
    """
    there = {field.key: field for field in await _fields(session, kept.id)}
    pairs = [(f, there.get(f.key)) for f in await _fields(session, gone.id)]
    await _refuse_other_types(session, pairs)
    last = max((field.position for field in there.values()), default=-1)
    warnings = []
    for field, into in pairs:
        if into is None:
            last += 1
            field.scope_id, field.position = kept.id, last
        elif _mean_others(field, into):
            warnings.append(
                Refused(
                    "FIELD_LOST",
                    f"'{field.key}' of '{gone.name[:60]}' means something else in "
                    f"'{kept.name[:60]}'; no contact had a value in it.",
                    field.key,
                )
            )
            await session.delete(field)
        else:
            warnings += await _merge_values(session, gone, field, into)
            await session.delete(field)
    await session.flush()
    return warnings


async def _refuse_other_types(
    session: TenantSession, pairs: Sequence[tuple[CustomField, CustomField | None]]
) -> None:
    differing = {f.id: f for f, into in pairs if into is not None and _mean_others(f, into)}
    used = await session.scalars(
        select(CustomValue.field_id).where(CustomValue.field_id.in_(differing)).distinct()
    )
    keys = sorted(differing[key].key for key in used)
    if keys:
        raise Refused(
            "TYPES_DIFFER",
            f"Fields of both groups have these keys, and other types: {', '.join(keys)[:200]}.",
            "fromId",
        )


def _mean_others(field: CustomField, into: CustomField) -> bool:
    """Whether a value of one field would be none of the other, or say something else there."""
    return any(
        getattr(field, name) != getattr(into, name) for name in ("type", "currency", "refers_to")
    )


async def _merge_values(
    session: TenantSession, gone: ContactGroup, field: CustomField, into: CustomField
) -> list[Refused]:
    """Give *into* the values of *field*, options by their keys."""
    await _merge_options(session, field, into)
    both = {"tenant": session.tenant_id, "group": gone.id}
    lost = {
        contact
        for statement, drop, keep in (
            (_DROP_OF_MOVED, into, field),
            (_DROP_OF_OTHERS, field, into),
        )
        for contact in await session.scalars(statement, {**both, "drop": drop.id, "keep": keep.id})
    }
    await session.execute(
        _MOVE_VALUES, {"tenant": session.tenant_id, "from_id": field.id, "into_id": into.id}
    )
    warnings = []
    if lost:
        warnings.append(
            Refused(
                "HIDDEN_VALUES_LOST",
                f"'{field.key}' had a value in both groups for {len(lost)} contacts: the one that "
                "was hidden is gone.",
                field.key,
            )
        )
    if into.archived_at is not None and field.archived_at is None:
        warnings.append(
            Refused("VALUES_HIDDEN", f"'{field.key}' is archived: its values hide.", field.key)
        )
    return warnings


async def _merge_options(session: TenantSession, field: CustomField, into: CustomField) -> None:
    there = {option.key: option for option in await _options(session, into.id)}
    last = max((option.position for option in there.values()), default=-1)
    for option in await _options(session, field.id):
        if (same := there.get(option.key)) is not None:
            await session.execute(
                _MOVE_OPTION,
                {"tenant": session.tenant_id, "from_id": option.id, "into_id": same.id},
            )
        else:
            last += 1
            option.field_id, option.position = into.id, last
    await session.flush()


async def _fields(session: TenantSession, group_id: UUID) -> Sequence[CustomField]:
    found = await session.scalars(
        select(CustomField)
        .where(CustomField.group_id == group_id)
        .order_by(CustomField.position, CustomField.id)
    )
    return found.all()


async def _options(session: TenantSession, field_id: UUID) -> Sequence[CustomOption]:
    found = await session.scalars(
        select(CustomOption)
        .where(CustomOption.field_id == field_id)
        .order_by(CustomOption.position, CustomOption.id)
    )
    return found.all()
