"""Bounces, as the partner's program reports them that reads the bounced mails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from core.kit.errors import Refused
from core.mail.services import handing
from core.mail.services.handing import Outcome
from tests.cast import House, Tenant
from tests.post import Post, let_go, mail_ids, mailbox, person, places, read, to_persons


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


async def sent(tenant: Tenant, post: Post, **given: Any) -> Any:
    await person(tenant, "Ada")
    mailing = await to_persons(tenant, kind="SERVICE", **given)
    await let_go(tenant, mailing)
    await post.deliver(tenant)
    return mailing


async def test_r050_a_program_that_may_report_bounces_and_nothing_else_does(
    tenant: Tenant, post: Post
) -> None:
    mailing = await sent(tenant, post)
    (mail,) = await mailbox(tenant)
    headers = dict(line.split(": ", 1) for line in mail["headers"].splitlines())
    program = replace(tenant, permissions=frozenset({"mail.bounces"}))
    told = {"messageId": headers["Message-ID"], "kind": "HARD", "diagnostic": "550 5.1.1 Unknown"}

    await program.do("mailBounceRecord", **told)

    assert places(await read(tenant, mailing)) == [("Ada", "BOUNCED", "NOT_DELIVERED")]
    answer = await program.answer("{ mails { nodes { address } } }")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    answer = await tenant.without("mail.bounces").answer(
        """mutation($i: MailBounceRecordInput!) { mailBounceRecord(input: $i) {
             userErrors { code } } }""",
        i=told,
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_r050_another_tenants_mail_has_not_come_back(
    tenant: Tenant, other_tenant: Tenant, post: Post
) -> None:
    mailing = await sent(tenant, post)
    (mail,) = mail_ids(mailing)

    refused = await other_tenant.refused("mailBounceRecord", mailId=mail, kind="HARD")

    assert refused == [("NOT_FOUND", "mailId")]
    assert places(await read(tenant, mailing)) == [("Ada", "SENT", None)]


async def test_r050_what_came_back_softly_is_written_to_again(tenant: Tenant, post: Post) -> None:
    (mail,) = mail_ids(await sent(tenant, post))

    made = await tenant.do(
        "mailBounceRecord", "mail { state error }", mailId=mail, kind="SOFT",
        diagnostic="452 4.2.2 Mailbox full",
    )  # fmt: skip

    assert made["mail"] == {"state": "BOUNCED", "error": "452 4.2.2 Mailbox full"}
    assert (await to_persons(tenant))["toSendCount"] == 1
    hard = await tenant.do("mailBounceRecord", "mail { state }", mailId=mail, kind="HARD")
    assert hard["mail"] == {"state": "BOUNCED"}
    assert (await to_persons(tenant))["toSendCount"] == 0


async def test_r050_that_a_mail_came_back_settles_whether_it_arrived(
    tenant: Tenant, post: Post
) -> None:
    await person(tenant, "Ada")
    mailing = await to_persons(tenant, kind="SERVICE")
    await let_go(tenant, mailing)
    claimed = await post.claimed(tenant)
    async with tenant.session() as session:
        assert await handing.begin(session, claimed)
        await handing.mark(session, claimed, Outcome.UNKNOWN, "Connection lost")
    assert places(await read(tenant, mailing)) == [("Ada", "UNKNOWN", "INTERRUPTED")]

    await tenant.do("mailBounceRecord", mailId=mail_ids(mailing)[0], kind="HARD")

    assert places(await read(tenant, mailing)) == [("Ada", "BOUNCED", "NOT_DELIVERED")]
    async with tenant.session() as session:
        with pytest.raises(Refused, match="it must be FAILED or UNKNOWN"):
            await handing.resend(session, claimed.id)


async def test_r047_a_mail_that_each_process_leaves_before_it_begins_has_failed_at_last(
    tenant: Tenant, post: Post
) -> None:
    await person(tenant, "Ada")
    mailing = await to_persons(tenant, kind="SERVICE")
    await let_go(tenant, mailing)
    for _ in range(8):
        await post.claimed(tenant)  # and nothing more is heard of whoever has
        await post.hurry(tenant)

    await post.deliver(tenant)

    assert places(await read(tenant, mailing)) == [("Ada", "FAILED", "NOT_DELIVERED")]
    assert await mailbox(tenant) == []
    await tenant.do("mailResend", id=mail_ids(mailing)[0])
    await post.deliver(tenant)
    assert places(await read(tenant, mailing)) == [("Ada", "SENT", None)]
