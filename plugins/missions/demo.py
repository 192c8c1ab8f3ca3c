"""The missions' part of the demo: a few told by hand, the others filled in by SQL.

All that SQL fills in follows from a contact's id, so two runs over the same contacts make the
same. It only fills contacts that have no missions yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from core.contacts.models import Contact
from core.kit.keys import sort_key
from core.kit.modules import Demo
from core.kit.session import TenantSession
from plugins.missions import services
from plugins.missions.models import MissionType
from plugins.missions.rules import MissionStatus

S = MissionStatus
TYPES = (
    ("Dépannage", "#dc2626"),
    ("Entretien préventif", "#16a34a"),
    ("Installation", "#2563eb"),
    ("Contrôle réglementaire", "#9333ea"),
    ("Livraison de matériel", "#d97706"),
)
WORK = (
    "Fuite sur le circuit de chauffage, vanne à remplacer",
    "Visite annuelle de la chaudière, ramonage compris",
    "Pose de deux climatiseurs au premier étage",
    "Vérification des extincteurs et du désenfumage",
    "Livraison de filtres et reprise de l'ancien stock",
    "Portail bloqué en position ouverte",
    "Relevé des compteurs et réglage de la régulation",
    "Remplacement des luminaires du hall",
)
DONE = (S.SENT, S.READ, S.ACCEPTED, S.ON_THE_WAY, S.STARTED)
#: A life of each kind: days between its plan and today, and the statuses it goes through.
LIVES: tuple[tuple[int, tuple[MissionStatus, ...]], ...] = (
    (690, (*DONE, S.COMPLETED_OK)),
    (410, (*DONE, S.SUSPENDED, S.STARTED, S.COMPLETED_OK)),
    (220, (*DONE, S.COMPLETED_WITH_ISSUES)),
    (95, (S.SENT, S.CANCELLED)),
    (24, (*DONE, S.COMPLETED_OK)),
    (9, (*DONE, S.SUSPENDED)),
    (2, DONE),
    (-3, (S.SENT, S.READ, S.REFUSED)),
    (-6, (S.SENT, S.READ, S.ACCEPTED)),
    (-12, ()),
)
#: How many contacts' missions are told by hand; the first has one of each life.
TOLD = 5


async def story(session: TenantSession, contacts: dict[str, Any]) -> None:
    """Two years of missions: of each kind of life one, for the first contacts, then the rest."""
    types = [await _ensure_type(session, name, colour) for name, colour in TYPES]
    rows: list[Contact] = list(contacts.values())
    for index, contact in enumerate(islice(rows, TOLD)):
        for number in range(3 + index % 4 if index else len(LIVES)):
            turn = index + number * 3
            await _tell(session, contact.id, types[turn % len(types)].id, turn)
        await _tell_unscheduled(session, contact.id, types[0].id, index)
    await session.flush()
    given = {"tenant": session.tenant_id, "now": session.now}
    for statement in FILL:
        await session.execute(text(statement), given)


async def _tell(session: TenantSession, contact_id: UUID, type_id: UUID, turn: int) -> None:
    days, statuses = LIVES[turn % len(LIVES)]
    planned = session.now.replace(hour=7, minute=30, second=0, microsecond=0)
    planned += timedelta(days=-days, hours=turn % 7)
    with _at(session, min(planned - timedelta(days=8 + turn % 9), session.now)):
        mission = await services.create(
            session,
            contact_id,
            type_id,
            description=WORK[turn % len(WORK)],
            planned_start=planned,
            planned_end=planned + timedelta(hours=2),
            order_number=f"BC-{4100 + turn}",
            amount_excl_tax=Decimal(9500 + 1375 * turn) / 100,
        )
    for step, status in enumerate(statuses, start=1):
        then = planned + timedelta(minutes=20 * (step - len(DONE) + turn % 4))
        with _at(session, min(then, session.now)):
            reason = "Le client a fait intervenir son gardien" if status == S.CANCELLED else None
            await services.set_status(session, mission.id, status, reason)


async def _tell_unscheduled(
    session: TenantSession, contact_id: UUID, type_id: UUID, index: int
) -> None:
    with _at(session, session.now - timedelta(days=1 + index % 5)):
        work = WORK[(index + 5) % len(WORK)]
        mission = await services.create(session, contact_id, type_id, description=work)
        if index % 2:
            await services.set_status(session, mission.id, S.UNSCHEDULED)


async def _ensure_type(session: TenantSession, name: str, colour: str) -> MissionType:
    found = await session.scalar(select(MissionType).where(MissionType.name_key == sort_key(name)))
    return found or await services.create_type(session, name, colour)


@contextmanager
def _at(session: TenantSession, then: datetime) -> Iterator[None]:
    """What is done in the block is done as if it were *then*; it must flush by itself."""
    now = session.now
    session.now = session.sync_session.info["now"] = then
    try:
        yield
    finally:
        session.now = session.sync_session.info["now"] = now


def _values(rows: tuple[tuple[str, ...], ...]) -> str:
    quoted = (", ".join("'" + v.replace("'", "''") + "'" for v in row) for row in rows)
    return ", ".join(f"({row})" for row in quoted)


def _texts(texts: tuple[str, ...]) -> str:
    return "array[" + ", ".join("'" + t.replace("'", "''") + "'" for t in texts) + "]"


_MAKE_TYPES = f"""
    insert into missions_mission_type (tenant_id, id, name, name_key, colour)
    select t.id, gen_random_uuid(), v.name, v.name_key, v.colour
    from core_tenant t, (values {_values(tuple((n, sort_key(n), c) for n, c in TYPES))})
        v (name, name_key, colour)
    where t.id = :tenant
    on conflict do nothing
"""
#: Ten missions for each contact without any: r1 to r4 are numbers that look random.
_MAKE_MISSIONS = f"""
    with kind as (
        select array_agg(id order by name_key) as ids, count(*)::int as many
        from missions_mission_type where tenant_id = :tenant
    ), counter as (
        select coalesce(max(last), 0) as last from missions_counter where tenant_id = :tenant
    ), contact as (
        select c.tenant_id, c.id, replace(c.id::text, '-', '') as hex,
               row_number() over (order by c.id) as i,
               coalesce(c.reference like '%DORMANT%', false) as dormant
        from core_contact c
        where c.tenant_id = :tenant and not exists (
            select from missions_mission m where m.tenant_id = :tenant and m.contact_id = c.id)
    ), drawn as (
        select c.*, n, (c.i - 1) * 10 + n as number,
               uuid_hash_extended(c.id, n * 4 + 1) & 65535 as r1,
               uuid_hash_extended(c.id, n * 4 + 2) & 65535 as r2,
               uuid_hash_extended(c.id, n * 4 + 3) & 65535 as r3,
               md5(c.hex || n) as noise
        from contact c, generate_series(1, 10) n
    ), planned as (
        -- Squared: there are more of the last weeks than of those two years ago. Of the large
        -- set, one tree has none since.
        select d.*, d.n = 10 and d.r3 % 4 = 0 and not d.dormant as unplanned,
               date_trunc('hour', cast(:now as timestamptz)) - make_interval(
                   days => (pow(d.r1 / 65536.0, 2) * 744)::int - 14, hours => d.r2::int % 9)
                   - case when d.dormant then interval '800 days' else '0' end as at
        from drawn d
    ), lived as (
        select p.*,
               case when unplanned then case when r2 % 2 = 0 then 'NEW' else 'UNSCHEDULED' end
                    when at > cast(:now as timestamptz) then
                        (array['SCHEDULED', 'SCHEDULED', 'SENT', 'READ', 'ACCEPTED'])[1 + r2 % 5]
                    when r2 % 100 < 86 then 'COMPLETED_OK'
                    when r2 % 100 < 93 then 'COMPLETED_WITH_ISSUES'
                    when r2 % 100 < 98 then 'CANCELLED'
                    else 'SCHEDULED' end as status
        from planned p
    )
    insert into missions_mission (
        tenant_id, id, contact_id, type_id, reference, description, status,
        planned_start, planned_end, actual_start, actual_end, order_number, amount_excl_tax,
        cancel_reason, late_start, late_finish, created_at, updated_at
    )
    select l.tenant_id,
           (substr(hex, 1, 12) || '7' || substr(noise, 1, 3) || '8' || substr(noise, 4, 15))::uuid,
           l.id, kind.ids[1 + r3 % kind.many],
           'M-' || lpad((counter.last + number)::text,
                        greatest(6, length((counter.last + number)::text)), '0'),
           ({_texts(WORK)})[1 + r3 % {len(WORK)}], status,
           case when not unplanned then at end,
           case when not unplanned then at + interval '2 hours' end,
           case when done then at + make_interval(mins => r3::int % 50 - 30) end,
           case when done then at + make_interval(mins => r3::int % 90 + 45) end,
           case when r3 % 3 = 0 then 'BC-' || 1000 + r3 % 9000 end,
           case when r3 % 12 > 0 then round(60 + r3 * 0.0217, 2) end,
           case when status = 'CANCELLED' then 'Annulée par le client' end,
           done and r3 % 50 > 30, done and r3 % 90 > 75,
           made,
           case when unplanned or at > cast(:now as timestamptz)
                    then made + (cast(:now as timestamptz) - made) * (r2 % 97 / 97.0)
                else least(at + interval '3 hours', cast(:now as timestamptz)) end
    from lived l, kind, counter, lateral (
        select status like 'COMPLETED%' as done,
               least(at, cast(:now as timestamptz)) - make_interval(days => 3 + r2::int % 15)
                   as made
    )
    order by number
"""
#: The ids are those of the missions: in order, they are several times faster to insert.
_MAKE_HISTORY = """
    insert into missions_status_change (tenant_id, id, mission_id, at, before, after, reason)
    select m.tenant_id, m.id, m.id, m.updated_at, null, m.status, m.cancel_reason
    from missions_mission m
    where m.tenant_id = :tenant and not exists (
        select from missions_status_change c
        where c.tenant_id = :tenant and c.mission_id = m.id)
"""
_COUNT = """
    insert into missions_counter (tenant_id, last)
    select m.tenant_id, count(*) from missions_mission m where m.tenant_id = :tenant
    group by m.tenant_id
    on conflict (tenant_id) do update set last = greatest(missions_counter.last, excluded.last)
"""
_ROLL_UP = """
    insert into missions_contact_activity (
        tenant_id, contact_id, last_mission_at, mission_count, amount_excl_tax)
    select m.tenant_id, m.contact_id, max(m.updated_at), count(*),
           coalesce(sum(m.amount_excl_tax), 0)
    from missions_mission m where m.tenant_id = :tenant
    group by m.tenant_id, m.contact_id
    on conflict (tenant_id, contact_id) do update
    set last_mission_at = excluded.last_mission_at, mission_count = excluded.mission_count,
        amount_excl_tax = excluded.amount_excl_tax
"""
FILL = (_MAKE_TYPES, _MAKE_MISSIONS, _MAKE_HISTORY, _COUNT, _ROLL_UP)
DEMO = Demo(story, FILL)
