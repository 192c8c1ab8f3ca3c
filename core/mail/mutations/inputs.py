"""What all inputs that make a mailing have in common, also those of modules."""

from __future__ import annotations

from typing import Any

import strawberry

from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.ids import key_in
from core.kit.session import TenantSession
from core.mail.models import MailTemplate
from core.mail.rules import templates as rules
from core.mail.rules.states import MailKind
from core.mail.schema.templates import modules_of
from core.mail.services import filling
from core.mail.services.mailings import Draft
from core.mail.services.templates import wording_of


@strawberry.input
class MailingTexts:
    name: str = strawberry.field(description="For those who send it; recipients don't see it.")
    kind: MailKind
    template_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="What it says; texts that are given win over it."
    )
    subject: str | None = strawberry.UNSET
    html: str | None = strawberry.UNSET
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="If there is none, it is made of the HTML."
    )
    language: str | None = strawberry.field(
        default=strawberry.UNSET, description="`fr` (the default) or `en`."
    )
    reply_to: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where answers go."
    )
    about_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="What else it is about, for keywords: a mission, a document.",
    )
    attachment_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Files that go with it: 10, of 15 MB together."
    )


class Texts:
    """The ids in an input, read before anything is looked up."""

    def __init__(self, info: Info, given: MailingTexts) -> None:
        self._info, self._given = info, given
        self._template = (
            key_in(given.template_id, "mail_template", field="templateId")
            if given.template_id
            else None
        )
        self._about = filling.about(modules_of(info), given.about_ids or [])
        self._files = [
            key_in(each, "file", field="attachmentIds") for each in given.attachment_ids or []
        ]

    async def draft(self, session: TenantSession) -> Draft:
        """What it says, if the caller may see all that its keywords are about."""
        given = self._given
        texts: dict[str, Any] = {"subject": "", "html": None, "text": None, "language": "fr"}
        if self._template is not None:
            template = await session.find(
                MailTemplate, self._template, "mail template", field="templateId"
            )
            kept = wording_of(template)
            texts = {name: getattr(kept, name) for name in texts}
        texts |= {name: getattr(given, name) for name in texts if getattr(given, name)}
        wording = rules.wording(**texts)
        sources = modules_of(self._info).template_keywords
        used = {keyword.prefix for keyword, _ in wording.keywords()}
        self._info.context.demand(
            *(s.requires for s in sources.values() if s.prefix in used or s.of in self._about)
        )
        if self._files:
            self._info.context.demand("files.read")
        return Draft(
            given.name,
            given.kind,
            wording,
            given.reply_to or None,
            self._about,
            self._files,
        )


def one_of(field: str, *given: object) -> None:
    """Refuse more than one of several ways to say the same."""
    if sum(1 for each in given if each) > 1:
        raise Refused("CONFLICTING_CHOICE", "Give chosen ones, or a filter, not both.", field)
