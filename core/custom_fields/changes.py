"""A field changes its type, or a list of fields is copied: a look at it first, then the doing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry

from core.custom_fields.changing import Preview, change_type, preview_type
from core.custom_fields.copying import CopyAction, CopyMode, Step, copy_fields, plan_copy
from core.custom_fields.inputs import (
    OPTIONS_TEXT,
    CustomOptionInput,
    named_scope,
    targets_of,
    with_options,
)
from core.custom_fields.mutations import CustomFieldPayload
from core.custom_fields.rules import FieldType, Referred
from core.custom_fields.scopes import Scope
from core.kit.context import Info
from core.kit.errors import BadInput
from core.kit.extend import extend
from core.kit.ids import global_id, key_in, prefix_of
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation, Query

MOST_FAILURES = 250
strawberry.enum(
    CopyMode,
    name="CustomFieldCopyMode",
    description="`ADD` brings the fields whose keys aren't there yet. `MERGE_BY_KEY` also makes "
    "those that are there like their sources. `REPLACE` also archives all others.",
)
strawberry.enum(
    CopyAction,
    name="CustomFieldCopyAction",
    description="What becomes of a field where others are copied to.",
)


# --- another type ----------------------------------------------------------------------------


@strawberry.input(
    description="What isn't given stays, if the new type may carry it; else it is dropped."
)
class CustomFieldChangeTypeInput:
    id: strawberry.ID
    version: int | None = None
    type: FieldType
    options: list[CustomOptionInput] | None = strawberry.field(
        default=None,
        description="Of a field that becomes a list. Without it, the texts that there are.",
    )
    options_text: str | None = OPTIONS_TEXT
    statement: str | None = strawberry.UNSET
    unit: str | None = strawberry.UNSET
    minimum: Decimal | None = strawberry.UNSET
    maximum: Decimal | None = strawberry.UNSET
    currency: str | None = strawberry.UNSET
    refers_to: Referred | None = strawberry.UNSET


@strawberry.type(description="A value that can't be one of the new type.")
class CustomFieldTypeFailure:
    subject_id: strawberry.ID = strawberry.field(description="Whose value it is.")
    display: str
    code: str
    message: str


@strawberry.type(description="What a change of type would do. Nothing is written.")
class CustomFieldTypePreview:
    value_count: int = strawberry.field(description="All values, hidden ones too.")
    failure_count: int = strawberry.field(description="Those that can't be of the new type.")
    failures: list[CustomFieldTypeFailure]
    new_options: list[str] = strawberry.field(description="Of a field that becomes a list.")

    @classmethod
    def of(cls, found: Preview, prefix: str) -> CustomFieldTypePreview:
        return cls(
            value_count=found.values,
            failure_count=found.failures,
            new_options=found.new_options,
            failures=[
                CustomFieldTypeFailure(
                    subject_id=strawberry.ID(global_id(prefix, outcome.subject_id)),
                    display=text,
                    code=outcome.refused.reason if outcome.refused else "",
                    message=outcome.refused.message if outcome.refused else "",
                )
                for outcome, text in found.shown
            ],
        )


async def _type_preview(
    info: Info,
    input: CustomFieldChangeTypeInput,
    first: int = 50,
    after: strawberry.ID | None = None,
) -> CustomFieldTypePreview:
    if not 1 <= first <= MOST_FAILURES:
        raise BadInput(f"'first' is {first}; it must be between 1 and {MOST_FAILURES}.")
    key, _, type_, options, carried = _of_type(input)
    last: UUID | None = None if after is None else key_in(after, field="after")
    targets = targets_of(info)
    async with info.context.session() as session:
        found = await preview_type(session, targets, key, type_, options, carried, first, last)
    prefix = prefix_of(targets[found.kind].subject.__name__)
    return CustomFieldTypePreview.of(found, prefix)


def _of_type(
    input: CustomFieldChangeTypeInput,
) -> tuple[UUID, int | None, FieldType, Any, dict[str, Any]]:
    given = with_options(values(input, id="custom_field"))
    key, version, type_, options = (given.pop(n) for n in ("id", "version", "type", "options"))
    return key, version, type_, options, given


# --- a copy ----------------------------------------------------------------------------------


@strawberry.input(description="From where to where: an id, or a target whose rows all share one.")
class CustomFieldsCopyInput:
    from_id: strawberry.ID | None = strawberry.field(
        default=None, description="A contact group, or what else has fields of its own."
    )
    from_target: str | None = strawberry.field(default=None, description="Such as `PERSON`.")
    into_id: strawberry.ID | None = None
    into_target: str | None = None
    mode: CopyMode


@strawberry.type(description="What becomes of one field, in the order that they have afterwards.")
class CustomFieldCopyStep:
    key: str
    label: str
    type: FieldType
    action: CopyAction
    differs: bool = strawberry.field(
        description="Whether the field is there with another type: nothing is copied then."
    )

    @classmethod
    def of(cls, step: Step) -> CustomFieldCopyStep:
        shown = step.shown
        return cls(
            key=shown.key,
            label=shown.label,
            type=FieldType(shown.type),
            action=step.action,
            differs=step.differs,
        )


@strawberry.type
class CustomFieldsCopyPayload(Payload):
    steps: list[CustomFieldCopyStep] = strawberry.field(
        default_factory=list,
        description="What was done; empty if it was refused, or done by an earlier request with "
        "the same key.",
    )


def _copied(info: Info, input: CustomFieldsCopyInput) -> tuple[Scope, Scope]:
    return (
        named_scope(info, input.from_id, input.from_target, "from"),
        named_scope(info, input.into_id, input.into_target, "into"),
    )


async def _copy_preview(info: Info, input: CustomFieldsCopyInput) -> list[CustomFieldCopyStep]:
    source, into = _copied(info, input)
    async with info.context.session() as session:
        steps = await plan_copy(session, source, into, input.mode)
    return [CustomFieldCopyStep.of(step) for step in steps]


@extend(requires="contacts.configure")
class CustomFieldPreviews(Query):
    custom_field_type_preview: CustomFieldTypePreview = strawberry.field(
        resolver=_type_preview,
        description="What `customFieldChangeType` would do: every value that isn't one of the new "
        "type, in the order of whose they are; `after` is the last of those seen. Errors: those "
        "of the mutation, but `VALUES_DO_NOT_CONVERT`.",
    )
    custom_fields_copy_preview: list[CustomFieldCopyStep] = strawberry.field(
        resolver=_copy_preview,
        description="What `customFieldsCopy` would do. Errors: `NOT_FOUND`, `SCOPE_MISSING`, "
        "`SCOPE_GIVEN_TWICE`, `UNKNOWN_TARGET`, `SAME_SCOPE`.",
    )


@extend(requires="contacts.configure")
class CustomFieldChanges(Mutation):
    @mutation
    async def custom_field_change_type(
        info: Info, session: TenantSession, input: CustomFieldChangeTypeInput
    ) -> CustomFieldPayload:
        """Make a field one of another type, and its values with it: all of them, or none.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `SAME_TYPE`, `VALUES_DO_NOT_CONVERT`, and what
        `customFieldCreate` refuses.
        """
        key, version, type_, options, carried = _of_type(input)
        field = await change_type(session, targets_of(info), key, version, type_, options, carried)
        return CustomFieldPayload.of(field)

    @mutation
    async def custom_fields_copy(
        info: Info, session: TenantSession, input: CustomFieldsCopyInput
    ) -> CustomFieldsCopyPayload:
        """Copy the list of fields of one group to another, by value: later edits stay apart.

        Refuses: `NOT_FOUND`, `SCOPE_MISSING`, `SCOPE_GIVEN_TWICE`, `UNKNOWN_TARGET`,
        `SAME_SCOPE`, `TYPES_DIFFER`, `TOO_MANY_OPTIONS`.
        """
        source, into = _copied(info, input)
        steps = await copy_fields(session, source, into, input.mode)
        return CustomFieldsCopyPayload(steps=[CustomFieldCopyStep.of(step) for step in steps])
