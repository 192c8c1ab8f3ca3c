"""Imports that are cancelled, paused, undone, deleted and gone on with at odd moments, and beside
each other and people at work."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from core.jobs.services import held
from gateway import background
from gateway.background import Holding
from tests.importing import BATCH, Importing, table
from tests.plugins.crm.cast import colleague

MANY = [[f"C{n}", f"Contact {n}", "Lyon"] for n in range(6)]
HEADERS = ["Référence", "Nom", "Ville"]
WAYS = ("importCheck", "importApply", "importUndo", "importDelete")


@pytest.fixture
def two_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows are written together, and then others have their turn."""
    monkeypatch.setattr("core.importing.services.rows.AT_ONCE", 2)
    monkeypatch.setattr("gateway.background.SLICE_SECONDS", -1)


async def step(importing: Importing) -> bool:
    found = await importing.backstage.tenant(importing.tenant.id)
    assert found is not None
    return await background.work(importing.backstage, found)


async def begin(importing: Importing, what: str, batch: Any, steps: int = 0) -> str:
    """The job that does *what*, after some steps."""
    made = await importing.tenant.do(what, "importBatch { job { id } }", id=batch["id"])
    for _ in range(steps):
        assert await step(importing)
    return str(made["importBatch"]["job"]["id"])


def counted(batch: Any) -> dict[str, int]:
    return {name: number for name, number in batch["counts"].items() if number}


@pytest.mark.usefixtures("two_by_two")
async def test_r051_what_was_written_when_applying_was_cancelled_is_taken_back(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    old = await tenant.contact("Old", reference="C0", town="Brest")
    batch = await importing.check(table(HEADERS, *MANY))
    job = await begin(importing, "importApply", batch, steps=2)
    for what in WAYS:
        assert await tenant.refused(what, id=batch["id"]) == [("WRONG_STATE", "id")]
    await tenant.do("jobCancel", id=job)
    stopped = await importing.batch(batch["id"])
    assert (stopped["state"], counted(stopped)) == (
        "STOPPED", {"created": 5, "changed": 1, "written": 4},
    )  # fmt: skip
    assert (stopped["job"]["state"], stopped["job"]["total"], stopped["job"]["done"]) == (
        "CANCELLED", 6, 4,
    )  # fmt: skip
    for what in ("importCheck", "importDelete"):
        assert await tenant.refused(what, id=batch["id"]) == [("WRONG_STATE", "id")]

    undone = await importing.do("importUndo", batch["id"])

    assert (undone["state"], undone["job"]["total"], undone["job"]["done"]) == ("UNDONE", 4, 4)
    assert counted(undone) == {"created": 5, "changed": 1, "written": 4, "undone": 4}
    assert await importing.contacts("id name town") == [{"id": old, "name": "Old", "town": "Brest"}]
    assert await tenant.refused("importUndo", id=batch["id"]) == [("NOTHING_TO_DO", "id")]
    for what in ("importCheck", "importApply", "importDelete"):
        assert await tenant.refused(what, id=batch["id"]) == [("WRONG_STATE", "id")]
    assert [row["writtenAt"] is None for row in await importing.rows(undone)] == [
        False, False, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.usefixtures("two_by_two")
async def test_r051_undoing_is_cancelled_and_gone_on_with_either_way(importing: Importing) -> None:
    tenant = importing.tenant
    batch = await importing.check(table(HEADERS, *MANY))
    await tenant.do("jobCancel", id=await begin(importing, "importApply", batch, steps=2))
    await tenant.do("jobCancel", id=await begin(importing, "importUndo", batch, steps=1))
    stopped = await importing.batch(batch["id"])
    assert (stopped["state"], counted(stopped)) == (
        "STOPPED", {"created": 6, "written": 4, "undone": 2},
    )  # fmt: skip
    assert [c["reference"] for c in await importing.contacts()] == ["C0", "C1"]

    applied = await importing.do("importApply", batch["id"])

    assert (applied["state"], applied["job"]["total"], applied["job"]["done"]) == ("APPLIED", 2, 2)
    # What was taken back stays so.
    assert [c["reference"] for c in await importing.contacts()] == ["C0", "C1", "C4", "C5"]
    undone = await importing.do("importUndo", batch["id"])
    assert (undone["state"], undone["job"]["total"], undone["job"]["done"]) == ("UNDONE", 4, 4)
    assert counted(undone) == {"created": 6, "written": 6, "undone": 6}
    assert await importing.contacts() == []


async def test_r051_an_apply_that_never_began_leaves_the_import_as_it_was_checked(
    importing: Importing,
) -> None:
    batch = await importing.check(table(HEADERS, *MANY))
    job = await begin(importing, "importApply", batch)

    await importing.tenant.do("jobCancel", id=job)

    assert (await importing.batch(batch["id"]))["state"] == "CHECKED"
    assert await importing.tenant.refused("importUndo", id=batch["id"]) == [("WRONG_STATE", "id")]
    again = await importing.do("importCheck", batch["id"], columns=["reference", "name", None])
    assert (again["state"], counted(again)) == ("CHECKED", {"created": 6})
    await importing.tenant.do("importDelete", "deletedId", id=batch["id"])


async def test_r051_reading_that_is_cancelled_and_a_check_that_is(importing: Importing) -> None:
    tenant = importing.tenant
    file = await importing.send(table(HEADERS, *MANY))
    made = await tenant.do(
        "importCreate", "importBatch { id job { id } }", fileId=file, sheet="contacts"
    )
    batch = made["importBatch"]
    for what in WAYS:
        assert await tenant.refused(what, id=batch["id"]) == [("WRONG_STATE", "id")]

    await tenant.do("jobCancel", id=batch["job"]["id"])

    found = await importing.batch(batch["id"])
    assert (found["state"], found["problem"]["code"]) == ("UNREADABLE", "CANCELLED")
    await tenant.do("importDelete", "deletedId", id=batch["id"])
    assert not await step(importing)

    checked = await importing.check(table(HEADERS, *MANY))
    job = await begin(importing, "importCheck", checked)
    await tenant.do("jobCancel", id=job)
    found = await importing.batch(checked["id"])
    assert (found["state"], counted(found), found["checkedAt"]) == ("READ", {}, None)
    assert await tenant.refused("importApply", id=checked["id"]) == [("WRONG_STATE", "id")]
    assert await importing.contacts() == []
    assert (await importing.do("importCheck", checked["id"]))["counts"]["created"] == 6


@pytest.mark.usefixtures("two_by_two")
async def test_r051_applying_waits_and_goes_on(importing: Importing) -> None:
    tenant = importing.tenant
    batch = await importing.check(table(HEADERS, *MANY))
    job = await begin(importing, "importApply", batch, steps=1)
    await tenant.do("jobPause", id=job)
    assert not await step(importing)
    paused = await importing.batch(batch["id"])
    assert (paused["state"], paused["job"]["state"]) == ("APPLYING", "PAUSED")
    assert (paused["job"]["total"], paused["job"]["done"]) == (6, 2)
    assert len(await importing.contacts()) == 2

    await tenant.do("jobResume", id=job)
    await importing.work()

    applied = await importing.batch(batch["id"])
    assert (applied["state"], applied["job"]["state"]) == ("APPLIED", "SUCCEEDED")
    assert (applied["job"]["done"], applied["job"]["counts"]) == (
        6, [{"name": "refused", "value": 0}, {"name": "written", "value": 6}],
    )  # fmt: skip
    assert len(await importing.contacts()) == 6


async def test_r051_reading_that_failed_is_gone_on_with(importing: Importing) -> None:
    """The file was out of reach for a while."""
    tenant = importing.tenant
    file = await importing.send(table(HEADERS, *MANY))
    made = await tenant.do(
        "importCreate", "importBatch { id job { id } }", fileId=file, sheet="contacts"
    )
    identifier, job = made["importBatch"]["id"], made["importBatch"]["job"]["id"]
    await tenant.house.owner.execute(
        "update core_job set attempts = 3 where id = $1", UUID(job.removeprefix("job_"))
    )
    await importing.work()
    failed = await importing.batch(identifier)
    assert (failed["state"], failed["problem"]["code"]) == ("UNREADABLE", "READING_FAILED")

    await tenant.do("jobResume", id=job)
    await importing.work()

    read = await importing.batch(identifier)
    assert (read["state"], read["problem"], read["rowCount"]) == ("READ", None, 6)
    assert read["job"]["messages"] == []


@pytest.mark.usefixtures("two_by_two")
async def test_r051_imports_that_take_turns_make_each_contact_once(importing: Importing) -> None:
    """Each writes two rows, then the other does; they mean the same contacts in another order."""
    tenant = importing.tenant
    await tenant.contact("Old", reference="C0", town="Brest")
    one = await importing.check(table(HEADERS, *MANY))
    two = await importing.check(
        table(["Référence", "Nom", "Rue", "Parent"], *([r, f"{n} bis", "rue A", "C0" * (r != "C0")]
                                                       for r, n, _ in reversed(MANY)))
    )  # fmt: skip
    for batch in (one, two):
        await tenant.do("importApply", id=batch["id"])
    await importing.work()

    first, second = [await importing.outcomes(batch) for batch in (one, two)]

    found = await importing.contacts("reference name town street depth")
    assert sorted(c["reference"] for c in found) == ["C0", "C1", "C2", "C3", "C4", "C5"]
    there = {c["reference"]: c for c in found}
    for at, (reference, name, _) in enumerate(MANY):
        won = [first[at], second[len(MANY) - 1 - at]]
        # One of them has made it, and the other says that somebody has.
        assert [("CHANGED_SINCE", None)] in won, (reference, won)
        assert won[0] != [("CHANGED_SINCE", None)] or won[1] != [("CHANGED_SINCE", None)]
        wrote_first = won[0] != [("CHANGED_SINCE", None)]
        assert there[reference]["name"] == (name if wrote_first else f"{name} bis")
        assert there[reference]["town"] == (
            "Lyon" if wrote_first else "Brest" if reference == "C0" else None
        )
        assert there[reference]["depth"] == (0 if wrote_first or reference == "C0" else 1)
    for batch in (two, one):
        assert (await importing.do("importUndo", batch["id"]))["counts"]["kept"] == 0
    assert await importing.contacts("reference name town street depth") == [
        {"reference": "C0", "name": "Old", "town": "Brest", "street": None, "depth": 0}
    ]


async def test_r051_imports_that_two_workers_write_at_once_make_each_contact_once(
    importing: Importing,
) -> None:
    """The lease of the first ran out while its worker slept; then it goes on beside the second."""
    tenant = importing.tenant
    one, two = [await importing.check(table(HEADERS, *MANY)) for _ in range(2)]
    found = await importing.backstage.tenant(tenant.id)
    assert found is not None
    at_work = []
    for batch in (one, two):
        await tenant.do("importApply", id=batch["id"])
        async with tenant.session() as session:
            job = await held.take(session)
        assert job is not None
        at_work.append(Holding(importing.backstage, found, job))
        await tenant.house.owner.execute(
            "update core_job set leased_until = now() - interval '1 second', "
            "next_at = now() + interval '1 hour' where id = $1",
            job.id,
        )

    await asyncio.gather(*(each.run() for each in at_work))

    assert [c["reference"] for c in await importing.contacts()] == [r for r, _, _ in MANY]
    states = [await importing.batch(batch["id"]) for batch in (one, two)]
    assert [batch["state"] for batch in states] == ["APPLIED", "APPLIED"]
    assert sorted(batch["counts"]["written"] for batch in states) == [0, 6]
    assert sorted(batch["counts"]["refused"] for batch in states) == [0, 6]


@pytest.mark.usefixtures("two_by_two")
async def test_r051_an_import_beside_people_at_work_loses_nothing(importing: Importing) -> None:
    """Whatever comes first: what people wrote is there, or their answer says that it isn't."""
    tenant = importing.tenant
    ids = {r: await tenant.contact(n, reference=r, town="Brest") for r, n, _ in MANY}
    batch = await importing.check(table(HEADERS, *([r, f"{n} bis", t] for r, n, t in MANY)))
    await tenant.do("importApply", id=batch["id"])

    async def edit(reference: str, at: int) -> tuple[str, Any]:
        for _ in range(at):
            await asyncio.sleep(0)
        given: dict[str, Any] = {"id": ids[reference], "version": 1}
        given |= {"town": "Metz"} if at % 2 else {"street": "rue A"}
        answer = await tenant._mutate("contactUpdate", "contact { version }", given)
        return reference, [error["code"] for error in answer["userErrors"]]

    _, *edits = await asyncio.gather(
        importing.work(), *(edit(r, at) for at, (r, _, _) in enumerate(MANY))
    )

    outcomes = dict(zip(ids, await importing.outcomes(await importing.batch(batch["id"])),
                        strict=True))  # fmt: skip
    found = {c["reference"]: c for c in await importing.contacts("reference name town street")}
    for at, (reference, codes) in enumerate(edits):
        imported = outcomes[reference] == "CHANGED"
        assert imported or outcomes[reference] == [("CHANGED_SINCE", None)]
        assert codes in ([], ["STALE_VERSION"])
        edited = codes == []
        assert imported or edited
        town = "Metz" if edited and at % 2 else "Lyon" if imported else "Brest"
        assert found[reference]["town"] == town
        assert found[reference]["street"] == ("rue A" if edited and not at % 2 else None)
        assert found[reference]["name"] == f"Contact {at}" + (" bis" if imported else "")
        if edited and at % 2:  # of the same field, one of them must have known of the other
            assert not imported


async def test_r051_what_was_there_before_and_is_no_more_keeps_its_row_and_no_other(
    importing: Importing,
) -> None:
    """The group that a contact came from was deleted meanwhile."""
    tenant = importing.tenant
    await tenant.group("Customers")
    empty = await tenant.group("Sites")
    await tenant.contact("Dalkia", reference="C0", group=empty)
    await tenant.contact("Engie", reference="C1", town="Brest")
    batch = await importing.apply(
        table([*HEADERS, "Groupe"], ["C0", "", "Lyon", "Customers"], ["C1", "", "Lyon", ""],
              ["C2", "New", "", ""])
    )  # fmt: skip
    await tenant.do("contactGroupDelete", id=empty)

    undone = await importing.do("importUndo", batch["id"])

    assert (undone["state"], undone["job"]["state"]) == ("UNDONE", "SUCCEEDED")
    assert (undone["counts"]["undone"], undone["counts"]["kept"]) == (2, 1)
    kept = [row["kept"] for row in await importing.rows(undone)]
    assert kept == [
        {"code": "NOT_TAKEN_BACK",
         "message": "What was there before can't be given back: The database refuses it."},
        None, None,
    ]  # fmt: skip
    assert await importing.contacts("name town group { name }") == [
        {"name": "Dalkia", "town": "Lyon", "group": {"name": "Customers"}},
        {"name": "Engie", "town": "Brest", "group": {"name": "Customers"}},
    ]


async def test_r083_who_sees_an_import_sees_how_far_it_is_and_does_not_steer_its_job(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    batch = await importing.check(table(HEADERS, *MANY))
    job = await begin(importing, "importApply", batch)
    eve = (await colleague(tenant, "eve")).without("jobs.read", "jobs.manage")
    query = "query($id: ID!) { job(id: $id) { state } }"

    seen = (await eve.ask(BATCH, id=batch["id"]))["importBatch"]["job"]

    assert (seen["id"], seen["state"], seen["total"]) == (job, "QUEUED", 6)
    assert (await eve.answer(query, id=job))["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    for way in ("jobCancel", "jobPause", "jobResume"):
        assert await eve.refused(way, id=job) == [("NOT_FOUND", "id")]
    await importing.work()
    assert (await importing.batch(batch["id"]))["state"] == "APPLIED"
