"""The story that the demo tells: a guarded head office, an unpaid group, two years of work."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import select, text

from core.attachments.models import Attachment
from core.contacts.models import Contact
from core.demo.clock import at
from core.kit.ids import global_id
from core.kit.session import TenantSession
from core.views.services import save_view, set_tab
from plugins.crm.demo import places
from plugins.crm.demo.bulk import FILL, NOTE_TYPES, OPPORTUNITIES, SUBJECTS
from plugins.crm.models import Alert, Suspension
from plugins.crm.rules import Reach
from plugins.crm.rules.alerts import SEVERITIES
from plugins.crm.services import (
    alerts,
    flags,
    lines,
    notes,
    opportunities,
    stages,
    suspensions,
)

FLAG = "Toujours appeler le gardien avant d'entrer"
REASON = "Trois factures impayées depuis plus de 60 jours"
WORKS = "Désamiantage des locaux techniques: aucune intervention sur site avant l'accord du client"
SEEN_TO = "Consigne transmise aux équipes et affichée au planning"
PROMISE = "Échéancier proposé par le client, à valider par la comptabilité"
#: How many contacts' files are written by hand; the others are filled like the large set.
TOLD = 5
#: How far the last of a file's events lie back, in days.
DAYS_BACK = (3, 12, 26, 95, 210, 400, 640)


async def story(session: TenantSession, contacts: dict[str, Any]) -> None:
    """Flag the first head of a tree, put the second on stop with all below it, fill every file.

    The first contact is the one that is looked at most, so its file is the fullest.
    """
    rows: list[Contact] = list(contacts.values())
    parents = {row.parent_id for row in rows}
    heads = [row for row in rows if row.parent_id is None and row.id in parents] or rows
    await _decide(session)
    with _ago(session, heads[0], 180):
        await flags.set_flag(session, heads[0].id, FLAG)
    if len(heads) > 1:
        with _ago(session, heads[1], 21):
            reach = Reach.of(own=True, descendants=True)
            await suspensions.suspend(session, heads[1].id, reach, REASON)
    await _close_grandchildren(session, rows)
    await _tell_notes(session, rows)
    await _tell_opportunities(session, rows)
    files = [rows[0], *heads[:2], *(row for row in rows[1:TOLD] if row not in heads[:2])]
    await places.tell_hours(session, files)
    await places.draw(session, files)
    await _see_to_alerts(session, heads[:1])
    await _tell_of_things(session, files[:3])
    given = {"tenant": session.tenant_id, "now": session.now}
    for statement in FILL:
        await session.execute(text(statement), given)


async def _decide(session: TenantSession) -> None:
    """Let whoever tells the story be alerted, and a contact open on its Overview."""
    for cause, severity in SEVERITIES.items():
        await alerts.set_rule(
            session,
            cause,
            severity=severity,
            is_on=True,
            to_owner=True,
            user_ids=[session.user_id] if session.user_id else [],
            role_ids=[],
        )
    await set_tab(session, "OVERVIEW", user_id=None, role_id=None)
    if session.user_id is not None:
        mine = {"where": {"status": {"eq": "NEW"}}, "orderBy": ["EXPECTED_CLOSE_ASC"]}
        columns = ["name", "contact.name", "stage.name", "valueExclTax", "expectedClose"]
        values = {"list_name": "opportunities", "columns": columns, "arguments": mine}
        await save_view(session, {**values, "name": "Affaires à conclure", "is_shared": True})


async def _close_grandchildren(session: TenantSession, rows: list[Contact]) -> None:
    """Put all sites of the first contact's branch on stop, and not the agencies between."""
    by_id = {row.id: row for row in rows}
    parent = by_id.get(rows[0].parent_id) if rows[0].parent_id else None
    branch = by_id.get(parent.parent_id) if parent and parent.parent_id else None
    if branch is not None:
        with _ago(session, branch, 6):
            reach = Reach.of(own=False, descendants=[2])
            await suspensions.suspend(session, branch.id, reach, WORKS)


async def _tell_notes(session: TenantSession, rows: list[Contact]) -> None:
    types = [await notes.ensure_type(session, name) for name in NOTE_TYPES]
    for index, contact in enumerate(islice(rows, TOLD)):
        for number in range(8 if index == 0 else 2 + index % 3):
            turn = index + number
            days = DAYS_BACK[turn % len(DAYS_BACK)]
            with _ago(session, contact, days):
                due = (session.now + timedelta(days=14)).date()
                subject, type_ = SUBJECTS[turn % len(SUBJECTS)], types[turn % len(types)]
                note = await notes.create(session, contact.id, type_.id, subject, due_date=due)
            if days > 45:
                with _ago(session, contact, days - 10):
                    await notes.set_status(session, note.id, "COMPLETED")
                    await session.flush()


async def _tell_opportunities(session: TenantSession, rows: list[Contact]) -> None:
    steps = await stages.ensure_defaults(session)
    for index, contact in enumerate(islice(rows, TOLD)):
        days = DAYS_BACK[(index * 2) % len(DAYS_BACK)]
        with _ago(session, contact, days):
            opportunity = await opportunities.create(
                session,
                contact.id,
                OPPORTUNITIES[index % len(OPPORTUNITIES)],
                expected_close=(session.now + timedelta(days=60)).date(),
            )
            await session.flush()
            await lines.set_lines(session, opportunity.id, _offer(index))
            type_ = await notes.ensure_type(session, NOTE_TYPES[3])
            about = global_id("opportunity", opportunity.id)
            await notes.create(session, contact.id, type_.id, SUBJECTS[3], about=about)
        with _ago(session, contact, days * 2 // 3):
            await opportunities.move(session, opportunity.id, steps[1 + index % 4].id)
            await session.flush()
        if days > 90:
            with _ago(session, contact, days // 2):
                outcome = "LOST" if index % 3 == 2 else "WON"
                await opportunities.set_status(session, opportunity.id, outcome)
                await session.flush()


async def _see_to_alerts(session: TenantSession, rows: list[Contact]) -> None:
    """Let somebody have seen to what is known by now; what came later still waits."""
    for contact in rows:
        raised = await session.scalars(select(Alert.id).where(Alert.contact_id == contact.id))
        with _ago(session, contact, 178):
            for key in list(raised):
                await alerts.acknowledge(session, key, SEEN_TO)


async def _tell_of_things(session: TenantSession, rows: list[Contact]) -> None:
    """Write notes about what hangs on the contacts: files, and what they are on stop for."""
    type_ = await notes.ensure_type(session, NOTE_TYPES[1])
    for contact in rows:
        of = Attachment.contact_id == contact.id
        files = await session.execute(select(Attachment.id, Attachment.title).where(of))
        for key, title in files.all():
            with _ago(session, contact, 12):
                about = global_id("attachment", key)
                subject = f"Document classé: {title}"
                await notes.create(session, contact.id, type_.id, subject, about=about)
        stops = await session.scalars(
            select(Suspension.id).where(Suspension.contact_id == contact.id)
        )
        for key in list(stops):
            with _ago(session, contact, 15):
                about = global_id("suspension", key)
                await notes.create(session, contact.id, type_.id, PROMISE, about=about)


def _offer(index: int) -> list[dict[str, Any]]:
    """What is offered: visits and parts, more of them to each."""
    named = (("Visites d'entretien", 2 + index, 480, 290), ("Pièces d'usure, forfait", 1, 249, 131))
    return [
        {
            "description": description,
            "quantity": Decimal(quantity),
            "unit_price": Decimal(price),
            "unit_cost": Decimal(cost),
        }
        for description, quantity, price, cost in named
    ]


def _ago(session: TenantSession, contact: Contact, days: int) -> AbstractContextManager[None]:
    """So many days back, but not before there was the contact."""
    return at(session, max(contact.created_at, session.now - timedelta(days=days)))
