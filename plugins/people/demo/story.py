"""The people module's part of the demo data: who picks up the phone at each contact."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, text

from core.contacts.models import Contact
from core.custom_fields.options import GivenOption
from core.custom_fields.rules import FieldType
from core.custom_fields.scopes import Scope, fields_of
from core.custom_fields.services import create_field
from core.custom_fields.typed import Given
from core.demo.clock import at
from core.kit.keys import sort_key
from core.kit.session import TenantSession
from plugins.people import services
from plugins.people.custom import PERSONS
from plugins.people.demo import privacy
from plugins.people.demo.bulk import BULK, FIRST_NAMES, LAST_NAMES, POSITIONS
from plugins.people.models import Person, PersonTag
from plugins.people.services import consents, tags

TAGS = (("Syndic", "#1d4ed8"), ("Astreinte", "#b45309"), ("Lettre d'information", "#047857"))
#: What they have said: most agree, one in nine refuses, some have said nothing.
CONSENTS = ("GRANTED", "GRANTED", "AWAITING", "GRANTED", None, "GRANTED", "REFUSED", None)
PURPOSE = "Offres et nouvelles"
MEDIA = ("PAPER", "CLICK", "TELEPHONE", "EMAIL")
#: How many contacts' primary persons have tags and consents.
WRITTEN_DOWN = 18
LANGUAGES = ("Français", "Anglais", "Portugais", "Arabe")
#: How many contacts' persons are told one by one; the others are filled like the large set.
TOLD = 40


async def story(session: TenantSession, contacts: dict[str, Any]) -> None:
    """Give every contact one to three persons with French names, the same ones each time."""
    rows: list[Contact] = list(contacts.values())
    await _define_fields(session)
    told = set(await session.scalars(select(Person.contact_id).distinct()))
    for place, contact in enumerate(islice(rows, TOLD)):
        if contact.id in told:
            continue
        for number in range(1 + place % 3):
            turn = place * 3 + number
            custom = _custom(session.now.date(), turn)
            await services.create(session, contact.id, custom=custom, **_person(turn))
    await session.flush()
    await _tell_tags_and_consents(session, rows)
    for statement in BULK:
        await session.execute(text(statement), {"tenant": session.tenant_id})
    others = [contact.id for contact in islice(rows, WRITTEN_DOWN, TOLD)]
    primary = select(Person).where(Person.contact_id.in_(others), Person.is_primary)
    persons = await session.scalars(primary.order_by(Person.name_key, Person.id))
    await privacy.tell(session, list(persons))


async def _tell_tags_and_consents(session: TenantSession, rows: list[Contact]) -> None:
    """Tag the first primary persons, and let most of them have said what they want of mails."""
    if await session.scalar(select(PersonTag.id).limit(1)) is not None:
        return
    first = [contact.id for contact in islice(rows, WRITTEN_DOWN)]
    primary = select(Person).where(Person.contact_id.in_(first), Person.is_primary)
    persons = list(await session.scalars(primary.order_by(Person.name_key, Person.id)))
    with at(session, session.now - timedelta(days=90)):
        made = [await tags.create(session, name, colour) for name, colour in TAGS]
    with at(session, session.now - timedelta(days=60)):
        for turn, person in enumerate(persons):
            await tags.set_tags(session, person.id, [made[turn % 3].id, made[turn % 2].id])
            status = CONSENTS[turn % len(CONSENTS)]
            if status is None:
                await services.update(session, person.id, None, receives_marketing=turn % 2 == 1)
                continue
            medium = MEDIA[turn % len(MEDIA)]
            await consents.record(
                session, person.id, status, session.now, medium=medium, purpose=PURPOSE
            )


async def _define_fields(session: TenantSession) -> None:
    """Three fields that all persons have."""
    scope = Scope(PERSONS, session.tenant_id)
    if await fields_of(session, scope):
        return
    options = [GivenOption(label) for label in LANGUAGES]
    await create_field(
        session, scope, "Langues parlées", FieldType.MULTI_LIST, key="languages",
        label_en="Languages", options=options,
    )  # fmt: skip
    for label, english, type_, key in (
        ("Astreinte", "On call", FieldType.BOOLEAN, "on_call"),
        ("Habilitation électrique jusqu'au", "Electrical permit until", FieldType.DATE, "permit"),
    ):
        await create_field(session, scope, label, type_, key=key, label_en=english)


def _custom(today: date, turn: int) -> list[Given]:
    """What is known besides: more of some than of others."""
    known = [
        Given("languages", options=["Français", LANGUAGES[1 + turn % 3]]),
        Given("on_call", boolean=turn % 5 == 0),
        Given("permit", date=today + timedelta(days=turn * 37 % 900 - 60)),
    ]
    return known[: turn % 4]


def _person(turn: int) -> dict[str, Any]:
    (first, title), last = FIRST_NAMES[turn % 13], LAST_NAMES[turn % 19]
    position, department = POSITIONS[turn % 7]
    address = f"{sort_key(first)}.{sort_key(last)}".replace(" ", "-")
    return {
        "title": title,
        "first_name": first,
        "last_name": last,
        "email": f"{address}@exemple.fr",
        # Numbers that are set aside for fiction.
        "mobile": f"06 39 98 {turn // 100 % 100:02} {turn % 100:02}",
        "landline": f"01 99 00 {turn // 100 % 100:02} {turn % 100:02}",
        "extension": str(100 + turn % 900) if turn % 4 == 0 else None,
        "position": position,
        "department": department,
        "language": "fr",
        "booking_access": turn % 3 == 0,
    }
