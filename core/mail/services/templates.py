"""Templates are written, changed and deleted; what was sent with one keeps a copy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.kit.errors import RefusedTogether
from core.kit.keys import sort_key
from core.kit.modules import Modules
from core.kit.session import TenantSession, check_version
from core.mail.models import MailTemplate
from core.mail.rules import templates as rules
from core.mail.rules.templates import Wording
from core.mail.services.filling import known


async def create(session: TenantSession, modules: Modules, name: str, **given: Any) -> MailTemplate:
    kept = rules.name(name)
    template = MailTemplate(name=kept, name_key=sort_key(kept))
    _write(template, modules, **given)
    session.add(template)
    await session.flush()
    return template


async def update(
    session: TenantSession, modules: Modules, key: UUID, version: int | None, **given: Any
) -> MailTemplate:
    template = await session.find(MailTemplate, key, "mail template", field="id")
    check_version(template, version)
    if "name" in given:
        template.name = rules.name(given.pop("name") or "")
        template.name_key = sort_key(template.name)
    before = {field: getattr(template, field) for field in ("subject", "html", "text", "language")}
    _write(template, modules, **{**before, **given})
    await session.flush()
    return template


async def delete(session: TenantSession, key: UUID, version: int | None) -> UUID:
    template = await session.find(MailTemplate, key, "mail template", field="id")
    check_version(template, version)
    await session.delete(template)
    return key


def wording_of(template: MailTemplate) -> Wording:
    return Wording(template.subject, template.html, template.text, template.language)


def _write(
    template: MailTemplate,
    modules: Modules,
    *,
    subject: str,
    html: str | None = None,
    text: str | None = None,
    language: str,
) -> None:
    wording = rules.wording(subject, html, text, language)
    if refusals := rules.unknown(wording, known(modules)):
        raise RefusedTogether(refusals)
    template.subject, template.html = wording.subject, wording.html
    template.text, template.language = wording.text, wording.language
