"""What can be done with mailings."""

from __future__ import annotations

import strawberry

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import ContactFilter
from core.kit.chosen import chosen
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import global_id, key_in
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.mail.audiences import CONTACT
from core.mail.mutations.inputs import MailingTexts, Texts, one_of
from core.mail.schema.mails import Mailing
from core.mail.schema.templates import modules_of
from core.mail.services import mailings
from core.roots import Mutation
from core.search.lookup import CONTACT_SEARCH
from core.views.chosen import chosen_by_view


@strawberry.input(description="To all contacts of a list; without a filter, to everybody.")
class MailingCreateForContactsInput(MailingTexts):
    where: ContactFilter | None = strawberry.UNSET
    search: str | None = strawberry.UNSET
    view_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description="All rows of a saved view of `contacts`, instead of a filter.",
    )


@strawberry.input
class MailingSendInput:
    id: strawberry.ID
    confirm_count: int = strawberry.field(
        description="How many will be written to, as the mailing's `toSendCount` says."
    )
    version: int | None = None


@strawberry.input
class MailingPauseInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class MailingResumeInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class MailingCancelInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class MailingDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.type
class MailingPayload(Payload):
    mailing: Mailing | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("mailing", root.key)) if root.key else None


@strawberry.type
class MailingDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The mailing that is no more."
    )


@extend(requires="mail.send")
class MailingMutations(Mutation):
    @mutation
    async def mailing_create_for_contacts(
        info: Info, session: TenantSession, input: MailingCreateForContactsInput
    ) -> MailingPayload:
        """Prepare a mailing to contacts: who gets it is frozen, and nothing is sent yet.

        A contact is reached by whom a module puts in front of it (its primary person), or by
        its own address. Over 2,000 are written down by a job, `jobId`, while it is `PREPARING`.
        Refuses: `NAME_EMPTY`, `TEXT_REQUIRED`, `TOO_LONG`,
        `INVALID_CHARACTERS`, `INVALID_LANGUAGE`, `INVALID_EMAIL`, `UNKNOWN_KEYWORD`,
        `MALFORMED_KEYWORD`, `KEYWORD_WITHOUT_SUBJECT`, `NOT_FOUND`, `INVALID_ID`,
        `CONFLICTING_CHOICE`, `OTHER_LIST`, `ARGUMENTS_INVALID` (the view no longer fits),
        `TOO_MANY_RECIPIENTS`, `TOO_MANY_FILES`, `FILE_TOO_LARGE`, `TOO_MANY_JOBS`.
        """
        texts = Texts(info, input)
        view = key_in(input.view_id, "saved_view", field="viewId") if input.view_id else None
        info.context.demand("contacts.read")
        filtered, order = input.where or input.search, [ContactRow.name_key, ContactRow.id]
        if filtered or view is None:
            # Also beside a view: an id in it that is none is said to be.
            contacts = await chosen(
                session,
                info.context,
                ContactRow,
                input.where or None,
                input.search or None,
                search=CONTACT_SEARCH,
                order_by=order,
            )
        one_of("viewId", view, filtered)
        if view is not None:
            contacts = await chosen_by_view(info, session, view, "contacts", order)
        draft = await texts.draft(session)
        return MailingPayload.of(
            await mailings.prepare(session, modules_of(info), draft, CONTACT, contacts)
        )

    @mutation
    async def mailing_send(
        info: Info, session: TenantSession, input: MailingSendInput
    ) -> MailingPayload:
        """Let a mailing go, to exactly as many as you say.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `WRONG_STATE`, `NO_RECIPIENTS`, `COUNT_MISMATCH`,
        `NO_MAIL_SERVER`, `UNKNOWN_KEYWORD`, `KEYWORD_WITHOUT_SUBJECT`.
        """
        key, context = values(input, id="mailing")["id"], info.context
        return MailingPayload.of(
            await mailings.send(
                session, modules_of(info), context.settings, key, input.confirm_count,
                input.version,
            )
        )  # fmt: skip

    @mutation
    async def mailing_pause(
        info: Info, session: TenantSession, input: MailingPauseInput
    ) -> MailingPayload:
        """Send no more of it for now. Refuses: `NOT_FOUND`, `STALE_VERSION`, `WRONG_STATE`."""
        key = values(input, id="mailing")["id"]
        return MailingPayload.of(await mailings.pause(session, key, input.version))

    @mutation
    async def mailing_resume(
        info: Info, session: TenantSession, input: MailingResumeInput
    ) -> MailingPayload:
        """Go on with a paused mailing. Refuses: `NOT_FOUND`, `STALE_VERSION`, `WRONG_STATE`."""
        key = values(input, id="mailing")["id"]
        return MailingPayload.of(await mailings.resume(session, key, input.version))

    @mutation
    async def mailing_cancel(
        info: Info, session: TenantSession, input: MailingCancelInput
    ) -> MailingPayload:
        """Send no more of it at all; who has not been written to is skipped.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, `WRONG_STATE`.
        """
        key = values(input, id="mailing")["id"]
        return MailingPayload.of(await mailings.cancel(session, key, input.version))

    @mutation
    async def mailing_delete(
        info: Info, session: TenantSession, input: MailingDeleteInput
    ) -> MailingDeletePayload:
        """Forget a mailing that was not sent. Refuses: `NOT_FOUND`, `STALE_VERSION`, `WRONG_STATE`.

        What was sent is kept.
        """
        key = values(input, id="mailing")["id"]
        return MailingDeletePayload(key=await mailings.delete(session, key, input.version))
