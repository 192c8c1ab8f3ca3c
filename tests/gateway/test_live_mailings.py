"""A mailing is watched while it goes, from another process than those that send it."""

from __future__ import annotations

from core.kit.ids import global_id, new_id
from tests.cast import Tenant
from tests.gateway.test_live import Town, redis_url, town
from tests.gateway.watching import watcher
from tests.post import Post, let_go, person, to_persons

__all__ = ["redis_url", "town"]  # the fixtures
MAILING = """subscription($id: ID!) { mailingChanged(id: $id) {
  state toSendCount sentCount skippedCount } }"""
MAILINGS = "subscription { mailingsChanged(first: 5) { nodes { name state } } }"


def post_of(town: Town) -> Post:
    fast = {"mails_per_minute": 60_000}
    return Post(town.house, town.backstage, town.house.settings.model_copy(update=fast))


async def test_r047_the_progress_of_a_mailing_is_shown_until_it_is_over(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    for name in ("Ada", "Bea", "Cleo"):
        await person(tenant, name, email=None if name == "Cleo" else f"{name}@exemple.fr")
    mailing = await to_persons(tenant)
    await let_go(tenant, mailing)

    async with watcher(town.host, token) as ada:
        await ada.watch(MAILING, id=mailing["id"])
        first = await ada.next()
        await post_of(town).deliver(tenant)
        shown = await ada.rest()

    assert first == {"mailingChanged": counted("SENDING", 2, 0)}
    assert shown[-1] == {"mailingChanged": counted("DONE", 0, 2)}
    sent = [each["mailingChanged"]["sentCount"] for each in shown]
    assert sent == sorted(sent)


def counted(state: str, to_send: int, sent: int) -> dict[str, object]:
    return {"state": state, "toSendCount": to_send, "sentCount": sent, "skippedCount": 1}


async def test_mailings_are_watched_together_as_they_are_made_paused_and_cancelled(
    town: Town, tenant: Tenant
) -> None:
    token = await town.ada(tenant)
    await person(tenant, "Ada")
    async with watcher(town.host, token) as ada:
        await ada.watch(MAILINGS)
        assert await ada.next() == {"mailingsChanged": {"nodes": []}}
        made = await town.do(
            token,
            """mutation { mailingCreateForPersons(input: {name: "N", kind: SERVICE, subject: "S",
                 text: "T"}) { mailing { id } } }""",
        )
        id_ = made["mailingCreateForPersons"]["mailing"]["id"]
        assert await ada.next() == states("DRAFT")
        for name, state in (("Send", "SENDING"), ("Pause", "PAUSED"), ("Cancel", "CANCELLED")):
            more = ", confirmCount: 1" if name == "Send" else ""
            input_ = f'{{id: "{id_}"{more}}}'
            await town.do(token, f"mutation {{ mailing{name}(input: {input_}) {{ __typename }} }}")
            assert await ada.next() == states(state)


def states(*found: str) -> dict[str, object]:
    return {"mailingsChanged": {"nodes": [{"name": "N", "state": state} for state in found]}}


async def test_another_tenants_mailing_and_what_is_none_are_as_absent(
    town: Town, tenant: Tenant, other_tenant: Tenant
) -> None:
    stranger = await town.ada(other_tenant)
    mailing = await to_persons(tenant)
    for identifier in (mailing["id"], global_id("mailing", new_id()), "x"):
        async with watcher(town.host, stranger) as other:
            await other.watch(MAILING, id=identifier)
            (said,) = await other.rest()

        assert said["data"] == {"mailingChanged": None}
        assert said["errors"][0]["extensions"]["code"] == "NOT_FOUND"
