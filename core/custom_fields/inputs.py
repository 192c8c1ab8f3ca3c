"""Inputs about custom fields, and what they mean."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import strawberry

from core.custom_fields.options import GivenOption, given_options
from core.custom_fields.parsing import reference_in
from core.custom_fields.rules import Audience, FieldType, Referred
from core.custom_fields.scopes import Scope
from core.custom_fields.services import Targets
from core.custom_fields.typed import Given
from core.custom_fields.values import told_at
from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.ids import key_in, prefix_in

OPTIONS_TEXT = strawberry.field(
    default=None,
    description=r"The labels as one text, separated by commas; `\,` is a comma within a label.",
)
GROUP = strawberry.field(default=None, description="The contact group whose fields are meant.")
SCOPE = strawberry.field(
    default=None,
    description="What else the fields belong to, such as a mission type: see `customFieldTargets`.",
)
TARGET = strawberry.field(
    default=None,
    description="Instead of a `groupId` or `scopeId`, where all have the same fields: `PERSON`.",
)
BY_TEXT = "Null clears."


@strawberry.input(description="An answer of a list.")
class CustomOptionInput:
    label: str
    key: str | None = strawberry.field(
        default=None,
        description="Which of the options there are is meant, so that it can get another label. "
        "Without it, it is the one of that label, or a new one.",
    )


@strawberry.input(description="A new field. Exactly one of `groupId`, `scopeId` and `target`.")
class CustomFieldCreateInput:
    group_id: strawberry.ID | None = GROUP
    scope_id: strawberry.ID | None = SCOPE
    target: str | None = TARGET
    label: str
    label_fr: str | None = None
    label_en: str | None = None
    type: FieldType
    key: str | None = strawberry.field(
        default=None, description="Made from the label when it isn't given."
    )
    mandatory: bool = False
    visible_on_device: bool = False
    editable_on_device: bool = False
    visible_on_booking: bool = False
    audience: Audience = Audience.BOTH
    options: list[CustomOptionInput] | None = None
    options_text: str | None = OPTIONS_TEXT
    statement: str | None = strawberry.field(
        default=None, description="The text that a `STATEMENT` shows, 5,000 at most."
    )
    unit: str | None = strawberry.field(default=None, description="Of numbers, 20 at most.")
    minimum: Decimal | None = strawberry.field(default=None, description="Of numbers.")
    maximum: Decimal | None = strawberry.field(default=None, description="Of numbers.")
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217, of `MONEY`; else the tenant's."
    )
    refers_to: Referred | None = strawberry.field(
        default=None, description="What a `REFERENCE` names."
    )


@strawberry.input(description="What isn't given stays as it is; so does what is null and can't be.")
class CustomFieldUpdateInput:
    id: strawberry.ID
    version: int | None = None
    label: str | None = None
    label_fr: str | None = strawberry.field(default=strawberry.UNSET, description=BY_TEXT)
    label_en: str | None = strawberry.field(default=strawberry.UNSET, description=BY_TEXT)
    mandatory: bool | None = None
    visible_on_device: bool | None = None
    editable_on_device: bool | None = None
    visible_on_booking: bool | None = None
    audience: Audience | None = None
    options: list[CustomOptionInput] | None = strawberry.field(
        default=None, description="All of them, in order; those left out are archived."
    )
    options_text: str | None = OPTIONS_TEXT
    statement: str | None = None
    unit: str | None = strawberry.field(default=strawberry.UNSET, description=BY_TEXT)
    minimum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=BY_TEXT)
    maximum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=BY_TEXT)
    currency: str | None = strawberry.field(
        default=None, description="Only while the field has no value."
    )
    refers_to: Referred | None = strawberry.field(
        default=None, description="Only while the field has no value."
    )


@strawberry.input(description="Exactly one of `groupId`, `scopeId` and `target`.")
class CustomFieldReorderInput:
    group_id: strawberry.ID | None = GROUP
    scope_id: strawberry.ID | None = SCOPE
    target: str | None = TARGET
    ids: list[strawberry.ID] = strawberry.field(
        description="All fields of the group that aren't archived, in their new order."
    )


@strawberry.input
class CustomFieldArchiveInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class CustomFieldRestoreInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input(description="A value for the field `key`: the one of its type, or `clear`.")
class CustomValueInput:
    key: str
    text: str | None = strawberry.field(
        default=None,
        description="Of `TEXT`, `LONG_TEXT`, `URL`, `EMAIL` and `PHONE`; blank is as good as "
        "`clear`.",
    )
    decimal: Decimal | None = strawberry.field(
        default=None, description="Of `INTEGER`, `DECIMAL` and `MONEY`."
    )
    date: datetime.date | None = None
    date_time: datetime.datetime | None = None
    boolean: bool | None = None
    option: str | None = strawberry.field(default=None, description="An option's key, or label.")
    options: list[str] | None = strawberry.field(
        default=None, description="Of a `MULTI_LIST`, all that are chosen, by key or label."
    )
    file_id: strawberry.ID | None = None
    reference_id: strawberry.ID | None = strawberry.field(
        default=None, description="A user's or contact's, as the field wants it."
    )
    display: str | None = strawberry.field(
        default=None,
        description="The value as text, whatever its type, as `display` of the value shows it; of "
        "files and references, the ID. Decimals may have a comma.",
    )
    clear: bool = strawberry.field(default=False, description="Leave the field without a value.")


AUDIENCE = strawberry.field(
    default=Audience.BACK_OFFICE,
    description="Whose form it was. On the `DEVICE` only fields that are editable there can be "
    "written, and only those are asked for; else those for the device only are not asked for.",
)


def targets_of(info: Info) -> Targets:
    """What the tenant's modules have fields for."""
    modules: Any = info.schema
    found: Targets = modules.modules.custom_field_targets
    return found


def scope_of(info: Info, group_id: str | None, scope_id: str | None, target: str | None) -> Scope:
    """The fields that are meant, by whichever of the names they are."""
    targets = targets_of(info)
    names = {name: name for name in ("groupId", "scopeId", "target")}
    keys = [
        Scope(targets["CONTACT"], key_in(group_id, "contact_group", field="groupId"), "groupId")
    ] if group_id is not None else []  # fmt: skip
    if scope_id is not None:
        keys.append(_scope(targets, scope_id, "scopeId"))
    if target is not None:
        keys.append(_of_all(info, targets, target, names))
    if len(keys) != 1:
        raise Refused(
            "SCOPE_MISSING" if not keys else "SCOPE_GIVEN_TWICE",
            f"Say whose fields are meant, by one of {', '.join(names)}.",
            "scopeId",
        )
    return keys[0]


def named_scope(info: Info, id_: str | None, target: str | None, of: str) -> Scope:
    """The fields that ``fromId`` or ``fromTarget`` mean, whatever has them."""
    names = {"scopeId": f"{of}Id", "groupId": f"{of}Id", "target": f"{of}Target"}
    if id_ is not None:
        found = _scope(targets_of(info), id_, names["scopeId"])
        if target is None:
            return found
        message = f"Give '{names['scopeId']}' or '{names['target']}', not both."
        raise Refused("SCOPE_GIVEN_TWICE", message, names["target"])
    if target is not None:
        return _of_all(info, targets_of(info), target, names)
    message = f"Say whose fields are meant, by '{names['scopeId']}' or '{names['target']}'."
    raise Refused("SCOPE_MISSING", message, names["scopeId"])


def _scope(targets: Targets, scope_id: str, path: str) -> Scope:
    by_prefix = {t.scope_prefix: t for t in targets.values() if t.scope_prefix is not None}
    key = key_in(scope_id, *by_prefix, field=path)
    return Scope(by_prefix[prefix_in(scope_id) or ""], key, path)


def _of_all(info: Info, targets: Targets, kind: str, names: dict[str, str]) -> Scope:
    target = targets.get(kind)
    if target is None:
        message = f"There is no target '{kind[:60]}'. There are {', '.join(sorted(targets))}."
        raise Refused("UNKNOWN_TARGET", message, names["target"])
    if target.within is not None:
        name = names["groupId" if kind == "CONTACT" else "scopeId"]
        message = f"Of {kind}, say which {target.scope_title}, by '{name}'."
        raise Refused("SCOPE_MISSING", message, name)
    return Scope(target, info.context.tenant, names["target"])


def with_options(given: dict[str, Any]) -> dict[str, Any]:
    """What was given, with its options and enums as services take them."""
    listed, text = given.pop("options"), given.pop("options_text")
    if listed is not None:
        listed = [GivenOption(option.label, option.key) for option in listed]
    for name in ("audience", "refers_to"):
        if isinstance(given.get(name), Audience | Referred):
            given[name] = given[name].value
    return {**given, "options": given_options(listed, text)}


def values_of(given: Sequence[CustomValueInput]) -> list[Given]:
    """The values as services take them; ids that are none are refused at once."""
    return [_value(each) for each in given]


CUSTOM_VALUES = strawberry.field(
    default=None,
    description="In the fields that the tenant defines. Those that aren't named keep what they "
    "have; mandatory ones are asked for when some are given.",
)


def with_custom(given: dict[str, Any]) -> tuple[dict[str, Any], list[Given]]:
    """What was given in an input, and the ``customValues`` of it as services take them."""
    listed = given.pop("custom_values") or []
    with told_at("customValues"):
        return given, values_of(listed)


def _value(given: CustomValueInput) -> Given:
    found = vars(given).copy()
    file_id, reference_id = found["file_id"], found.pop("reference_id")
    path = f"values.{given.key[:60]}"
    if file_id is not None:
        found["file_id"] = key_in(file_id, "file", field=path)
    reference = reference_in(reference_id, path) if reference_id is not None else None
    return Given(**found, reference=reference)
