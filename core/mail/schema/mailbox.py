"""The development mailbox: what would have gone out."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import Text, func

from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, one
from core.kit.filters import DateTimeFilter, Filter, TextFilter, matching
from core.mail.models import MailboxMail as Row
from core.mail.schema.mails import Mail
from core.roots import Query


@strawberry.type(description="A mail as it arrived in the development mailbox.")
class MailboxMail(Node, table=Row, requires="mail.read"):
    received_at: datetime
    sender: str
    recipient: str
    subject: str
    headers: str = strawberry.field(description="As they were sent, one a line.")
    html: str | None
    text: str | None
    attachments: list[str] = strawberry.field(description="The names of the files with it.")
    mail: Mail | None = one(Row.mail_id)


@strawberry.input(description="Which mails. All that is given must hold.")
class MailboxFilter(Filter):
    words: TextFilter | None = matching(
        func.concat_ws(" ", Row.subject, Row.recipient, Row.text, type_=Text()),
        description="Subject, recipient and text.",
    )
    recipient: TextFilter | None = matching(Row.recipient)
    subject: TextFilter | None = matching(Row.subject)
    received_at: DateTimeFilter | None = matching(Row.received_at)


@extend(requires="mail.read")
class MailboxQueries(Query):
    mailbox: Connection[MailboxMail] = everything(
        Row,
        order_by=[Row.received_at.desc()],
        filters=MailboxFilter,
        description="What the development mailbox has taken, newest first. With a mail server "
        "there is nothing in it.",
    )
    mailbox_mail: MailboxMail = by_id(Row)
