"""What can be done with missions and their types."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import strawberry

from core.custom_fields.inputs import CUSTOM_VALUES, CustomValueInput, with_custom
from core.custom_fields.lists import CustomFieldOrder
from core.exporting.schema import ExportInput, ExportPayload, begin
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.missions import services
from plugins.missions.rules import MissionStatus
from plugins.missions.schema import MISSION_ORDERS, Mission, MissionFilter, MissionType


@strawberry.input
class MissionTypeCreateInput:
    name: str
    colour: str = strawberry.field(description="As CSS has it: `#1d4ed8`.")


@strawberry.input
class MissionTypeUpdateInput:
    id: strawberry.ID
    version: int | None = None
    name: str | None = strawberry.UNSET
    colour: str | None = strawberry.UNSET


@strawberry.input
class MissionCreateInput:
    contact_id: strawberry.ID
    type_id: strawberry.ID
    reference: str | None = strawberry.field(
        default=None, description="Null: the next automatic one, such as `M-000123`."
    )
    description: str | None = strawberry.UNSET
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    order_number: str | None = strawberry.UNSET
    comments: str | None = strawberry.UNSET
    category: str | None = strawberry.UNSET
    amount_excl_tax: Decimal | None = strawberry.UNSET
    custom_values: list[CustomValueInput] | None = CUSTOM_VALUES


@strawberry.input
class MissionUpdateInput:
    id: strawberry.ID
    version: int | None = None
    type_id: strawberry.ID | None = strawberry.UNSET
    reference: str | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    planned_start: datetime | None = strawberry.UNSET
    planned_end: datetime | None = strawberry.UNSET
    actual_start: datetime | None = strawberry.UNSET
    actual_end: datetime | None = strawberry.UNSET
    order_number: str | None = strawberry.UNSET
    comments: str | None = strawberry.UNSET
    category: str | None = strawberry.UNSET
    amount_excl_tax: Decimal | None = strawberry.UNSET
    custom_values: list[CustomValueInput] | None = CUSTOM_VALUES


@strawberry.input
class MissionSetStatusInput:
    id: strawberry.ID
    to: MissionStatus
    reason: str | None = None
    version: int | None = None


@strawberry.input
class MissionCancelInput:
    id: strawberry.ID
    reason: str
    version: int | None = None


@strawberry.type
class MissionTypePayload(Payload):
    mission_type: MissionType | None = written()


@strawberry.type
class MissionPayload(Payload):
    mission: Mission | None = written()


@extend(requires="missions.configure")
class MissionTypeMutations(Mutation):
    @mutation
    async def mission_type_create(
        info: Info, session: TenantSession, input: MissionTypeCreateInput
    ) -> MissionTypePayload:
        """Add a type of missions. Refuses: `NAME_EMPTY`, `NAME_TAKEN`, `COLOUR_INVALID`."""
        made = await services.create_type(session, input.name, input.colour)
        return MissionTypePayload.of(made)

    @mutation
    async def mission_type_update(
        info: Info, session: TenantSession, input: MissionTypeUpdateInput
    ) -> MissionTypePayload:
        """Change a type of missions.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `NAME_EMPTY`, `NAME_TAKEN`, `COLOUR_INVALID`.
        """
        given = values(input, id="mission_type")
        key, version = given.pop("id"), given.pop("version")
        return MissionTypePayload.of(await services.update_type(session, key, version, given))


@extend(requires="missions.write")
class MissionMutations(Mutation):
    @mutation
    async def mission_create(
        info: Info, session: TenantSession, input: MissionCreateInput
    ) -> MissionPayload:
        """Add a mission: `SCHEDULED` if it has a planned start, else `NEW`.

        Refuses: `NOT_FOUND`, `CONTACT_ARCHIVED`, `REFERENCE_EMPTY`, `REFERENCE_TAKEN`,
        `PLANNED_END_WITHOUT_START`, `PLANNED_END_BEFORE_START`, `TOO_MANY_DECIMALS`,
        `AMOUNT_TOO_LARGE`, `TOO_LONG`, `INVALID_CHARACTERS`; at `customValues.<key>` what
        `contactSetCustomValues` refuses.
        """
        given, custom = with_custom(values(input, contact_id="contact", type_id="mission_type"))
        return MissionPayload.of(await services.create(session, custom=custom, **given))

    @mutation
    async def mission_update(
        info: Info, session: TenantSession, input: MissionUpdateInput
    ) -> MissionPayload:
        """Change what is given.

        A first planned start makes a `NEW` or `UNSCHEDULED` mission `SCHEDULED`; taking it away
        makes a `SCHEDULED` or `REFUSED` one `UNSCHEDULED`. Planning it anew raises the alert
        `rescheduled`.

        Refuses, besides what `missionCreate` does: `STALE_VERSION`, `REFERENCE_FROZEN` and
        `PLAN_FROZEN` once the work has begun, `PLANNED_START_MISSING` for a mission that somebody
        has been sent, `NOT_STARTED`, `ACTUAL_START_MISSING`, `ACTUAL_END_MISMATCH`,
        `ACTUAL_END_BEFORE_START`.
        """
        given, custom = with_custom(values(input, id="mission", type_id="mission_type"))
        key, version = given.pop("id"), given.pop("version")
        return MissionPayload.of(await services.update(session, key, version, given, custom))

    @mutation
    async def mission_set_status(
        info: Info, session: TenantSession, input: MissionSetStatusInput
    ) -> MissionPayload:
        """Give a mission the next status; `UNSCHEDULED` clears the planned dates.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `ILLEGAL_TRANSITION` (it names the legal ones),
        `PLANNED_START_MISSING`, and `REASON_MISSING` for `CANCELLED`.
        """
        given = values(input, id="mission")
        mission = await services.set_status(
            session, given["id"], input.to, input.reason, input.version
        )
        return MissionPayload.of(mission)

    @mutation
    async def mission_cancel(
        info: Info, session: TenantSession, input: MissionCancelInput
    ) -> MissionPayload:
        """Cancel a mission for good, from `NEW`, `UNSCHEDULED`, `SCHEDULED` or `SENT`.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `ILLEGAL_TRANSITION`, `REASON_MISSING`.
        """
        given = values(input, id="mission")
        mission = await services.set_status(
            session, given["id"], MissionStatus.CANCELLED, input.reason, input.version
        )
        return MissionPayload.of(mission)


@strawberry.input
class MissionsExportInput(ExportInput):
    where: MissionFilter | None = None
    order_by: list[MISSION_ORDERS.enum] | None = None  # type: ignore[name-defined]
    order_by_custom_field: CustomFieldOrder | None = None


@extend(requires="missions.read")
class MissionsExport(Mutation):
    @mutation
    async def missions_export(
        info: Info, session: TenantSession, input: MissionsExportInput
    ) -> ExportPayload:
        """Write missions to a file, by a job: those that the list of the same arguments shows.

        Refuses: `UNKNOWN_COLUMN`, `DUPLICATE_COLUMN`, `COLUMNS_REQUIRED`, `UNKNOWN_LANGUAGE`,
        `INVALID_ID`, `TOO_MANY_JOBS`, `NOT_FOUND`, `OTHER_LIST`,
        `VIEW_COLUMN_NOT_EXPORTED`, `ARGUMENTS_INVALID`, `INVALID_ADDRESS`, `DOMAIN_NOT_ALLOWED`.
        """
        return await begin(info, session, "missions")
