"""Setting access hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import strawberry

from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.rules import osm
from plugins.crm.rules import week as weeks
from plugins.crm.rules.hours import Hours
from plugins.crm.schema.hours import AccessHours
from plugins.crm.schema.weeks import Weekday
from plugins.crm.services import hours


@strawberry.input(description="From and to, as clocks show them: 22:00 to 02:00 is over midnight.")
class AccessSpanInput:
    opens: str
    closes: str = strawberry.field(description="24:00 is the end of the day.")


@strawberry.input
class AccessDayInput:
    day: Weekday
    spans: list[AccessSpanInput] = strawberry.field(description="None: closed.")


@strawberry.input
class AccessHolidaysInput:
    spans: list[AccessSpanInput] = strawberry.field(description="None: closed.")


@strawberry.input(description="Days that have hours of their own.")
class AccessExceptionInput:
    first: date
    last: date | None = strawberry.field(default=None, description="Null: one day.")
    spans: list[AccessSpanInput] = strawberry.field(description="None: closed.")


@strawberry.input(description="Hours by weekday. A weekday that isn't there is closed.")
class AccessWeekInput:
    days: list[AccessDayInput] = strawberry.field(
        description="None at all: every day is open all day."
    )
    holidays: AccessHolidaysInput | None = strawberry.field(
        default=None, description="On public holidays; null: as on other days."
    )
    exceptions: list[AccessExceptionInput] = strawberry.field(default_factory=list)


@strawberry.input
class AccessHoursSetInput:
    contact_id: strawberry.ID
    opening_hours: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="As OpenStreetMap writes them: `Mo-Fr 08:00-12:00,14:00-18:00; PH off; "
        "2026 Dec 24 08:00-12:00`. Either this or `week`.",
    )
    week: AccessWeekInput | None = strawberry.UNSET
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

        Refuses: `NOT_ONE`, `INVALID_HOURS`, `UNSUPPORTED_HOURS`, `SPANS_OVERLAP`, `EMPTY_SPAN`,
        `DAY_TWICE`, `NEVER_OPEN`, `TOO_MANY_EXCEPTIONS`, `INVALID_TIME_ZONE`,
        `INVALID_COUNTRY`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, contact_id="contact")
        given["hours"] = _said(given.pop("opening_hours", None), given.pop("week", None))
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


def _said(opening_hours: str | None, week: AccessWeekInput | None) -> Hours:
    if (opening_hours is None) == (week is None):
        raise Refused("NOT_ONE", "Give either `openingHours` or `week`.", "openingHours")
    if week is None:
        return osm.read(opening_hours or "")
    return weeks.read(
        weeks.Week(
            [(day.day.number, _clocks(day.spans)) for day in week.days],
            None if week.holidays is None else _clocks(week.holidays.spans),
            [
                weeks.Dates(each.first, each.last or each.first, _clocks(each.spans))
                for each in week.exceptions
            ],
        )
    )


def _clocks(spans: Sequence[AccessSpanInput]) -> list[weeks.Clocks]:
    return [weeks.Clocks(each.opens, each.closes) for each in spans]
