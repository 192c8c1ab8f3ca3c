"""A mail as it goes over the wire."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from core.mail.headers import POLICY, attached
from core.mail.rules.addresses import mailbox, one_line
from core.mail.services.handing import Claimed

_TYPE = re.compile(r"([a-z]+)/([a-z0-9][a-z0-9!#$&^_.+-]*)")


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes


def message_id(mail: UUID, mail_from: str) -> str:
    """The same at each attempt: by it, who has the mail already knows it again."""
    return f"<{mail.hex}@{mail_from.rpartition('@')[2]}>"


def mail_in(message_id: str) -> UUID | None:
    """The mail that a header Message-ID of ours names."""
    local = message_id.strip().removeprefix("<").partition("@")[0]
    try:
        return UUID(hex=local) if len(local) == 32 else None
    except ValueError:
        return None


def compose(
    claimed: Claimed, mail_from: str, attachments: Sequence[Attachment], now: datetime
) -> EmailMessage:
    """*claimed* as a message. Whatever its values hold, each header is one line."""
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox(claimed.sender, mail_from)
    message["To"] = mailbox(claimed.name, claimed.address)
    message["Subject"] = one_line(claimed.filled.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(claimed.id, mail_from)
    if claimed.reply_to is not None:
        message["Reply-To"] = Address(addr_spec=claimed.reply_to)
    if claimed.link is not None:
        message["List-Unsubscribe"] = f"<{claimed.link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Precedence"] = "bulk"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(claimed.filled.text)
    if claimed.filled.html is not None:
        message.add_alternative(_document(claimed.filled.html), subtype="html")
    for file in attachments:
        main, sub = _type_of(file)
        name = attached(one_line(file.filename) or "file")
        message.add_attachment(file.content, maintype=main, subtype=sub, headers=[name])
    return message


def _type_of(file: Attachment) -> tuple[str, str]:
    found = _TYPE.fullmatch(file.content_type)
    # What a message is, or is made of, is read by whoever sends it on.
    if found is None or found[1] in ("message", "multipart"):
        return "application", "octet-stream"
    return found[1], found[2]


def _document(html: str) -> str:
    head = '<head><meta charset="utf-8"></head>'
    return f"<!doctype html>\n<html>{head}<body>\n{html}\n</body></html>\n"
