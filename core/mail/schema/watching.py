"""Mailings, watched while they go."""

from __future__ import annotations

from core.kit.arguments import Args
from core.kit.connections import Connection
from core.kit.context import Context
from core.kit.extend import extend
from core.kit.fields import by_id, everything
from core.kit.ids import key_in, prefix_in
from core.kit.live import watched
from core.mail.models import Mailing as MailingRow
from core.mail.rules.states import topic
from core.mail.schema.mails import Mailing, MailingFilter
from core.roots import Subscription

_OVER = """
select 1 from core_mailing
where tenant_id = $1 and id = $2 and state in ('DONE', 'CANCELLED')
"""


def _topics(context: Context, args: Args) -> list[str]:
    named = prefix_in(args["id"]) == "mailing"
    return [topic(key_in(args["id"]))] if named else []


async def _is_over(context: Context, args: Args) -> bool:
    if not _topics(context, args):
        return True
    return bool(await context.fetch(_OVER, [context.tenant, key_in(args["id"])]))


@extend(requires="mail.read")
class MailingSubscriptions(Subscription):
    mailing_changed: Mailing = watched(
        by_id(
            MailingRow,
            "A `mailing`, now and whenever more of it has gone; complete once it is over.",
        ),
        of="mailing",
        topics=_topics,
        over=_is_over,
    )
    mailings_changed: Connection[Mailing] = watched(
        everything(
            MailingRow,
            order_by=[MailingRow.created_at.desc()],
            filters=MailingFilter,
            description="The `mailings` of the same arguments, now and whenever they are others.",
        ),
        of="mailings",
        topics=lambda _context, _args: ["mailing"],
    )
