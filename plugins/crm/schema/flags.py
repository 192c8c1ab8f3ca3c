"""Flags in the API."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import select

from core.contacts.schema import Contact
from core.kit.extend import extend
from core.kit.fields import Node, many, one, value
from core.kit.sources import Record
from core.tenancy.models import User
from plugins.crm.models import EffectiveFlag as EffectiveFlagRow
from plugins.crm.models import Flag as FlagRow

WHO = "The name of who set it; null for a job."
NEAREST = "The contact's own flag and those of its ancestors, nearest first."


@strawberry.type(description="What everybody must know before dealing with a contact.")
class Flag(Node, table=FlagRow, requires="crm.flags"):
    text: str
    set_at: datetime
    set_by: str | None = value(select(User.name).where(User.id == FlagRow.set_by), WHO)
    version: int
    contact: Contact = one(FlagRow.contact_id)


@strawberry.type(description="A flag as it shows on a contact: its own, or an ancestor's.")
class EffectiveFlag(Record, table=EffectiveFlagRow, requires="crm.flags"):
    text: str
    distance: int = strawberry.field(
        description="How many levels up the flagged contact is; 0 is the contact itself."
    )
    set_at: datetime
    set_by: str | None = value(select(User.name).where(User.id == EffectiveFlagRow.c.set_by), WHO)
    contact: Contact = one(EffectiveFlagRow.c.origin_id, description="The flagged contact.")
    flag: Flag = one(EffectiveFlagRow.c.flag_id)


@extend(requires="crm.flags")
class ContactFlags(Contact):
    flag: Flag | None = one(FlagRow.contact_id, description="The contact's own flag.")
    effective_flags: list[EffectiveFlag] = many(
        EffectiveFlagRow.c.contact_id, order_by=[EffectiveFlagRow.c.distance], description=NEAREST
    )
