"""What becomes of single mails: bounces, addresses, the development mailbox."""

from __future__ import annotations

from enum import Enum

import strawberry
from sqlalchemy import delete

from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.kit.text import checked
from core.mail.composing import mail_in
from core.mail.models import MailboxMail
from core.mail.mutations.templates import MailPayload
from core.mail.schema.mails import MailAddress
from core.mail.services import addresses, bounces, handing
from core.roots import Mutation


@strawberry.enum(description="Whether a mail will never arrive there, or did not this time.")
class BounceKind(Enum):
    HARD = "HARD"
    SOFT = "SOFT"


@strawberry.input(description="By its id, or by the header `Message-ID` that it went with.")
class MailBounceRecordInput:
    mail_id: strawberry.ID | None = strawberry.UNSET
    message_id: str | None = strawberry.UNSET
    kind: BounceKind
    diagnostic: str | None = strawberry.field(
        default=strawberry.UNSET, description="What the other server said, 500 at most."
    )


@strawberry.input
class MailResendInput:
    id: strawberry.ID


@strawberry.input
class MailAddressReleaseInput:
    id: strawberry.ID


@strawberry.type
class MailAddressPayload(Payload):
    mail_address: MailAddress | None = written()


@strawberry.type
class MailboxEmptyPayload(Payload):
    count: int | None = strawberry.field(default=None, description="How many mails are gone.")


@extend(requires="mail.bounces")
class BounceMutations(Mutation):
    @mutation
    async def mail_bounce_record(
        info: Info, session: TenantSession, input: MailBounceRecordInput
    ) -> MailPayload:
        """Say that a mail came back. After a hard bounce, nothing goes to the address any more.

        Refuses: `NOT_FOUND`, `INVALID_ID`, `MAIL_MISSING` (neither id), `WRONG_STATE` (it has
        not gone out), `TOO_LONG`, `INVALID_CHARACTERS`.
        """
        given = values(input, mail_id="mail")
        key, field = given.get("mail_id"), "mailId"
        if key is None:
            field = "messageId"
            if not given.get("message_id"):
                raise Refused("MAIL_MISSING", "Say which mail: mailId or messageId.", "mailId")
            key = mail_in(given["message_id"])
        if key is None:
            message = f"'{given['message_id'][:80]}' is no Message-ID of ours."
            raise Refused("NOT_FOUND", message, field)
        said = checked(
            input.diagnostic or None, "diagnostic", bounces.DIAGNOSTIC_LENGTH, lines=True
        )
        return MailPayload.of(
            await bounces.record(
                session, key, field, for_good=input.kind is BounceKind.HARD, diagnostic=said
            )
        )


@extend(requires="mail.send")
class ResendMutations(Mutation):
    @mutation
    async def mail_resend(
        info: Info, session: TenantSession, input: MailResendInput
    ) -> MailPayload:
        """Send a mail again that has failed, or of which nobody knows whether it arrived.

        It goes with the same `Message-ID`, if its recipient may still be written to. Refuses:
        `NOT_FOUND`, `INVALID_ID`, `WRONG_STATE`.
        """
        key = values(input, id="mail")["id"]
        return MailPayload.of(await handing.resend(session, key))


@extend(requires="mail.configure")
class MailMutations(Mutation):
    @mutation
    async def mail_address_release(
        info: Info, session: TenantSession, input: MailAddressReleaseInput
    ) -> MailAddressPayload:
        """Let mails go to an address again: it was mended, or its owner asked for it.

        Refuses: `NOT_FOUND`.
        """
        key = values(input, id="mail_address")["id"]
        return MailAddressPayload.of(await addresses.release(session, key))

    @mutation
    async def mailbox_empty(info: Info, session: TenantSession) -> MailboxEmptyPayload:
        """Throw away what is in the development mailbox. Refuses nothing."""
        gone = await session.execute(delete(MailboxMail).returning(MailboxMail.id))
        return MailboxEmptyPayload(count=len(gone.all()))
