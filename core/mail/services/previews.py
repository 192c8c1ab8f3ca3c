"""What one recipient would read, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core.kit.errors import NotFound, Refused
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.kit.settings import Settings
from core.mail import links
from core.mail.links import Unsubscribing
from core.mail.models import Mail, Mailing, MailTemplate
from core.mail.rules.addresses import deliverable
from core.mail.rules.footers import with_unsubscribing
from core.mail.rules.states import MailKind
from core.mail.rules.templates import Filled, Wording
from core.mail.services import filling, letters
from core.mail.services.bounces import held
from core.mail.services.saying import fill_for
from core.mail.services.templates import wording_of
from core.tenancy.models import User

#: In links of previews: who only looks, and tries the button, unsubscribes nobody.
OF_NO_MAIL = UUID(int=0)


@dataclass(frozen=True)
class Example:
    """One recipient to try a template with, and what else it would be about."""

    recipient_type: str
    recipient_id: UUID
    about: Mapping[str, UUID]


async def of_template(
    session: TenantSession, modules: Modules, settings: Settings, key: UUID, example: Example
) -> Filled:
    """A template as a marketing mail to one recipient."""
    template = await session.find(MailTemplate, key, "mail template", field="id")
    return await _filled(session, modules, settings, wording_of(template), example)


async def of_mail(
    session: TenantSession, modules: Modules, settings: Settings, key: UUID
) -> Filled:
    """A mail as it was sent, or as it would be now."""
    mail = await held(session, key, "id")
    if mail.is_private:
        raise NotFound("mail that you may read", key, "id")
    if mail.subject is not None and mail.text is not None:
        return Filled(mail.subject, mail.html, mail.text)
    mailing = await session.find(Mailing, _mailing_of(mail), "mailing")
    link = None
    if mail.kind == MailKind.MARKETING:
        link = _link(session, settings, OF_NO_MAIL)
    return await fill_for(session, modules, mail, mailing, link)


async def test(
    session: TenantSession, modules: Modules, settings: Settings, key: UUID, example: Example
) -> Mail:
    """Send a template, filled for an example, to who asks for it."""
    template = await session.find(MailTemplate, key, "mail template", field="id")
    filled = await _filled(session, modules, settings, wording_of(template), example)
    user = None
    if session.user_id is not None:
        user = await session.find(User, session.user_id, "user")
    if user is None or deliverable(user.login) is None:
        raise Refused("NO_ADDRESS", "Your login is no e-mail address that a test could go to.")
    return await letters.post(
        session, filled, user.login, name=user.name, language=template.language
    )


async def _filled(
    session: TenantSession, modules: Modules, settings: Settings, wording: Wording, example: Example
) -> Filled:
    audience = modules.mail_audiences[example.recipient_type]
    read = await audience.read(session, [example.recipient_id], False)
    if example.recipient_id not in read:
        what = example.recipient_type.replace("_", " ")
        raise NotFound(what, example.recipient_id, "recipientId")
    await filling.require(session, modules, example.about)
    offered = {"contact", example.recipient_type, *example.about}
    filling.check(modules, wording, offered, marketing=True)
    subjects: dict[str, UUID | None] = {
        **example.about,
        "contact": read[example.recipient_id].contact_id,
        "user": session.user_id,
        "tenant": session.tenant_id,
        example.recipient_type: example.recipient_id,
    }
    link = _link(session, settings, OF_NO_MAIL)
    filled = await filling.fill(session, modules, wording, subjects, link)
    return with_unsubscribing(filled, link, wording.language)


def _link(session: TenantSession, settings: Settings, mail: UUID) -> str:
    key = Unsubscribing(session.tenant_id, mail)
    return links.address(settings.public_address, settings.secret, key)


def _mailing_of(mail: Mail) -> UUID:
    assert mail.mailing_id is not None  # a mail of its own has its text from the start
    return mail.mailing_id
