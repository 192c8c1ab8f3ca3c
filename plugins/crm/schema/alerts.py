"""Alerts in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from core.about import as_kept, matching_about
from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, FacetedConnection
from core.kit.context import Context, Info
from core.kit.db import may
from core.kit.extend import extend
from core.kit.fields import Node, computed, everything, many, one, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, IdFilter, matching
from core.kit.live import watched
from core.kit.loaders import Asked
from core.kit.nodes import node
from core.kit.order import core
from core.kit.page import Page
from core.kit.records import blueprint
from core.kit.relation import Relation
from core.kit.settle import Late, Scope
from core.kit.sources import Record
from core.mail.models import Mail as MailRow
from core.roots import Query, Subscription
from core.tenancy.models import Role as RoleRow
from core.tenancy.models import User as UserRow
from plugins.crm.models import Alert as AlertRow
from plugins.crm.models import AlertDelivery as DeliveryRow
from plugins.crm.models import AlertRule as RuleRow
from plugins.crm.models import AlertRuleRecipient as RecipientRow
from plugins.crm.rules.alerts import TOPIC, AlertCause, AlertSeverity, topic_of

strawberry.enum(AlertCause, description="What made somebody be told.")
strawberry.enum(AlertSeverity, description="How grave an alert is.")
Acknowledger = aliased(UserRow)
#: What callers without ``crm.flags`` are shown: nothing that follows from a flag.
_NOT_FLAGGED = AlertRow.cause != AlertCause.FLAGGED.value
_SEEN = or_(_NOT_FLAGGED, may("crm.flags"))


@strawberry.type(description="An alert as it went to one user.")
class AlertDelivery(Record, table=DeliveryRow, requires="crm.alerts"):
    user_name: str | None = value(select(UserRow.name).where(UserRow.id == DeliveryRow.user_id))
    role_name: str | None = strawberry.field(
        description="The role by which it reached them; null: named themselves, or the "
        "contact's owner."
    )
    delivered_at: datetime = strawberry.field(description="When it stood in their own list.")
    mailed_at: datetime | None = value(
        select(MailRow.sent_at).where(MailRow.id == DeliveryRow.mail_id),
        "When the mail server took the mail of it; null if it did not, or there is none.",
    )
    mail_error: str | None = value(
        func.coalesce(
            DeliveryRow.mail_error,
            select(MailRow.error).where(MailRow.id == DeliveryRow.mail_id).scalar_subquery(),
        ),
        "Why it was not mailed, or not yet, or came back.",
    )


async def _about(root: Alert, info: Info) -> Node | None:
    return await node(info, root.value_of(AlertRow.about))  # type: ignore[no-any-return]


@strawberry.type(description="Something happened with a contact that somebody must know.")
class Alert(Node, table=AlertRow, requires="crm.alerts", seen=_SEEN):
    cause: AlertCause
    severity: AlertSeverity
    title: str = strawberry.field(description="What happened, in the tenant's language.")
    raised_at: datetime
    acknowledged_at: datetime | None = strawberry.field(
        description="When somebody saw to it; null until then."
    )
    acknowledged_by: str | None = value(
        select(Acknowledger.name).where(Acknowledger.id == AlertRow.acknowledged_by)
    )
    comment: str | None = strawberry.field(description="What they said then.")
    version: int
    contact: Contact = one(AlertRow.contact_id)
    deliveries: Connection[AlertDelivery] = many(
        DeliveryRow.alert_id,
        order_by=[DeliveryRow.delivered_at],
        first=20,
        description="Whom it went to.",
    )
    about_id: strawberry.ID | None = computed(
        as_kept, needs=[AlertRow.about], description="Of what caused it: a mission, a document …"
    )
    about: Node | None = strawberry.field(
        resolver=_about,
        description="The thing itself; null if it is gone, or its module is off.",
    )


@strawberry.input(description="Which alerts. All that is given must hold.")
class AlertFilter(Filter):
    cause: EnumFilter[AlertCause] | None = matching(AlertRow.cause)
    severity: EnumFilter[AlertSeverity] | None = matching(AlertRow.severity)
    contact: IdFilter | None = matching(AlertRow.contact_id)
    about: IdFilter | None = matching_about(AlertRow.about, "What caused them, by its ID.")
    acknowledged: bool | None = matching(AlertRow.acknowledged_at.is_not(None))
    raised_at: DateTimeFilter | None = matching(AlertRow.raised_at)


@strawberry.type(description="A user, or a role, who are sent the alerts of a cause.")
class AlertRuleRecipient(Record, table=RecipientRow, requires="crm.alerts"):
    user_id: strawberry.ID | None
    role_id: strawberry.ID | None
    user_name: str | None = value(select(UserRow.name).where(UserRow.id == RecipientRow.user_id))
    role_name: str | None = value(select(RoleRow.name).where(RoleRow.id == RecipientRow.role_id))


@strawberry.type(description="What becomes of the alerts of a cause.")
class AlertRule(Node, table=RuleRow, requires="crm.alerts"):
    cause: AlertCause
    severity: AlertSeverity
    is_on: bool = strawberry.field(description="Off: none are raised.")
    to_owner: bool = strawberry.field(description="The contact's owner is told.")
    by_mail: bool = strawberry.field(
        description="Recipients are mailed besides; never of flags, as others see mails."
    )
    version: int
    recipients: list[AlertRuleRecipient] = many(
        RecipientRow.rule_id, limit=100, description="Who is told besides."
    )


def _relations(key: Any, owner: Any = None, **options: Any) -> dict[bool, Relation]:
    """The alerts of one row of *owner*, by whether the caller may see flags."""
    return {
        may: Late(
            core(key),
            where=None if may else _NOT_FLAGGED,
            order_by=(AlertRow.raised_at.desc(),),
            filters=AlertFilter,
            facets=(("severity", AlertRow.severity), ("cause", AlertRow.cause)),
            **options,
        ).relation(owner, paged=True)
        for may in (True, False)
    }


_CONTACTS: Any = ContactRow.__table__
_USERS: Any = UserRow.__table__
EVERY = _relations(AlertRow.__table__)
OF_CONTACT = _relations(AlertRow.contact_id, _CONTACTS, tree=ContactClosure)
OF_USER = _relations(DeliveryRow.user_id, _USERS, to=DeliveryRow.alert_id)


def _page(relations: dict[bool, Relation], asked: Asked) -> Any:
    relation = relations["crm.flags" in asked.context.permissions]
    asked.context.demand("crm.alerts", *relation.demands(asked.args))
    return Page(relation, asked)


async def _alerts_of(
    root: Any,
    info: Info,
    first: int = 50,
    after: str | None = strawberry.UNSET,
    where: AlertFilter | None = strawberry.UNSET,
    scope: Scope | None = strawberry.UNSET,
) -> FacetedConnection[Alert]:
    return _page(OF_CONTACT, Asked(root, info._raw_info))  # type: ignore[no-any-return]


async def _alerts(
    info: Info,
    first: int = 50,
    after: str | None = strawberry.UNSET,
    where: AlertFilter | None = strawberry.UNSET,
) -> FacetedConnection[Alert]:
    return _page(EVERY, Asked(None, info._raw_info))  # type: ignore[no-any-return]


async def _my_alerts(
    info: Info,
    first: int = 50,
    after: str | None = strawberry.UNSET,
    where: AlertFilter | None = strawberry.UNSET,
) -> FacetedConnection[Alert]:
    """As if they were a field of the user who asks; a partner's program is none."""
    asked = Asked(None, info._raw_info)
    type_: Any = asked.info.schema.type_map["User"]
    of, me = blueprint(type_), info.context.actor.user_id or UUID(int=0)
    asked.parent = of.make([me if column == "id" else None for column in of.columns])
    asked.info = asked.info._replace(parent_type=type_)
    return _page(OF_USER, asked)  # type: ignore[no-any-return]


@extend(requires="crm.alerts")
class ContactAlerts(Contact):
    alerts: FacetedConnection[Alert] = strawberry.field(
        resolver=_alerts_of,
        description="What somebody had to know of the contact, newest first. Those about flags "
        "are shown to callers who may see flags.",
    )


@extend(requires="crm.alerts")
class AlertQueries(Query):
    alerts: FacetedConnection[Alert] = strawberry.field(
        resolver=_alerts, description="Those of all contacts, newest first."
    )
    my_alerts: FacetedConnection[Alert] = strawberry.field(
        resolver=_my_alerts, description="Those that went to the caller, newest first."
    )
    alert_rules: Connection[AlertRule] = everything(
        RuleRow,
        order_by=[RuleRow.cause],
        description="What the tenant has decided; of other causes, alerts go to the contact's "
        "owner.",
    )


def _mine(context: Context, _args: Any) -> list[str]:
    return [] if context.actor.user_id is None else [topic_of(context.actor.user_id)]


@extend(requires="crm.alerts")
class AlertSubscriptions(Subscription):
    my_alerts_changed: FacetedConnection[Alert] = watched(
        strawberry.field(
            resolver=_my_alerts,
            description="`myAlerts` of the same arguments, now and whenever they are others.",
        ),
        of="myAlerts",
        topics=_mine,
    )
    alerts_changed: FacetedConnection[Alert] = watched(
        strawberry.field(
            resolver=_alerts,
            description="`alerts` of the same arguments, now and whenever they are others.",
        ),
        of="alerts",
        topics=lambda _context, _args: [TOPIC],
    )
