"""Mailings to many: who was chosen is frozen at once, and written down by a job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from gateway import background
from tests.cast import House, Tenant
from tests.post import Post, let_go, mailbox, person, persons, places, read, to_contacts, to_persons


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two are written down at once, and by a step; after each step it is another worker's turn."""
    monkeypatch.setattr("core.mail.services.preparing.AT_ONCE", 2)
    monkeypatch.setattr("core.mail.services.preparing.SOME", 2)
    monkeypatch.setattr(background, "SLICE_SECONDS", -1)


async def work(tenant: Tenant, post: Post) -> bool:
    """A turn of a worker: one step."""
    found = await post.backstage.tenant(tenant.id)
    assert found is not None
    return await background.work(post.backstage, found)


async def finish(tenant: Tenant, post: Post) -> None:
    while await work(tenant, post):
        pass


async def job(tenant: Tenant, mailing: Any) -> Any:
    query = "query($id: ID!) { mailing(id: $id) { jobId } }"
    key = (await tenant.ask(query, id=mailing["id"]))["mailing"]["jobId"]
    query = "query($id: ID!) { job(id: $id) { state done total } }"
    return (await tenant.ask(query, id=key))["job"]


async def waiting(tenant: Tenant) -> int:
    query = "select count(*) from core_mailing_choice where tenant_id = $1"
    count: int = await tenant.house.owner.fetchval(query, tenant.id)
    return count


async def test_r047_a_set_of_many_is_frozen_at_once_and_counted_when_it_is_written_down(
    tenant: Tenant, post: Post
) -> None:
    for name in ("Ada", "Bea", "Cleo", "Eve"):
        await person(tenant, name)
    await person(tenant, "Dora", email="ADA@exemple.fr")
    mailing = await to_persons(tenant)
    assert (mailing["state"], mailing["recipients"]["totalCount"]) == ("PREPARING", 0)
    await person(tenant, "Fay")  # who comes later isn't meant

    turns = 0
    while (state := (await read(tenant, mailing))["state"]) == "PREPARING":
        refused = await tenant.refused("mailingSend", id=mailing["id"], confirmCount=2 * turns)
        assert refused == [("WRONG_STATE", "id")]
        assert await work(tenant, post)
        turns += 1

    assert (state, turns, await waiting(tenant)) == ("DRAFT", 3, 0)
    assert await job(tenant, mailing) == {"state": "SUCCEEDED", "done": 5, "total": 5}
    found = await read(tenant, mailing)
    assert places(found) == [
        ("Ada", "DRAFT", None), ("Bea", "DRAFT", None), ("Cleo", "DRAFT", None),
        ("Dora", "SKIPPED", "DUPLICATE_ADDRESS"), ("Eve", "DRAFT", None),
    ]  # fmt: skip
    assert (found["toSendCount"], found["skippedCount"]) == (4, 1)
    for wrong in (3, 5):
        given = {"id": mailing["id"], "confirmCount": wrong}
        assert await tenant.refused("mailingSend", **given) == [("COUNT_MISMATCH", "confirmCount")]
    await let_go(tenant, found)
    await post.deliver(tenant)
    assert [mail["recipient"].split()[0] for mail in await mailbox(tenant)] == [
        "Ada", "Bea", "Cleo", "Eve",
    ]  # fmt: skip


async def test_r047_contacts_of_a_large_mailing_are_reached_by_who_is_in_front_of_them(
    tenant: Tenant, post: Post
) -> None:
    for name in ("Ada", "Bea", "Cleo"):
        site = await tenant.contact(f"Site {name}", email=f"site-{name.lower()}@exemple.fr")
        if name != "Bea":
            await person(tenant, name, site)
    mailing = await to_contacts(tenant)
    assert mailing["state"] == "PREPARING"

    await finish(tenant, post)

    assert places(await read(tenant, mailing)) == [
        ("Ada", "DRAFT", None), ("Site Bea", "DRAFT", None), ("Cleo", "DRAFT", None),
    ]  # fmt: skip


async def test_r047_who_is_gone_before_they_are_written_down_is_skipped_and_said_to_be(
    tenant: Tenant, post: Post
) -> None:
    await person(tenant, "Ada")
    bea = await person(tenant, "Bea")
    await person(tenant, "Cleo")
    mailing = await to_persons(tenant)
    await tenant.do("personDelete", id=bea)

    await finish(tenant, post)

    found = await read(tenant, mailing)
    assert places(found) == [
        ("Ada", "DRAFT", None), (None, "SKIPPED", "GONE"), ("Cleo", "DRAFT", None),
    ]  # fmt: skip
    assert found["toSendCount"] == 2


async def test_r047_a_large_mailing_can_be_forgotten_while_it_is_prepared(
    tenant: Tenant, post: Post
) -> None:
    await persons(tenant, 5)
    mailing = await to_persons(tenant)
    await work(tenant, post)
    assert await waiting(tenant) == 2

    await tenant.do("mailingDelete", id=mailing["id"])
    await finish(tenant, post)

    assert (await waiting(tenant), await post.mails(tenant)) == (0, [])
    jobs = await tenant.ask("{ jobs { nodes { state done } } }")
    assert jobs["jobs"]["nodes"] == [{"state": "CANCELLED", "done": 2}]


async def test_r047_a_preparation_that_was_cancelled_sends_nothing_and_can_be_forgotten(
    tenant: Tenant, post: Post
) -> None:
    await persons(tenant, 5)
    mailing = await to_persons(tenant)
    await work(tenant, post)
    jobs = await tenant.ask("{ jobs { nodes { id } } }")
    await tenant.do("jobCancel", id=jobs["jobs"]["nodes"][0]["id"])

    refused = await tenant.refused("mailingSend", id=mailing["id"], confirmCount=2)
    assert refused == [("WRONG_STATE", "id")]
    await tenant.do("mailingDelete", id=mailing["id"])
    assert (await waiting(tenant), await post.mails(tenant)) == (0, [])
