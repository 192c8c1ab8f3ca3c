"""Empties a tenant's outbox, one entry after the other."""

from __future__ import annotations

from functools import partial

import structlog

from core.kit import outbox
from core.kit.events import Outing
from core.kit.outbox import Delivery, Done
from core.kit.session import Actor
from gateway.backstage import Backstage, Tenant, failure

log = structlog.get_logger(__name__)
#: The longest a listener may take for one entry.
HANDLER_SECONDS = 60
#: Of one task: what is left is for the next, so that a busy tenant doesn't hold a worker.
MOST_AT_ONCE = 500


async def deliver_all(backstage: Backstage, tenant: Tenant) -> int:
    """Deliver what is due; how many entries were delivered. What fails is tried again later."""
    delivered = 0
    begin = partial(backstage.sessions.begin, listeners=tenant.modules.listeners)
    for _ in range(MOST_AT_ONCE):
        async with begin(Actor(tenant.id)) as session:
            delivery = await outbox.take(session)
        if delivery is None:
            break
        about = {"tenant": tenant.slug, "listener": delivery.listener}
        error = await failure(_deliver(backstage, tenant, delivery), HANDLER_SECONDS, **about)
        if error is None:
            delivered += 1
            continue
        log.warning("a delivery failed", reason=error, attempt=delivery.attempt, **about)
        async with begin(Actor(tenant.id)) as session:
            await outbox.note_failure(session, delivery, error)
    return delivered


async def _deliver(backstage: Backstage, tenant: Tenant, delivery: Delivery) -> None:
    actor = delivery.actor(tenant.id)
    done = None
    listener = tenant.modules.listeners.by_key.get(delivery.listener)
    if listener is not None and listener.errand is not None:
        async with backstage.sessions.begin(actor, tenant.modules.listeners) as session:
            asked = await listener.errand.prepare(session, delivery.event)
        if asked is not None:
            outing = Outing(tenant.id, tenant.modules, backstage.settings, backstage.outside)
            done = Done(asked, await listener.errand.go(outing, asked))
    async with backstage.sessions.begin(actor, tenant.modules.listeners) as session:
        await outbox.deliver(session, delivery, done)
