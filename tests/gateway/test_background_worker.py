"""Jobs in real worker processes: rung for, killed in the middle, and taken up by another."""

from __future__ import annotations

from typing import Any

from core.jobs import services
from tests.gateway.stage import MODULES, Crowd, Stage
from tests.gateway.test_worker import crowd, send, stage, until, valkey, working

__all__ = ["crowd", "stage", "valkey"]  # the fixtures


async def start(stage: Stage, caller: Any, *words: str) -> Any:
    async with stage.backstage.sessions.begin(caller.actor, MODULES.listeners) as session:
        job = await services.start_job(session, "stage.say", {"words": words}, len(words))
    return job.id


async def is_over(stage: Stage, job: Any) -> bool:
    state = await stage.house.owner.fetchval("select state from core_job where id = $1", job)
    return state == "SUCCEEDED"


async def test_a_job_whose_worker_is_killed_is_taken_up_where_its_last_step_left_it(
    stage: Stage, crowd: Crowd
) -> None:
    caller, _ = await stage.tenant()
    job = await start(stage, caller, "one", "two", "three")
    (crowd.place / "hold").write_text("two")
    with working(crowd.worker()):
        await send(crowd, "fieldgate.deliver", str(caller.id))  # as the doorbell does
        await until((crowd.place / "reached").exists, crowd)
    assert [w for w in await stage.written(caller) if not w.startswith("night")] == ["one"]

    (crowd.place / "hold").unlink()
    await stage.house.owner.execute(
        "update core_job set leased_until = now() where id = $1", job
    )  # half a minute later
    with working(crowd.worker()):  # which looks at once for what is left over
        await until(lambda: is_over(stage, job), crowd)

    written = [w for w in await stage.written(caller) if not w.startswith("night")]
    assert written == ["one", "two", "three"]
    row = await stage.house.owner.fetchrow("select * from core_job where id = $1", job)
    assert (row["done"], row["lease"]) == (3, None)
