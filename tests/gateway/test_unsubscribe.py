"""Unsubscribing by the link of a mail: asked by GET, done by POST, of marketing only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from core.mail import links
from core.mail.links import Unsubscribing
from tests.cast import House, Tenant
from tests.post import Post, let_go, mailbox, person, to_persons

READ = "query($id: ID!) { person(id: $id) { receivesMarketing } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def path_of(house: House, tenant: Tenant) -> str:
    """Where the only mail in the mailbox says one unsubscribes."""
    async with Post.open(house) as post:
        await let_go(tenant, await to_persons(tenant))
        await post.deliver(tenant)
    (mail,) = await mailbox(tenant)
    headers = dict(line.split(": ", 1) for line in mail["headers"].splitlines())
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].strip("<>")
    assert address in mail["text"]
    return "/unsubscribe/" + address.rpartition("/")[2]


async def test_r049_looking_at_the_link_changes_nothing_and_the_button_unsubscribes(
    house: House, tenant: Tenant, web: httpx.AsyncClient
) -> None:
    ada = await person(tenant, "Ada")
    path = await path_of(house, tenant)

    looked = await web.get(path)
    assert (looked.status_code, "Me désabonner" in looked.text) == (200, True)
    assert "default-src 'none'" in looked.headers["content-security-policy"]
    assert (await tenant.ask(READ, id=ada))["person"]["receivesMarketing"] is True

    for _ in range(2):
        done = await web.post(path, content="List-Unsubscribe=One-Click")
        assert (done.status_code, "C'est fait" in done.text) == (200, True)
    assert (await tenant.ask(READ, id=ada))["person"]["receivesMarketing"] is False
    assert (await to_persons(tenant, kind="SERVICE"))["toSendCount"] == 1
    assert (await to_persons(tenant))["toSendCount"] == 0


async def test_r049_a_link_that_nobody_signed_or_of_another_tenant_does_nothing(
    house: House, tenant: Tenant, other_tenant: Tenant, web: httpx.AsyncClient
) -> None:
    ada = await person(tenant, "Ada")
    path = await path_of(house, tenant)
    token = path.rpartition("/")[2]
    secret = house.settings.secret
    kept = links.read(secret, token)
    assert kept is not None
    moved = links.sign(secret, Unsubscribing(other_tenant.id, kept.mail))
    forged = links.sign("another secret", kept)

    for wrong in (moved, forged, token[:-3], "x", "é" * 40):
        assert (await web.get(f"/unsubscribe/{wrong}")).status_code == 404
        assert (await web.post(f"/unsubscribe/{wrong}")).status_code == 404
    assert (await tenant.ask(READ, id=ada))["person"]["receivesMarketing"] is True
