"""Setting access hours."""

from __future__ import annotations

import strawberry

from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.schema.hours import AccessHours
from plugins.crm.services import hours


@strawberry.input
class AccessHoursSetInput:
    contact_id: strawberry.ID
    opening_hours: str = strawberry.field(
        description="As OpenStreetMap writes them: `Mo-Fr 08:00-12:00,14:00-18:00; PH off; "
        "2026 Dec 24 08:00-12:00`."
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET, description="IANA name; else that of the position."
    )
    country: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whose public holidays; else the contact's country."
    )
    version: int | None = strawberry.UNSET


@strawberry.input
class AccessHoursClearInput:
    contact_id: strawberry.ID
    version: int | None = strawberry.UNSET


@strawberry.type
class AccessHoursSetPayload(Payload):
    access_hours: AccessHours | None = written()


@strawberry.type
class AccessHoursClearPayload(Payload):
    contact: Contact | None = written()


@extend(requires="crm.sites")
class AccessHoursMutations(Mutation):
    @mutation
    async def access_hours_set(
        info: Info, session: TenantSession, input: AccessHoursSetInput
    ) -> AccessHoursSetPayload:
        """Say when a contact's site may be entered; all that was said before goes.

        Refuses: `INVALID_HOURS`, `UNSUPPORTED_HOURS`, `SPANS_OVERLAP`, `EMPTY_SPAN`,
        `NEVER_OPEN`, `TOO_MANY_EXCEPTIONS`, `INVALID_TIME_ZONE`, `INVALID_COUNTRY`,
        `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        return AccessHoursSetPayload.of(await hours.set_hours(session, **given))

    @mutation
    async def access_hours_clear(
        info: Info, session: TenantSession, input: AccessHoursClearInput
    ) -> AccessHoursClearPayload:
        """Take a contact's hours away: it is open at all times again.

        Refuses: `NO_HOURS`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        return AccessHoursClearPayload.of(await hours.clear_hours(session, **given))
