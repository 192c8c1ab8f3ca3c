"""Whether a mail may go is looked at right before it does, however early it was claimed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.mail.rules.templates import Filled
from core.mail.services import claiming, letters
from core.mail.services.handing import Claimed
from tests.cast import House, Tenant
from tests.post import Post, let_go, mail_ids, person, places, read, to_persons
from tests.smtp import MailServer, mail_server


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def post(house: House, server: MailServer) -> AsyncIterator[Post]:
    async with Post.open(house, smtp_url=server.url()) as post:
        yield post


async def claim(post: Post, tenant: Tenant) -> list[Claimed]:
    """All that is due, as a worker claims it that is slow from then on."""
    async with tenant.session() as session:
        modules = post.house.modules.only(tenant.modules)
        claimed = await claiming.claim(session, modules, post.settings)
    assert isinstance(claimed, list)
    return claimed


async def test_r047_what_is_said_after_a_mail_was_claimed_is_heeded(
    tenant: Tenant, post: Post, server: MailServer
) -> None:
    names = ("Ada", "Bea", "Cleo", "Dora", "Eve", "Fay")
    ada, bea, cleo, dora, *_ = [await person(tenant, name) for name in names]
    before = await to_persons(tenant, where={"email": {"eq": "eve@exemple.fr"}}, kind="SERVICE")
    await let_go(tenant, before)
    await post.deliver(tenant)
    mailing = await to_persons(tenant)
    await let_go(tenant, mailing)
    claimed = await claim(post, tenant)
    assert len(claimed) == 6

    await tenant.do("personUpdate", id=ada, receivesMarketing=False)
    await tenant.do("consentRecord", personId=bea, status="REFUSED", medium="TELEPHONE")
    await tenant.do("personDelete", id=cleo)
    await tenant.do("personUpdate", id=dora, email="dora.new@exemple.fr")
    await tenant.do("mailBounceRecord", mailId=mail_ids(before)[0], kind="HARD")
    for each in claimed:
        await post.give(tenant, each)

    assert server.addresses() == {"eve@exemple.fr": 1, "fay@exemple.fr": 1}  # Eve's was before
    await post.deliver(tenant)
    assert server.addresses() == {
        "dora.new@exemple.fr": 1, "eve@exemple.fr": 1, "fay@exemple.fr": 1,
    }  # fmt: skip
    assert places(await read(tenant, mailing)) == [
        ("Ada", "SKIPPED", "OPTED_OUT"),
        ("Bea", "SKIPPED", "REFUSED"),
        ("Cleo", "SKIPPED", "GONE"),
        ("Dora", "SENT", None),
        ("Eve", "SKIPPED", "ADDRESS_BOUNCED"),
        ("Fay", "SENT", None),
    ]
    assert [mail["attempts"] for mail in await post.mails(tenant)][-3:] == [1, 0, 1]


async def test_r047_what_was_claimed_goes_no_more_once_its_mailing_is_paused_or_cancelled(
    tenant: Tenant, post: Post, server: MailServer
) -> None:
    for name in ("Ada", "Bea"):
        await person(tenant, name)
    paused, cancelled = await to_persons(tenant), await to_persons(tenant)
    claimed = []
    for mailing in (paused, cancelled):
        await let_go(tenant, mailing)
        claimed += await claim(post, tenant)
    assert len(claimed) == 4

    await tenant.do("mailingPause", id=paused["id"])
    await tenant.do("mailingCancel", id=cancelled["id"])
    for each in claimed:
        await post.give(tenant, each)
    await post.deliver(tenant)

    assert server.arrived == []
    skipped = ("SKIPPED", "CANCELLED")
    found = places(await read(tenant, cancelled))
    assert found == [("Ada", *skipped), ("Bea", *skipped)]
    await tenant.do("mailingResume", id=paused["id"])
    await post.deliver(tenant)
    assert server.addresses() == {"ada@exemple.fr": 1, "bea@exemple.fr": 1}


async def test_r050_a_single_mail_that_was_claimed_goes_to_no_address_that_bounced_since(
    tenant: Tenant, post: Post, server: MailServer
) -> None:
    await person(tenant, "Ada", email="now@exemple.fr")
    before = await to_persons(tenant, kind="SERVICE")
    await let_go(tenant, before)
    await post.deliver(tenant)
    async with tenant.session() as session:
        await letters.post(session, Filled("Now", None, "Now"), "now@exemple.fr")
    (claimed,) = await claim(post, tenant)

    await tenant.do("mailBounceRecord", mailId=mail_ids(before)[0], kind="HARD")
    await post.give(tenant, claimed)
    await post.deliver(tenant)

    assert [mail.message["Subject"] for mail in server.arrived] == ["Bonjour"]
    (_, mail) = sorted(await post.mails(tenant), key=lambda mail: mail["subject"])
    assert (mail["subject"], mail["state"], mail["reason"]) == ("Now", "SKIPPED", "ADDRESS_BOUNCED")
