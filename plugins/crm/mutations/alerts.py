"""Acknowledging alerts, and saying who is sent them."""

from __future__ import annotations

import strawberry

from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.crm.rules.alerts import AlertCause, AlertSeverity
from plugins.crm.schema.alerts import Alert, AlertRule
from plugins.crm.services import alerts


@strawberry.input
class AlertAcknowledgeInput:
    id: strawberry.ID
    comment: str | None = strawberry.field(default=None, description="Up to 500 characters.")
    version: int | None = None


@strawberry.input(description="The whole rule: it replaces the one there is.")
class AlertRuleSetInput:
    cause: AlertCause
    severity: AlertSeverity
    is_on: bool = True
    to_owner: bool = strawberry.field(default=True, description="Tell the contact's owner.")
    by_mail: bool = strawberry.field(
        default=True, description="Mail the recipients besides; never of flags."
    )
    user_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Who is told besides, 100 with the roles."
    )
    role_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Roles, all of whose users are told."
    )
    version: int | None = strawberry.field(
        default=None, description="Of the rule that there is already."
    )


@strawberry.type
class AlertPayload(Payload):
    alert: Alert | None = written()


@strawberry.type
class AlertRulePayload(Payload):
    alert_rule: AlertRule | None = written()


@extend(requires="crm.alerts")
class AlertMutations(Mutation):
    @mutation
    async def alert_acknowledge(
        info: Info, session: TenantSession, input: AlertAcknowledgeInput
    ) -> AlertPayload:
        """Say that an alert has been seen to, for all whom it went to.

        Refuses: `ALREADY_ACKNOWLEDGED`, `TOO_LONG`, `INVALID_CHARACTERS`, `STALE_VERSION`,
        `NOT_FOUND`, `INVALID_ID`.
        """
        key = values(input, id="alert")["id"]
        sees_flags = "crm.flags" in info.context.permissions
        return AlertPayload.of(
            await alerts.acknowledge(
                session, key, input.comment, input.version, sees_flags=sees_flags
            )
        )


@extend(requires="crm.configure")
class AlertRuleMutations(Mutation):
    @mutation
    async def alert_rule_set(
        info: Info, session: TenantSession, input: AlertRuleSetInput
    ) -> AlertRulePayload:
        """Say who is sent the alerts of a cause, and how grave they are, from now on.

        Refuses: `TOO_MANY_RECIPIENTS`, `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`.
        """
        given = values(input, user_ids="user", role_ids="role")
        return AlertRulePayload.of(await alerts.set_rule(session, given.pop("cause"), **given))
