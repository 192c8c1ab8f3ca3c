"""Unsubscribing by the link of a mail: asked by GET, done by POST, of marketing only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio
from starlette.applications import Starlette

from core.mail import links
from core.mail.links import Unsubscribing
from tests.cast import House, Tenant
from tests.post import Post, let_go, mailbox, person, places, to_contacts, to_persons

READ = "query($id: ID!) { person(id: $id) { receivesMarketing } }"
LEDGER = """query($id: ID!) { person(id: $id) { consentStatus marketingBarriers
  consents { nodes { status medium comment recordedBy givenAt } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


async def path_of(house: House, tenant: Tenant, mailing: Any = None) -> str:
    """Where the only mail in the mailbox says one unsubscribes."""
    async with Post.open(house) as post:
        await let_go(tenant, mailing or await to_persons(tenant))
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


async def test_r043_unsubscribing_is_an_entry_of_the_ledger_that_says_when_and_by_which_mail(
    house: House, tenant: Tenant, web: httpx.AsyncClient
) -> None:
    ada = await person(tenant, "Ada")
    await tenant.do("consentRecord", personId=ada, status="GRANTED", medium="PAPER")
    path = await path_of(house, tenant)
    (mail,) = (await tenant.ask("{ mails { nodes { id } } }"))["mails"]["nodes"]
    for method in ("GET", "HEAD"):
        await web.request(method, path)
    assert (await tenant.ask(LEDGER, id=ada))["person"]["consentStatus"] == "GRANTED"

    for _ in range(2):  # twice is once
        await web.post(path, content="List-Unsubscribe=One-Click")

    found = (await tenant.ask(LEDGER, id=ada))["person"]
    assert found["consentStatus"] == "REFUSED"
    assert found["marketingBarriers"] == ["REFUSED", "OPTED_OUT"]
    entries = found["consents"]["nodes"]
    assert [(e["status"], e["medium"], e["comment"], e["recordedBy"]) for e in entries] == [
        ("REFUSED", "CLICK", mail["id"], None),
        ("GRANTED", "PAPER", None, "Camille"),
    ]
    # Who flips the switch back has not got their consent by that.
    await tenant.do("personUpdate", id=ada, receivesMarketing=True)
    assert places(await to_persons(tenant)) == [("Ada", "SKIPPED", "REFUSED")]
    await tenant.do("consentRecord", personId=ada, status="GRANTED", medium="TELEPHONE")
    assert places(await to_persons(tenant)) == [("Ada", "DRAFT", None)]
    await web.post(path)
    assert (await tenant.ask(LEDGER, id=ada))["person"]["consentStatus"] == "REFUSED"


async def test_r049_a_link_is_of_the_person_whatever_becomes_of_their_address(
    house: House, tenant: Tenant, web: httpx.AsyncClient
) -> None:
    ada = await person(tenant, "Ada", language="en")
    path = await path_of(house, tenant)
    await tenant.do("personUpdate", id=ada, email="ada.new@exemple.fr")

    looked, done = await web.get(path), await web.post(path)

    assert '<html lang="en">' in looked.text
    assert "No more news and offers from" in looked.text
    assert "will send no more news and offers to <b>ada@exemple.fr</b>" in done.text
    assert places(await to_persons(tenant)) == [("Ada", "SKIPPED", "REFUSED")]


async def test_r049_who_was_erased_or_deleted_may_still_use_the_link(
    house: House, tenant: Tenant, web: httpx.AsyncClient
) -> None:
    ada = await person(tenant, "Ada")
    path = await path_of(house, tenant)
    # As erasing leaves it: the mail stays, and says nothing of whom it went to.
    await house.owner.execute(
        "update core_mail set name = null, address = null, address_key = null, subject = null, "
        "text = null where tenant_id = $1",
        tenant.id,
    )
    await tenant.do("personDelete", id=ada)

    looked, done = await web.get(path), await web.post(path)

    assert (looked.status_code, done.status_code) == (200, 200)
    assert "à cette adresse" in done.text
    known = await tenant.ask("{ mailAddresses { totalCount } }")
    assert known["mailAddresses"]["totalCount"] == 0


async def test_r049_a_contact_that_unsubscribes_gets_no_more_at_its_old_and_its_new_address(
    house: House, tenant: Tenant, web: httpx.AsyncClient
) -> None:
    site = await tenant.contact("Chaufferie", email="info@exemple.fr")
    path = await path_of(house, tenant, await to_contacts(tenant))
    await tenant.do("contactUpdate", id=site, email="New@exemple.fr")

    await web.post(path)

    assert places(await to_contacts(tenant)) == [("Chaufferie", "SKIPPED", "OPTED_OUT")]
    known = await tenant.ask("{ mailAddresses { nodes { address optedOutAt } } }")
    assert [a["address"] for a in known["mailAddresses"]["nodes"]] == [
        "info@exemple.fr", "new@exemple.fr",
    ]  # fmt: skip
    # Whoever has the address later is written to there no more either; service mails go.
    await person(tenant, "Ada", site, email="INFO@exemple.fr")
    assert places(await to_persons(tenant)) == [("Ada", "SKIPPED", "OPTED_OUT")]
    assert (await to_persons(tenant, kind="SERVICE"))["toSendCount"] == 1
