"""Jobs that people start: done step by step, watched, stopped, and taken up again."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from core.jobs import services
from core.jobs.services import held
from core.jobs.services.held import LEASE
from core.kit.errors import Refused
from core.kit.ids import global_id, new_id
from core.kit.session import Actor
from gateway import background
from gateway.backstage import Tenant as Backstaged
from tests.cast import House, Tenant
from tests.gateway.stage import MODULES, Stage

SHOWN = "id state total done counts { name value } messages attempts error errorId finishedAt"
JOB = f"query($id: ID!) {{ job(id: $id) {{ {SHOWN} }} }}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(house: House) -> AsyncIterator[Stage]:
    async with Stage.open(house) as opened:
        yield opened


@dataclass
class Post:
    """A tenant, what its jobs are done by, and who looks at them."""

    stage: Stage
    asking: Tenant
    backstaged: Backstaged

    async def start(self, *words: str, kind: str = "stage.say") -> str:
        begin = self.stage.backstage.sessions.begin
        async with begin(self.asking.actor, MODULES.listeners) as session:
            job = await services.start_job(session, kind, {"words": words}, len(words))
        return global_id("job", job.id)

    async def work(self) -> bool:
        return await background.work(self.stage.backstage, self.backstaged)

    async def job(self, identifier: str) -> Any:
        return (await self.asking.ask(JOB, id=identifier))["job"]

    async def set(self, identifier: str, assignment: str) -> None:
        key = UUID(identifier.removeprefix("job_"))
        await self.stage.house.owner.execute(f"update core_job set {assignment} where id = $1", key)

    async def hurry(self, identifier: str) -> None:
        await self.set(identifier, "next_at = now()")

    async def written(self) -> list[str]:
        return await self.stage.written(self.asking)


@pytest_asyncio.fixture(loop_scope="session")
async def post(stage: Stage) -> Post:
    asking, backstaged = await stage.tenant()
    made = House(stage.house.settings, MODULES, stage.house.db, stage.backstage.sessions, None)
    served = replace(asking, house=made, modules=MODULES.names)
    return Post(stage, served, backstaged)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what it waits for is a file
            await asyncio.sleep(0.02)


async def test_a_job_is_done_step_by_step_and_shows_how_far_it_is(post: Post) -> None:
    job = await post.start("one", "two", "three")
    before = await post.job(job)

    assert await post.work()

    assert (before["state"], before["done"], before["total"]) == ("QUEUED", 0, 3)
    assert await post.written() == ["one", "two", "three"]
    after = await post.job(job)
    assert (after["state"], after["done"], after["error"]) == ("SUCCEEDED", 3, None)
    assert after["finishedAt"] is not None
    assert after["counts"][1] == {"name": "written", "value": 3}
    assert after["messages"] == ["one is written", "two is written", "three is written"]
    assert not await post.work()


async def test_what_a_job_writes_is_its_askers_by_way_of_a_job(post: Post) -> None:
    await post.start("one")
    await post.work()

    entry = await post.stage.house.owner.fetchrow(
        "select * from core_audit_entry where tenant_id = $1", post.asking.id
    )
    assert (entry["user_id"], entry["channel"]) == (post.asking.user_id, "JOB")


async def test_after_a_while_others_have_their_turn_and_the_job_goes_on_later(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SLICE_SECONDS", -1)
    first = await post.start("a1", "a2")
    second = await post.start("b1")

    while await post.work():
        pass

    assert await post.written() == ["a1", "b1", "a2"]
    assert [(await post.job(job))["state"] for job in (first, second)] == ["SUCCEEDED"] * 2


async def test_a_step_that_fails_is_tried_thrice_with_pauses_and_the_others_stay(
    post: Post,
) -> None:
    job = await post.start("one", "broken", "three")

    assert await post.work()
    once = await post.job(job)
    assert not await post.work()  # not yet
    await post.hurry(job)
    await post.work()
    await post.hurry(job)
    await post.work()

    assert (once["state"], once["attempts"], once["done"]) == ("RUNNING", 1, 1)
    failed = await post.job(job)
    assert (failed["state"], failed["attempts"], failed["done"]) == ("FAILED", 3, 1)
    assert failed["error"] == f"Unexpected error. Quote {failed['errorId']} to support."
    assert await post.written() == ["one"]
    assert not await post.work()


async def test_the_error_of_a_job_is_in_the_log_under_its_id(post: Post, logged: Any) -> None:
    job = await post.start("broken")
    await post.work()

    identifier = (await post.job(job))["errorId"]
    (entry,) = [e for e in logged if e.get("error_id") == identifier]
    assert "hunter2" in str(entry["exc_info"])
    assert entry["job_id"] == str(UUID(job.removeprefix("job_")))


async def test_a_rule_that_says_no_ends_a_job_at_once(post: Post) -> None:
    job = await post.start("one", "refused")
    await post.work()

    failed = await post.job(job)
    assert (failed["state"], failed["error"], failed["attempts"]) == ("FAILED", "Not today.", 1)
    assert len(failed["errorId"]) == 8


async def test_a_failed_job_can_go_on_where_its_last_step_left_it(post: Post) -> None:
    job = await post.start("one", "refused")
    await post.work()
    await post.set(job, """arguments = '{"words": ["one", "two"]}'""")

    resumed = await post.asking.do("jobResume", f"job {{ {SHOWN} }}", id=job)
    await post.work()

    assert (resumed["job"]["state"], resumed["job"]["error"]) == ("QUEUED", None)
    assert (await post.job(job))["state"] == "SUCCEEDED"
    assert await post.written() == ["one", "two"]


async def test_a_job_of_a_module_that_is_off_fails_and_says_so(post: Post) -> None:
    job = await post.start("one", kind="gone.kind")
    await post.work()

    failed = await post.job(job)
    assert failed["state"] == "FAILED"
    assert failed["error"] == "No module that is on does jobs of the kind 'gone.kind'."


async def test_a_cancelled_job_stays_as_it_is(post: Post) -> None:
    job = await post.start("one")

    done = await post.asking.do("jobCancel", "job { state finishedAt }", id=job)

    assert done["job"]["state"] == "CANCELLED"
    assert done["job"]["finishedAt"] is not None
    assert not await post.work()
    assert await post.written() == []
    for way in ("jobCancel", "jobPause", "jobResume"):
        assert await post.asking.refused(way, id=job) == [("JOB_OVER", "id")]


async def test_a_paused_job_waits_and_goes_on(post: Post) -> None:
    job = await post.start("one", "two")
    paused = await post.asking.do("jobPause", "job { state pauseRequestedAt }", id=job)

    assert paused["job"]["state"] == "PAUSED"
    assert not await post.work()
    await post.asking.do("jobResume", id=job)
    assert await post.work()
    assert (await post.job(job))["state"] == "SUCCEEDED"


async def test_a_job_that_is_one_piece_is_not_paused(post: Post) -> None:
    job = await post.start("one", kind="stage.once")

    assert await post.asking.refused("jobPause", id=job) == [("JOB_NOT_PAUSABLE", "id")]
    assert (await post.job(job))["state"] == "QUEUED"


async def test_what_is_asked_of_a_job_at_work_is_heard_between_two_steps(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked while a worker holds it, it is only noted down: the worker does it."""
    monkeypatch.setattr(background, "SLICE_SECONDS", -1)
    paused, cancelled = await post.start("p1", "p2"), await post.start("c1", "c2")
    for job, way in ((paused, "jobPause"), (cancelled, "jobCancel")):
        await post.set(job, "lease = gen_random_uuid(), leased_until = now() + interval '1 hour'")
        noted = await post.asking.do(way, "job { state }", id=job)
        assert noted["job"]["state"] == "QUEUED"
        await post.set(job, "lease = null, leased_until = null")

    await post.work()

    assert (await post.job(paused))["state"] == "PAUSED"
    assert (await post.job(cancelled))["state"] == "CANCELLED"
    assert await post.written() == []


async def test_a_long_step_is_stopped_and_undone_when_its_job_is_cancelled(
    post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(background, "RENEW_SECONDS", 0.05)
    monkeypatch.setenv("STAGE", str(tmp_path))
    (tmp_path / "hold").write_text("two")
    job = await post.start("one", "two")
    working = asyncio.create_task(post.work())
    await until((tmp_path / "reached").exists)

    during = await post.job(job)
    await post.asking.do("jobCancel", id=job)
    await asyncio.wait_for(working, 10)

    assert (during["state"], during["done"]) == ("RUNNING", 1)
    assert (await post.job(job))["state"] == "CANCELLED"
    assert await post.written() == ["one"]


async def test_one_that_lost_its_job_to_another_worker_commits_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("STAGE", str(tmp_path))
    (tmp_path / "hold").write_text("one")
    job = await post.start("one", "two")
    slow = asyncio.create_task(post.work())
    await until((tmp_path / "reached").exists)
    assert not await post.work()  # it is held
    await post.set(job, "leased_until = now() - interval '1 second'")
    monkeypatch.delenv("STAGE")

    assert await post.work()
    (tmp_path / "hold").unlink()
    await asyncio.wait_for(slow, 10)

    assert await post.written() == ["one", "two"]
    assert (await post.job(job))["state"] == "SUCCEEDED"


async def test_of_two_workers_that_look_at_once_one_takes_a_job(post: Post) -> None:
    """The second looks once the first has written down what it holds."""
    first, second = await post.start("one"), await post.start("two")
    begin, listeners = post.stage.backstage.sessions.begin, MODULES.listeners
    actor = Actor(post.asking.id)
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"

    async def look() -> Any:
        async with begin(actor, listeners) as session:
            return await held.take(session)

    async with begin(actor, listeners) as session:
        taken = await held.take(session)
        looking = asyncio.create_task(look())
        while not looking.done() and not await post.stage.house.owner.fetchval(waiting):
            await asyncio.wait([looking], timeout=0.01)

    assert await looking is None
    assert taken is not None
    assert global_id("job", taken.id) == first
    assert (await post.job(second))["state"] == "QUEUED"


async def test_a_step_that_kills_its_worker_each_time_fails_in_the_end(post: Post) -> None:
    job = await post.start("one")
    for _ in range(3):
        actor = Actor(post.asking.id)
        async with post.stage.backstage.sessions.begin(actor, MODULES.listeners) as session:
            assert await held.take(session) is not None
        await post.set(job, "leased_until = now() - interval '1 second'")

    assert not await post.work()

    failed = await post.job(job)
    assert (failed["state"], failed["attempts"]) == ("FAILED", 3)
    assert failed["error"] == held.VANISHED


def test_what_steps_have_left_behind_is_found_while_a_job_is_at_work() -> None:
    class Ring:
        """Something that holds on to itself, and to what a step made."""

        def __init__(self) -> None:
            self.itself, self.rows = self, [[number] for number in range(50_000)]

    there: list[weakref.ref[Ring]] = []
    with background._spared():
        held: deque[Ring] = deque(maxlen=6)
        for _ in range(80):
            held.append(Ring())
            there.append(weakref.ref(held[-1]))
        assert sum(each() is not None for each in there) < 32


def test_a_lease_outlives_several_renewals() -> None:
    assert LEASE.total_seconds() >= 5 * background.RENEW_SECONDS


async def test_a_tenant_has_so_many_jobs_at_a_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.services.asked.MOST_WAITING", 1)
    await post.start("one")

    with pytest.raises(Refused) as refused:
        await post.start("two")

    assert refused.value.reason == "TOO_MANY_JOBS"


async def test_jobs_of_others_are_seen_and_steered_with_permissions_only(post: Post) -> None:
    job = await post.start("one")
    everyone = post.asking.permissions
    somebody = replace(post.asking, user_id=new_id(), permissions=everyone)
    nobody = somebody.without(*everyone)
    jobs = "{ jobs { nodes { id } totalCount } }"
    node = "query($id: ID!) { node(id: $id) { id } }"

    for query in (JOB, node):
        answer = await nobody.answer(query, id=job)
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await nobody.ask(jobs))["jobs"] == {"nodes": [], "totalCount": 0}
    assert (await somebody.ask(jobs))["jobs"] == {"nodes": [{"id": job}], "totalCount": 1}
    assert (await somebody.ask(node, id=job))["node"] == {"id": job}
    for way in ("jobCancel", "jobPause", "jobResume"):
        assert await nobody.refused(way, id=job) == [("NOT_FOUND", "id")]
    assert (await post.job(job))["state"] == "QUEUED"

    own = post.asking.without(*everyone)
    assert (await own.ask(jobs))["jobs"] == {"nodes": [{"id": job}], "totalCount": 1}
    assert (await own.ask(node, id=job))["node"] == {"id": job}
    assert (await own.do("jobPause", "job { state }", id=job))["job"]["state"] == "PAUSED"
    assert (await somebody.do("jobCancel", "job { state }", id=job))["job"] == {
        "state": "CANCELLED"
    }


async def test_jobs_are_listed_by_state_and_kind_the_last_first(post: Post) -> None:
    first, second = await post.start("one"), await post.start("one", kind="stage.once")
    await post.asking.do("jobCancel", id=first)
    query = "query($where: JobFilter) { jobs(where: $where) { nodes { id } } }"

    async def listed(**where: Any) -> list[str]:
        found = (await post.asking.ask(query, where=where))["jobs"]["nodes"]
        return [job["id"] for job in found]

    assert await listed() == [second, first]
    assert await listed(state={"eq": "CANCELLED"}) == [first]
    assert await listed(kind={"eq": "stage.once"}) == [second]
    assert await listed(state={"in": ["RUNNING"]}) == []
