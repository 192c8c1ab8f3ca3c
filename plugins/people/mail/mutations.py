"""Mailings to persons: all of a list, or those that were chosen."""

from __future__ import annotations

from uuid import UUID

import strawberry
from sqlalchemy import select

from core.kit.chosen import chosen
from core.kit.context import Info
from core.kit.errors import NotFound, Refused
from core.kit.extend import extend
from core.kit.ids import key_in
from core.kit.mutations import mutation
from core.kit.session import TenantSession
from core.mail.mutations.inputs import MailingTexts, Texts, one_of
from core.mail.mutations.mailings import MailingPayload
from core.mail.schema.templates import modules_of
from core.mail.services import mailings
from core.roots import Mutation
from core.views.chosen import chosen_by_view
from plugins.people.mail.audience import PERSON
from plugins.people.models import Person
from plugins.people.schema import PersonFilter

MOST_CHOSEN = 250


@strawberry.input(description="To all persons of a list; without a filter, to everybody.")
class MailingCreateForPersonsInput(MailingTexts):
    where: PersonFilter | None = strawberry.UNSET
    person_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="These and no others, 250 at most, instead of a filter.",
    )
    contact_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The contact that all of them belong to."
    )
    view_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="All rows of a saved view of `persons`, instead of a filter.",
    )


@extend(requires="mail.send")
class PersonMailings(Mutation):
    @mutation
    async def mailing_create_for_persons(
        info: Info, session: TenantSession, input: MailingCreateForPersonsInput
    ) -> MailingPayload:
        """Prepare a mailing to persons: who gets it is frozen, and nothing is sent yet.

        If they are over 2,000, they are written down by a job, `jobId`, while it is `PREPARING`.
        Of those who share an address, the primary person gets it. Refuses: `NAME_EMPTY`,
        `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`, `INVALID_LANGUAGE`, `INVALID_EMAIL`,
        `UNKNOWN_KEYWORD`, `MALFORMED_KEYWORD`, `KEYWORD_WITHOUT_SUBJECT`, `NOT_FOUND`,
        `INVALID_ID`, `CONFLICTING_CHOICE`, `PERSON_ELSEWHERE` (not of the contact), `OTHER_LIST`,
        `ARGUMENTS_INVALID` (the view no longer fits),
        `TOO_MANY_RECIPIENTS`, `TOO_MANY_FILES`, `FILE_TOO_LARGE`, `TOO_MANY_JOBS`.
        """
        texts = Texts(info, input)
        contact_id = (
            key_in(input.contact_id, "contact", field="contactId") if input.contact_id else None
        )
        given = [key_in(each, "person", field="personIds") for each in input.person_ids or []]
        view = key_in(input.view_id, "saved_view", field="viewId") if input.view_id else None
        info.context.demand("people.read")
        order = [Person.is_primary.desc(), Person.name_key, Person.id]
        found: list[UUID] = []
        if input.where or not (view or given):
            # Also beside other choices: an id in it that is none is said to be.
            found = await chosen(session, info.context, Person, input.where or None, order_by=order)
        one_of("personIds", given, input.where)
        one_of("viewId", view, input.where or given)
        if view is not None:
            found = await chosen_by_view(info, session, view, "persons", order)
        elif input.person_ids is not None and input.person_ids is not strawberry.UNSET:
            found = await _chosen(session, given, contact_id)
        elif contact_id is not None:
            message = "Say which of the contact's persons: personIds, or a filter on contact."
            raise Refused("CONFLICTING_CHOICE", message, "contactId")
        draft = await texts.draft(session)
        return MailingPayload.of(
            await mailings.prepare(session, modules_of(info), draft, PERSON, found)
        )


async def _chosen(session: TenantSession, given: list[UUID], contact_id: UUID | None) -> list[UUID]:
    """The persons with these ids, the primary one first; all must be there, and of the contact."""
    if len(given) > MOST_CHOSEN:
        message = f"{len(given)} chosen persons are too many; {MOST_CHOSEN} are allowed."
        raise Refused("TOO_MANY_RECIPIENTS", message, "personIds")
    persons = list(
        await session.scalars(
            select(Person)
            .where(Person.id.in_(given))
            .order_by(Person.is_primary.desc(), Person.name_key, Person.id)
        )
    )
    for missing in set(given) - {person.id for person in persons}:
        raise NotFound("person", missing, "personIds")
    for person in persons:
        if contact_id is not None and person.contact_id != contact_id:
            message = f"{person.full_name} is not of that contact."
            raise Refused("PERSON_ELSEWHERE", message, "personIds")
    return [person.id for person in persons]
