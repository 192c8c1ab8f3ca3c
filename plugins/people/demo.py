"""The people module's part of the demo data: who picks up the phone at each contact."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, text

from core.contacts.models import Contact
from core.demo.clock import at
from core.kit.keys import sort_key
from core.kit.session import TenantSession
from plugins.people import services
from plugins.people.models import Person
from plugins.people.services import consents, tags

#: First names with their titles, last names, and what people do: chosen by place, not by chance.
FIRST_NAMES = (
    ("Camille", "Mme"), ("Hugo", "M."), ("Élodie", "Mme"), ("Mathieu", "M."), ("Nadia", "Mme"),
    ("Loïc", "M."), ("Béatrice", "Mme"), ("Karim", "M."), ("Solène", "Mme"), ("Jérôme", "M."),
    ("Aïcha", "Mme"), ("François", "M."), ("Marguerite", "Mme"),
)  # fmt: skip
LAST_NAMES = (
    "Lefèvre", "Nguyen", "Dubois", "Marchand", "Benali", "Le Goff", "Roussel", "Garnier",
    "Fontaine", "Da Silva", "Chevalier", "Perrin", "Noël", "Barbier", "Guérin", "Lemaître",
    "Colin", "Aubry", "Delmas",
)  # fmt: skip
POSITIONS = (
    ("Gardienne", "Accueil"), ("Responsable technique", "Services généraux"),
    ("Comptable", "Comptabilité"), ("Directrice", "Direction"), ("Intendant", "Intendance"),
    ("Assistante de gestion", "Syndic"), ("Chef d'exploitation", "Exploitation"),
)  # fmt: skip
TAGS = (("Syndic", "#1d4ed8"), ("Astreinte", "#b45309"), ("Lettre d'information", "#047857"))
#: What they have said: most agree, one in nine refuses, some have said nothing.
CONSENTS = ("GRANTED", "GRANTED", "AWAITING", "GRANTED", None, "GRANTED", "REFUSED", None)
PURPOSE = "Offres et nouvelles"
MEDIA = ("PAPER", "CLICK", "TELEPHONE", "EMAIL")
#: How many contacts' primary persons have tags and consents.
WRITTEN_DOWN = 18
#: How many contacts' persons are told one by one; the others are filled like the large set.
TOLD = 40


async def story(session: TenantSession, contacts: dict[str, Any]) -> None:
    """Give every contact one to three persons with French names, the same ones each time."""
    rows: list[Contact] = list(contacts.values())
    told = set(await session.scalars(select(Person.contact_id).distinct()))
    for place, contact in enumerate(islice(rows, TOLD)):
        if contact.id in told:
            continue
        for number in range(1 + place % 3):
            await services.create(session, contact.id, **_person(place * 3 + number))
    await session.flush()
    await _tell_tags_and_consents(session, rows)
    for statement in BULK:
        await session.execute(text(statement), {"tenant": session.tenant_id})


async def _tell_tags_and_consents(session: TenantSession, rows: list[Contact]) -> None:
    """Tag the first primary persons, and let most of them have said what they want of mails."""
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


def _array(texts: list[str]) -> str:
    quoted = ", ".join("'" + one.replace("'", "''") + "'" for one in texts)
    return f"(array[{quoted}])"


_FIRST, _LAST = [name for name, _ in FIRST_NAMES], list(LAST_NAMES)

#: One person for each contact that has none, and for every third a second one.
BULK = (
    f"""
    with place as (
        select c.id, row_number() over (order by c.name_key, c.id) * 2 as i
        from core_contact c
        where c.tenant_id = :tenant and not exists (
            select from people_person p where p.tenant_id = :tenant and p.contact_id = c.id
        )
    ), turn as (
        select p.id as contact_id, p.i + n as t, n
        from place p, generate_series(0, case when p.i % 3 = 0 then 1 else 0 end) n
    )
    insert into people_person (
        tenant_id, id, contact_id, is_primary, title, first_name, last_name, name_key, email,
        mobile, mobile_e164, position, department, language,
        booking_access, receives_documents, receives_marketing
    )
    select :tenant, md5(contact_id::text || 'person' || n)::uuid, contact_id, n = 0,
           {_array([title for _, title in FIRST_NAMES])}[1 + t % 13],
           {_array(_FIRST)}[1 + t % 13],
           {_array(_LAST)}[1 + t % 19],
           {_array([sort_key(n) for n in _LAST])}[1 + t % 19] || ' ' ||
               {_array([sort_key(n) for n in _FIRST])}[1 + t % 13],
           {_array([sort_key(n) for n in _FIRST])}[1 + t % 13] || '.' ||
               {_array([sort_key(n).replace(" ", "-") for n in _LAST])}[1 + t % 19] ||
               t || '@exemple.fr',
           '06 39 98 ' || lpad((t / 100 % 100)::text, 2, '0') || ' '
               || lpad((t % 100)::text, 2, '0'),
           '+3363998' || lpad((t % 10000)::text, 4, '0'),
           {_array([position for position, _ in POSITIONS])}[1 + t % 7],
           {_array([department for _, department in POSITIONS])}[1 + t % 7],
           'fr', t % 3 = 0, true, true
    from turn
    """,
)
