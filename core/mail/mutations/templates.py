"""What can be done with templates."""

from __future__ import annotations

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import global_id
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.mail.schema.mails import Mail
from core.mail.schema.templates import MailTemplate, example_of, modules_of
from core.mail.services import previews, templates
from core.roots import Mutation


@strawberry.input
class MailTemplateCreateInput:
    name: str
    subject: str = strawberry.field(description="One line of 200 characters at most.")
    html: str | None = strawberry.field(
        default=strawberry.UNSET, description="200,000 characters at most; what runs is taken out."
    )
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="If there is none, it is made of the HTML."
    )
    language: str = strawberry.field(default="fr", description="`fr` or `en`.")


@strawberry.input(description="What isn't given stays as it is; null clears a text.")
class MailTemplateUpdateInput:
    id: strawberry.ID
    version: int | None = None
    name: str | None = strawberry.UNSET
    subject: str | None = strawberry.UNSET
    html: str | None = strawberry.UNSET
    text: str | None = strawberry.UNSET
    language: str | None = strawberry.UNSET


@strawberry.input
class MailTemplateDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.input
class MailTemplateTestInput:
    id: strawberry.ID
    recipient_id: strawberry.ID = strawberry.field(
        description="The person or contact whose values fill it; the mail goes to you."
    )
    about_ids: list[strawberry.ID] | None = strawberry.UNSET


@strawberry.type
class MailTemplatePayload(Payload):
    mail_template: MailTemplate | None = written()


@strawberry.type
class MailPayload(Payload):
    mail: Mail | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("mail_template", root.key)) if root.key else None


@strawberry.type
class MailTemplateDeletePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The template that is no more."
    )


@extend(requires="mail.configure")
class TemplateMutations(Mutation):
    @mutation
    async def mail_template_create(
        info: Info, session: TenantSession, input: MailTemplateCreateInput
    ) -> MailTemplatePayload:
        """Write a template. Its HTML is kept without scripts, forms and what covers a page.

        Refuses: `NAME_EMPTY`, `NAME_TAKEN`, `TEXT_REQUIRED`, `TOO_LONG`, `INVALID_CHARACTERS`,
        `INVALID_LANGUAGE`, `UNKNOWN_KEYWORD`, `MALFORMED_KEYWORD`.
        """
        given = values(input)
        return MailTemplatePayload.of(
            await templates.create(session, modules_of(info), given.pop("name"), **given)
        )

    @mutation
    async def mail_template_update(
        info: Info, session: TenantSession, input: MailTemplateUpdateInput
    ) -> MailTemplatePayload:
        """Change a template; mailings that were made of it keep what they say.

        Refuses: `NOT_FOUND`, `STALE_VERSION`, and what `mailTemplateCreate` refuses.
        """
        given = values(input, id="mail_template")
        key, version = given.pop("id"), given.pop("version")
        for needed in ("subject", "language"):
            if given.get(needed, "") is None:
                del given[needed]
        return MailTemplatePayload.of(
            await templates.update(session, modules_of(info), key, version, **given)
        )

    @mutation
    async def mail_template_delete(
        info: Info, session: TenantSession, input: MailTemplateDeleteInput
    ) -> MailTemplateDeletePayload:
        """Take a template away; what was sent stays. Refuses: `NOT_FOUND`, `STALE_VERSION`."""
        key = values(input, id="mail_template")["id"]
        return MailTemplateDeletePayload(key=await templates.delete(session, key, input.version))


@extend(requires="mail.send")
class TemplateTest(Mutation):
    @mutation
    async def mail_template_test(
        info: Info, session: TenantSession, input: MailTemplateTestInput
    ) -> MailPayload:
        """Send a template to yourself, filled as for one recipient.

        Refuses: `NOT_FOUND`, `INVALID_ID`, `NO_ADDRESS` (your login is none),
        `KEYWORD_WITHOUT_SUBJECT`, `UNKNOWN_KEYWORD`, `TOO_LONG`.
        """
        key = values(input, id="mail_template")["id"]
        example = example_of(info, input.recipient_id, input.about_ids or None)
        settings = info.context.settings
        return MailPayload.of(
            await previews.test(session, modules_of(info), settings, key, example)
        )
