"""Alerts: raised when something happens, sent to whom it concerns, acknowledged by one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from core.contacts.models import Contact
from core.kit.errors import NotFound, Refused
from core.kit.session import TenantSession, check_version
from core.kit.text import checked
from core.tenancy.models import Role, Tenant, User, UserRole
from plugins.crm.events import AlertRaised
from plugins.crm.models import Alert, AlertDelivery, AlertRule, AlertRuleRecipient
from plugins.crm.rules.alerts import (
    SEVERITIES,
    TOPIC,
    AlertCause,
    AlertSeverity,
    alert_title,
    topic_of,
)
from plugins.crm.services import alert_mails

COMMENT_LENGTH = 500
MOST_RECIPIENTS = 100


async def raise_alert(
    session: TenantSession,
    contact_id: UUID,
    cause: AlertCause,
    about: str | None = None,
    **facts: str,
) -> Alert | None:
    """Write an alert and deliver it; None if the tenant wants none of that cause, or if the same
    is said of the same thing already and nobody has seen to it."""
    rule = await session.scalar(select(AlertRule).where(AlertRule.cause == cause.value))
    if rule is not None and not rule.is_on:
        return None
    locale, currency = await _language(session)
    title = alert_title(cause, locale, **{"currency": currency, **facts})
    if about is not None and await _is_known(session, cause, about, title):
        return None
    alert = Alert(
        contact_id=contact_id,
        cause=cause.value,
        severity=rule.severity if rule else SEVERITIES[cause].value,
        title=title,
        raised_at=session.now,
        about=about,
    )
    session.add(alert)
    await session.flush()
    await _deliver(session, alert, rule)
    await session.tell(AlertRaised(alert.id, contact_id, cause.value, alert.severity, alert.title))
    return alert


async def acknowledge(
    session: TenantSession,
    key: UUID,
    comment: str | None = None,
    version: int | None = None,
    *,
    sees_flags: bool = True,
) -> Alert:
    """Say that an alert has been seen to, for all whom it went to.

    One about a flag is not there for who may not see flags.
    """
    said = checked(comment, "comment", COMMENT_LENGTH, lines=True)
    alert = await session.find(Alert, key, "alert", field="id", lock=True)
    if alert.cause == AlertCause.FLAGGED.value and not sees_flags:
        raise NotFound("alert", key, "id")
    check_version(alert, version)
    if alert.acknowledged_at is not None:
        raise Refused("ALREADY_ACKNOWLEDGED", "Somebody has seen to it before.", "id")
    alert.acknowledged_at, alert.acknowledged_by = session.now, session.user_id
    alert.comment = said
    to = select(AlertDelivery.user_id).where(AlertDelivery.alert_id == key)
    for user_id in await session.scalars(to):
        session.announce(topic_of(user_id))
    session.announce(TOPIC)
    return alert


async def set_rule(
    session: TenantSession,
    cause: AlertCause,
    *,
    severity: AlertSeverity,
    is_on: bool,
    to_owner: bool,
    by_mail: bool = True,
    user_ids: Sequence[UUID],
    role_ids: Sequence[UUID],
    version: int | None = None,
) -> AlertRule:
    """Say what becomes of the alerts of a cause from now on."""
    users, roles = list(dict.fromkeys(user_ids)), list(dict.fromkeys(role_ids))
    if (count := len(users) + len(roles)) > MOST_RECIPIENTS:
        message = f"There are {count} recipients; {MOST_RECIPIENTS} are allowed."
        raise Refused("TOO_MANY_RECIPIENTS", message, "userIds")
    for key in users:
        await session.find(User, key, "user", field="userIds")
    for key in roles:
        await session.find(Role, key, "role", field="roleIds")
    rule = await session.scalar(
        select(AlertRule).where(AlertRule.cause == cause.value).with_for_update()
    )
    if rule is None:
        rule = AlertRule(cause=cause.value)
        session.add(rule)
    else:
        check_version(rule, version)
    rule.severity, rule.is_on = severity.value, is_on
    rule.to_owner, rule.by_mail = to_owner, by_mail
    await session.flush()
    await _set_recipients(session, rule, users, roles)
    return rule


async def _set_recipients(
    session: TenantSession, rule: AlertRule, users: list[UUID], roles: list[UUID]
) -> None:
    of_rule = AlertRuleRecipient.rule_id == rule.id
    before = list(await session.scalars(select(AlertRuleRecipient).where(of_rule)))
    old: dict[str, list[Any]] = {
        "user_ids": sorted(str(r.user_id) for r in before if r.user_id),
        "role_ids": sorted(str(r.role_id) for r in before if r.role_id),
    }
    new: dict[str, list[Any]] = {
        "user_ids": sorted(map(str, users)),
        "role_ids": sorted(map(str, roles)),
    }
    if old == new:
        return
    await session.execute(delete(AlertRuleRecipient).where(of_rule))
    session.add_all(AlertRuleRecipient(rule_id=rule.id, user_id=key) for key in users)
    session.add_all(AlertRuleRecipient(rule_id=rule.id, role_id=key) for key in roles)
    changed = {name: [old[name], new[name]] for name in old if old[name] != new[name]}
    session.record(rule, changed)
    await session.flush()


async def _deliver(session: TenantSession, alert: Alert, rule: AlertRule | None) -> None:
    """Put the alert into the lists of all who are to know; a user who is named twice, once."""
    recipients: dict[UUID, str | None] = {}
    if rule is None or rule.to_owner:
        owner = await session.scalar(select(Contact.owner_id).where(Contact.id == alert.contact_id))
        if owner is not None:
            recipients[owner] = None
    if rule is not None:
        named = AlertRuleRecipient
        users = select(named.user_id).where(named.rule_id == rule.id, named.user_id.is_not(None))
        recipients |= dict.fromkeys(key for key in await session.scalars(users) if key)
        by_role = await session.execute(
            select(UserRole.user_id, Role.name)
            .join(Role, Role.id == UserRole.role_id)
            .join(named, named.role_id == Role.id)
            .where(named.rule_id == rule.id)
            .order_by(Role.name)
        )
        for user_id, role in by_role:
            recipients.setdefault(user_id, role)
    there = await session.scalars(
        select(User).where(User.id.in_(recipients), User.disabled_at.is_(None)).order_by(User.id)
    )
    users_there = list(there)
    session.announce(TOPIC)
    for user in users_there:
        session.announce(topic_of(user.id))
    deliveries = [
        AlertDelivery(
            alert_id=alert.id,
            user_id=user.id,
            role_name=recipients[user.id],
            delivered_at=session.now,
        )
        for user in users_there
    ]
    session.add_all(deliveries)
    # Mails are seen by people who may not see flags.
    if alert.cause != AlertCause.FLAGGED and (rule is None or rule.by_mail):
        await alert_mails.post(session, alert, list(zip(deliveries, users_there, strict=True)))
    await session.flush()


async def _is_known(session: TenantSession, cause: AlertCause, about: str, title: str) -> bool:
    """Whether the same alert waits for somebody. Whoever raises one holds the thing it is about."""
    same = (Alert.cause == cause.value) & (Alert.about == about) & (Alert.title == title)
    waiting = select(Alert.id).where(same, Alert.acknowledged_at.is_(None)).limit(1)
    return await session.scalar(waiting) is not None


async def _language(session: TenantSession) -> tuple[str, str]:
    found = await session.execute(
        select(Tenant.locale, Tenant.currency).where(Tenant.id == session.tenant_id)
    )
    locale, currency = found.one()
    return locale, currency
