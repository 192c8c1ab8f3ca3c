"""How one watches: what the protocols demand, and how much of it is allowed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
import strawberry
from websockets.exceptions import InvalidStatus

from core.jobs.models import Job as JobRow
from core.jobs.schema import Job, JobQueries
from core.kit.errors import ModuleError
from core.kit.extend import ModularSchema
from core.kit.fields import by_id
from core.kit.limits import LIMITS as REQUESTS
from core.kit.live import check_watched, watched
from core.kit.settings import Settings
from core.roots import Query
from gateway.app import create_app
from gateway.live.limits import LiveLimits
from tests.cast import Tenant
from tests.gateway.test_stored import digest
from tests.gateway.watching import events, server, token_of, until, watcher

JOBS = "subscription { jobsChanged { totalCount } }"
ME = "{ me { name } }"
LIMITS = LiveLimits(
    per_token=3,
    per_tenant=5,
    operations=2,
    init_seconds=0.5,
    slow_seconds=0.5,
    alive_seconds=0.2,
    look_seconds=0.5,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def host(settings: Settings) -> AsyncIterator[str]:
    requests = replace(REQUESTS, body_bytes=5_000)
    async with server(create_app(settings, limits=requests, live_limits=LIMITS)) as at:
        yield at


@pytest_asyncio.fixture(loop_scope="session")
async def token(tenant: Tenant) -> str:
    return (await token_of(tenant))[0]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "subscribe", "id": "1", "payload": {"query": ME}}, 4401),
        ({"type": "hello"}, 4400),
        ({"payload": {}}, 4400),
        ("{", 4400),
        ("[]", 4400),
        ("[" * 100, 4400),
        ("x" * 5_001, 1009),
        (b"{}", 4400),
        ({"type": "connection_init", "payload": []}, 4400),
        ({"type": "connection_init"}, 4403),
        ({"type": "connection_init", "payload": {"authorization": "Bearer nobody"}}, 4403),
        ({"type": "connection_init", "payload": {"Authorization": 1}}, 4400),
    ],
)
async def test_a_connection_that_begins_wrongly_is_closed(host: str, said: Any, code: int) -> None:
    async with watcher(host, None) as nobody:
        text = said if isinstance(said, str | bytes) else orjson.dumps(said).decode()
        await nobody.socket.send(text)

        assert (await nobody.code())[0] == code


async def test_who_says_nothing_is_not_waited_for(host: str) -> None:
    async with watcher(host, None) as nobody:
        await nobody.say(type="ping")
        assert await nobody.hear() == {"type": "pong"}

        assert await nobody.code() == (4408, "Connection initialisation timeout")


async def test_another_protocol_is_not_spoken(host: str) -> None:
    async with watcher(host, None, subprotocols=["graphql-ws"]) as nobody:
        assert await nobody.code() == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_page_from_elsewhere_may_not_connect(host: str, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with watcher(host, None, origin=origin):
            pass

    assert refused.value.response.status_code == 403


async def test_our_own_pages_may_and_the_token_may_come_as_a_header(host: str, token: str) -> None:
    async with watcher(host, token, header=True, origin=f"http://{host}") as ada:
        await ada.watch(ME)

        assert await ada.rest() == [{"me": {"name": "Ada"}}]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "subscribe", "id": "jobs", "payload": {"query": ME}}, 4409),
        ({"type": "subscribe", "id": "", "payload": {"query": ME}}, 4400),
        ({"type": "subscribe", "id": "x" * 101, "payload": {"query": ME}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": ME}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": ME, "variables": 1}}, 4400),
    ],
)
async def test_what_the_protocol_forbids_closes_a_connection_that_has_begun(
    host: str, token: str, said: Any, code: int
) -> None:
    async with watcher(host, token) as ada:
        await ada.watch(JOBS, "jobs")
        await ada.next("jobs")
        await ada.say(**said)

        assert (await ada.code())[0] == code


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: jobsChanged { totalCount } b: jobsChanged { totalCount } }",
         "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($x: Boolean!) { jobsChanged @skip(if: $x) { totalCount } }",
         "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($x: Int!) { jobsChanged(first: $x) { totalCount } }", "BAD_USER_INPUT"),
        ("subscription { jobsChanged(first: 100) { nodes { "
         + " ".join(f"a{i}: id b{i}: kind c{i}: state d{i}: done" for i in range(29))
         + " } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { jobsChanged { nodes { "
         + " ".join(f"a{i}: id" for i in range(31)) + " } } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)  # fmt: skip
async def test_a_subscription_is_held_to_what_a_query_is(
    host: str, token: str, query: str, code: str
) -> None:
    async with watcher(host, token) as ada:
        await ada.watch(query)
        errors = await ada.next()

        assert {error["extensions"]["code"] for error in errors} == {code}
        await ada.watch(ME)  # the id is free again, and the connection goes on
        assert await ada.rest() == [{"me": {"name": "Ada"}}]
    async with events(host, token, query) as said:
        only, end = [each async for each in said]
        assert only["errors"] == errors
        assert end == "complete"


async def test_a_page_that_is_too_large_is_an_error_at_its_field(host: str, token: str) -> None:
    async with watcher(host, token) as ada:
        await ada.watch("subscription { jobsChanged(first: 101) { totalCount } }")
        (said,) = await ada.rest()

    assert said["data"] == {"jobsChanged": None}
    assert said["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_token_that_expires_ends_the_connection(host: str, tenant: Tenant) -> None:
    token, _ = await token_of(tenant, "Eve", lifetime=timedelta(seconds=2))

    async with watcher(host, token) as eve:
        await eve.watch(JOBS)
        await eve.next()

        assert await eve.code() == (4401, "Unauthorized")


async def test_who_has_enough_of_it_says_complete_and_may_use_the_id_again(
    host: str, token: str
) -> None:
    async with watcher(host, token) as ada:
        for _ in range(3):
            await ada.watch(JOBS)
            assert (await ada.next())["jobsChanged"]["totalCount"] == 0
            await ada.say(id="1", type="complete")


async def test_operations_and_connections_are_counted(
    host: str, token: str, tenant: Tenant
) -> None:
    async with watcher(host, token) as one, watcher(host, token), events(host, token, JOBS) as said:
        await anext(said)
        for key in ("1", "2", "3"):
            await one.watch(JOBS, key)
        (error,) = await one.next("3")
        assert error["extensions"]["code"] == "THROTTLED"
        async with watcher(host, None) as fourth:
            await fourth.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
            assert await fourth.code() == (1013, "Too many connections")
        async with httpx.AsyncClient() as client:
            headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
            answer = await client.post(
                f"http://{host}/graphql", json={"query": JOBS}, headers=headers
            )
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
                429,
                "THROTTLED",
            )
        again = [(await token_of(tenant, name))[0] for name in ("Bea", "Cleo")]
        async with watcher(host, again[0]), watcher(host, again[0]), watcher(host, None) as sixth:
            await sixth.say(type="connection_init", payload={"Authorization": f"Bearer {again[1]}"})
            assert await sixth.code() == (1013, "Too many connections")
    async with watcher(host, token) as ada_again:  # all of them have left
        await ada_again.watch(ME)
        assert await ada_again.rest() == [{"me": {"name": "Ada"}}]


async def test_who_does_not_read_is_dropped(host: str, token: str, tenant: Tenant) -> None:
    await tenant.house.owner.execute(
        "insert into core_job (tenant_id, id, kind, state, arguments, caller, messages) "
        "values ($1, gen_random_uuid(), 'core.export', 'PAUSED', '{}', 'x', array[$2])",
        tenant.id, "x" * 500_000,
    )  # fmt: skip
    large = " ".join(f"a{i}: messages" for i in range(30))
    query = f"subscription {{ jobsChanged {{ nodes {{ {large} }} }} }}"

    async with watcher(host, token, max_size=None, close_timeout=0.1) as ada:
        ada.socket.transport.pause_reading()
        await ada.watch(query)
        await ada.watch(query, "2")  # waits until the first has been read
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        async with (
            httpx.AsyncClient() as client,
            client.stream("POST", f"http://{host}/graphql", json={"query": query}, headers=headers),
        ):
            await until(host, 'fieldgate_live_ended_total{outcome="slow"} 2.0')
        await until(host, 'fieldgate_live_connections{transport="websocket"} 0.0')


async def test_callers_who_may_run_stored_documents_only_watch_stored_ones_only(
    host: str, token: str, tenant: Tenant
) -> None:
    stored = await tenant.do("storedDocumentAdd", "storedDocument { id }", text=JOBS, name="Jobs")
    key = await tenant.do(
        "partnerKeyCreate", "secret", name="Portal", scopes=["jobs.read"], documentsOnly=True
    )

    assert stored["storedDocument"]["id"]
    async with watcher(host, key["secret"]) as portal:
        await portal.watch("subscription { jobsChanged { nodes { id } } }")
        (error,) = await portal.next()
        assert error == {
            "message": "You may run stored documents only.",
            "extensions": {"code": "FORBIDDEN"},
        }
        await portal.say(id="2", type="subscribe", payload={"documentId": f"sha256:{digest(JOBS)}"})
        assert await portal.next("2") == {"jobsChanged": {"totalCount": 0}}


async def test_without_a_valid_token_there_are_no_events(host: str) -> None:
    async with httpx.AsyncClient() as client:
        headers = {"Accept": "text/event-stream", "Authorization": "Bearer nobody"}
        answer = await client.post(f"http://{host}/graphql", json={"query": JOBS}, headers=headers)

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_stream_may_be_asked_for_by_get_with_a_token_in_its_header(
    host: str, token: str
) -> None:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with httpx.AsyncClient(base_url=f"http://{host}", headers=headers) as client:
        async with client.stream("GET", "/graphql", params={"query": JOBS}) as answer:
            said = await anext(x async for x in answer.aiter_lines() if x.startswith("data: "))
        change = 'mutation { jobCancel(input: {id: "x"}) { userErrors { code } } }'
        written = await client.get("/graphql", params={"query": change})

    assert said == 'data: {"data":{"jobsChanged":{"totalCount":0}}}'
    assert "Send a mutation by POST." in written.text


async def test_by_an_ordinary_request_a_subscription_is_refused_with_what_to_do(
    host: str, token: str
) -> None:
    async with httpx.AsyncClient() as client:
        headers = {
            "Accept": "application/graphql-response+json, text/event-stream",
            "Authorization": f"Bearer {token}",
        }
        answer = await client.post(f"http://{host}/graphql", json={"query": JOBS}, headers=headers)

    assert answer.status_code == 400
    assert "graphql-transport-ws" in answer.json()["errors"][0]["message"]


async def test_a_stream_shows_that_it_is_alive(host: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient() as client,
        client.stream(
            "POST", f"http://{host}/graphql", json={"query": JOBS}, headers=headers
        ) as answer,
    ):
        signs = 0
        async for line in answer.aiter_lines():
            signs += line == ":"
            if signs == 3:
                break

    assert signs == 3


async def test_figures_say_who_watches(host: str, token: str) -> None:
    async with watcher(host, token) as ada, httpx.AsyncClient() as client:
        await ada.watch(JOBS)
        await ada.next()
        figures = (await client.get(f"http://{host}/metrics")).text

    assert 'fieldgate_live_connections{transport="websocket"} 1.0' in figures
    assert "fieldgate_live_operations 1.0" in figures


async def test_at_the_end_of_the_process_all_are_told_and_nothing_is_left(
    settings: Settings, host: str, token: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ours = {"DATABASE_URL": str(settings.database_url), "FIELDGATE_HOME": str(settings.home)}
    ours["FIELDGATE_SECRET"] = settings.secret
    command = [sys.executable, "-m", "uvicorn", "gateway.app:create_app", "--factory"]
    process = subprocess.Popen(  # noqa: ASYNC220 - it only begins
        [*command, "--port", str(port), "--log-level", "critical"],
        env={**os.environ, **ours},
        stdout=subprocess.DEVNULL,
    )
    try:
        at = f"127.0.0.1:{port}"
        await _answers(at)
        async with watcher(at, token) as ada, events(at, token, JOBS) as said:
            await ada.watch(JOBS)
            await ada.next()
            await anext(said)
            process.send_signal(signal.SIGTERM)

            assert await ada.next() == "complete"
            assert await ada.code() == (1001, "Going away")
            assert [each async for each in said] == ["complete"]
        assert await asyncio.to_thread(process.wait, 10) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.wait()


async def _answers(at: str) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        while True:
            try:
                await client.get(f"http://{at}/healthz")
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.1)


def test_what_is_watched_must_be_a_field_of_query_with_the_same_arguments() -> None:
    def schema(watching: Any) -> Any:
        root = type("Subscription", (), {"__annotations__": {"changed": Job | None}})
        root.changed = watching  # type: ignore[attr-defined]
        made = strawberry.type(root)
        return ModularSchema(query=Query, subscription=made, types=[JobQueries])._schema

    def named(of: str) -> Any:
        return watched(by_id(JobRow), of=of, topics=lambda _context, _args: [])

    check_watched(schema(named("job")))
    for wrong, said in (
        (named("jobs"), "other arguments"),
        (named("nothing"), "has not"),
        (by_id(JobRow), "says not"),
    ):
        with pytest.raises(ModuleError, match=said):
            check_watched(schema(wrong))
