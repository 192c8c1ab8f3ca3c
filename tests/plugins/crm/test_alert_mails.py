"""Alerts by mail: to whom they went, but for those about flags; what becomes of a mail is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from core.kit.ids import global_id, key_in
from core.kit.settings import get_settings
from plugins.crm.rules.alerts import AlertCause, AlertSeverity, Told, alert_mail
from plugins.crm.services.alert_mails import NO_ADDRESS, NO_SERVER
from plugins.crm.services.alerts import raise_alert
from tests.cast import House, Tenant
from tests.plugins.crm.cast import colleague
from tests.post import Post, mailbox
from tests.smtp import mail_server

DELIVERIES = """query($id: ID!) { contact(id: $id) { mails { totalCount } alerts { nodes {
  deliveries { nodes { userName mailedAt mailError } } } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


async def alex_of(tenant: Tenant, cause: str = "SUSPENDED", **rule: Any) -> str:
    """The address of a user who is told of alerts of a cause, besides the owner."""
    alex = await colleague(tenant, "alex")
    address = f"alex@{tenant.slug}.fr"
    await tenant.house.owner.execute(
        "update core_user set login = $3 where tenant_id = $1 and id = $2",
        tenant.id, alex.user_id, address,
    )  # fmt: skip
    given = {"cause": cause, "severity": "WARNING", "userIds": [global_id("user", alex.user_id)]}
    await tenant.do("alertRuleSet", **given, **rule)
    return address


async def site_of(tenant: Tenant) -> str:
    return await tenant.contact(
        "Chaufferie", reference="C-1", owner=global_id("user", tenant.user_id)
    )


async def deliveries(tenant: Tenant, site: str) -> dict[str, Any]:
    contact = (await tenant.ask(DELIVERIES, id=site))["contact"]
    assert contact["mails"]["totalCount"] == 0  # who sees them may not see alerts
    (alert,) = contact["alerts"]["nodes"]
    return {d["userName"]: d for d in alert["deliveries"]["nodes"]}


async def test_r028_an_alert_is_mailed_and_its_delivery_says_when(
    tenant: Tenant, post: Post
) -> None:
    address, site = await alex_of(tenant), await site_of(tenant)
    await tenant.do("contactSuspend", contactId=site, reason="Trois factures impayées")

    before = await deliveries(tenant, site)
    await post.deliver(tenant)
    after = await deliveries(tenant, site)

    assert before["Alex"] == {"userName": "Alex", "mailedAt": None, "mailError": None}
    assert before["Camille"]["mailError"] == NO_ADDRESS
    assert after["Alex"]["mailedAt"] is not None
    assert after["Alex"]["mailError"] is None
    (mail,) = await mailbox(tenant)
    assert mail["recipient"] == f"Alex <{address}>"
    assert mail["subject"] == "Alerte : Contact suspendu : Trois factures impayées"
    assert mail["text"].splitlines()[:4] == [
        "Contact suspendu : Trois factures impayées", "", "Contact : Chaufferie (C-1)",
        "Gravité : avertissement",
    ]  # fmt: skip


async def test_r028_that_the_mail_of_an_alert_was_put_off_or_came_back_stands_in_its_delivery(
    house: House, tenant: Tenant
) -> None:
    address, site = await alex_of(tenant), await site_of(tenant)
    async with mail_server() as server, Post.open(house, smtp_url=server.url()) as post:
        server.to_rcpt[address] = "451 4.7.1 Greylisted"
        await tenant.do("contactSuspend", contactId=site, reason="Unpaid")
        await post.deliver(tenant)
        put_off = (await deliveries(tenant, site))["Alex"]
        server.to_rcpt[address] = "550 5.1.1 No such user"
        await post.hurry(tenant)
        await post.deliver(tenant)

    assert (put_off["mailedAt"], put_off["mailError"]) == (None, "451 4.7.1 Greylisted")
    came_back = (await deliveries(tenant, site))["Alex"]
    assert (came_back["mailedAt"], came_back["mailError"]) == (None, "550 5.1.1 No such user")


async def test_r028_alerts_about_flags_and_those_that_the_tenant_wants_in_lists_only_are_not_mailed(
    tenant: Tenant, post: Post
) -> None:
    site = await site_of(tenant)
    await alex_of(tenant, "FLAGGED")
    given = {"cause": "SUSPENDED", "severity": "WARNING", "byMail": False}
    made = await tenant.do("alertRuleSet", "alertRule { byMail }", **given)
    await tenant.do("contactFlagSet", contactId=site, text="Beware of the dog")
    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")

    await post.deliver(tenant)

    assert made["alertRule"] == {"byMail": False}
    assert await mailbox(tenant) == []
    assert await post.mails(tenant) == []


async def test_r028_alerts_that_come_together_are_one_mail(tenant: Tenant, post: Post) -> None:
    address = await alex_of(tenant)
    sites = [await tenant.contact(f"Site {number}") for number in range(52)]
    async with tenant.session() as session:  # as a night, which is one transaction
        for number, site in enumerate(sites):
            key = key_in(site, "contact")
            await raise_alert(session, key, AlertCause.SUSPENDED, reason=f"R{number}")
    await post.deliver(tenant)

    (mail,) = await mailbox(tenant)
    assert (mail["recipient"], mail["subject"]) == (f"Alex <{address}>", "52 alertes")
    lines = mail["text"].split("\n\n")
    assert lines[0] == "Contact suspendu : R0\nSite 0 · avertissement"
    assert len(lines) == 52
    assert lines[50] == "… et 2 autres."
    said = await deliveries(tenant, sites[51])
    assert said["Alex"]["mailedAt"] is not None


def test_r028_what_mails_of_alerts_say_is_bounded_and_a_subject_one_line() -> None:
    told = Told("T" * 300 + "\nBcc: x", AlertSeverity.CRITICAL, "Site", None)

    one, many = alert_mail([told], "en"), alert_mail([told, told], "en")

    assert (len(one.subject), one.subject[:9], many.subject) == (200, "Alert: TT", "2 alerts")
    assert "Severity: critical" in one.text
    assert many.text.count("Site · critical") == 2


async def test_r028_without_a_mail_server_alerts_are_in_lists_and_no_mail_waits_for_one(
    tenant: Tenant, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await alex_of(tenant)
    site = await site_of(tenant)
    monkeypatch.setenv("FIELDGATE_ENVIRONMENT", "production")
    get_settings.cache_clear()

    await tenant.do("contactSuspend", contactId=site, reason="Unpaid")

    monkeypatch.undo()
    get_settings.cache_clear()
    assert await post.mails(tenant) == []
    assert (await deliveries(tenant, site))["Alex"]["mailError"] == NO_SERVER
