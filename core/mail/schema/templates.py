"""Templates, their keywords, and what one recipient would read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import strawberry

from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.errors import InvalidId
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything
from core.kit.filters import Filter, TextFilter, matching
from core.kit.ids import key_in, prefix_in
from core.kit.modules import Modules
from core.mail.keywords import UNSUBSCRIBE, UNSUBSCRIBE_WORDS
from core.mail.models import MailTemplate as TemplateRow
from core.mail.rules.templates import Filled
from core.mail.services import filling, previews
from core.mail.services.previews import Example
from core.roots import Query


@strawberry.type(description="A subject and a text with keywords, such as `{{contact.name}}`.")
class MailTemplate(Node, table=TemplateRow, requires="mail.read"):
    name: str
    subject: str
    html: str | None = strawberry.field(description="Without anything that runs or hides.")
    text: str | None = strawberry.field(description="If null, it is made of the HTML.")
    language: str = strawberry.field(description="`fr` or `en`: how dates and amounts look.")
    updated_at: datetime
    version: int


@strawberry.input(description="Which templates. All that is given must hold.")
class MailTemplateFilter(Filter):
    name: TextFilter | None = matching(TemplateRow.name)
    subject: TextFilter | None = matching(TemplateRow.subject)
    language: TextFilter | None = matching(TemplateRow.language)


@strawberry.type(description="What templates may say.")
class TemplateKeyword:
    keyword: str = strawberry.field(description="As it is written: `{{contact.name}}`.")
    description: str


@strawberry.type(description="A mail as one recipient reads it.")
class MailPreview:
    subject: str
    html: str | None
    text: str

    @classmethod
    def of(cls, filled: Filled) -> Self:
        return cls(subject=filled.subject, html=filled.html, text=filled.text)


def modules_of(info: Info) -> Modules:
    """Those whose schema this is."""
    schema: Any = info.schema
    found: Modules = schema.modules
    return found


def example_of(info: Info, recipient_id: str, about_ids: list[strawberry.ID] | None) -> Example:
    """One recipient to try a template with, whom the caller may see."""
    modules = modules_of(info)
    audiences = modules.mail_audiences
    recipient_type = prefix_in(recipient_id)
    if recipient_type not in audiences:
        raise InvalidId(recipient_id, " or ".join(sorted(audiences)), "recipientId")
    about = filling.about(modules, about_ids or [])
    info.context.demand(
        audiences[recipient_type].requires,
        *(s.requires for s in modules.template_keywords.values() if s.of in about),
    )
    return Example(recipient_type, key_in(recipient_id, recipient_type), about)


def _keywords(info: Info) -> list[TemplateKeyword]:
    words = {p: s.words for p, s in modules_of(info).template_keywords.items()}
    return [
        TemplateKeyword(keyword=f"{{{{{prefix}.{word}}}}}", description=meaning)
        for prefix, meanings in {**words, UNSUBSCRIBE: UNSUBSCRIBE_WORDS}.items()
        for word, meaning in meanings.items()
    ]


async def _template_preview(
    info: Info,
    id: strawberry.ID,
    recipient_id: strawberry.ID,
    about_ids: list[strawberry.ID] | None = None,
) -> MailPreview:
    context, key = info.context, key_in(id, "mail_template", field="id")
    example = example_of(info, recipient_id, about_ids)
    async with context.session() as session:
        return MailPreview.of(
            await previews.of_template(session, modules_of(info), context.settings, key, example)
        )


async def _mail_preview(info: Info, id: strawberry.ID) -> MailPreview:
    context, key = info.context, key_in(id, "mail", field="id")
    async with context.session() as session:
        return MailPreview.of(
            await previews.of_mail(session, modules_of(info), context.settings, key)
        )


@extend(requires="mail.read")
class TemplateQueries(Query):
    mail_template: MailTemplate = by_id(TemplateRow)
    mail_templates: Connection[MailTemplate] = everything(
        TemplateRow, order_by=[TemplateRow.name_key], filters=MailTemplateFilter
    )
    mail_template_keywords: list[TemplateKeyword] = strawberry.field(
        resolver=_keywords, description="All that templates may say, by what it is about."
    )
    mail_template_preview: MailPreview = strawberry.field(
        resolver=_template_preview,
        description="A template as a marketing mail to one recipient, a person or a contact. "
        "`aboutIds` are a mission, a document … that its keywords are about.",
    )
    mail_preview: MailPreview = strawberry.field(
        resolver=_mail_preview,
        description="A mail as it was sent, or, before it is, as it would be now.",
    )
