"""One answer recorded for all persons of a list: frozen, counted, done once each, and undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from core.kit.errors import Refused
from gateway import background
from gateway.backstage import Backstage
from plugins.people.rules.markings import few_enough
from tests.cast import House, Tenant
from tests.plugins.people.cast import contact, counted, person
from tests.sending import PDF, PDF_TYPE, Desk

MARKING = """consentMarking { id version state status personCount markedCount skippedCount
  undoneCount leftCount jobId givenAt undoUntil appliedBy
  marks { totalCount nodes { outcome person { lastName consentStatus } } } }"""
STATUSES = (
    "{ persons(first: 30) { nodes { lastName consentStatus consents(first: 9) { totalCount "
    "nodes { status isUndo } } } } }"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def backstage(house: House) -> AsyncIterator[Backstage]:
    async with Backstage.open(house.settings, house.modules) as opened:
        yield opened


async def crowd(tenant: Tenant, *names: str, **more: Any) -> dict[str, str]:
    """Persons of one contact, by last name."""
    site = await contact(tenant)
    return {name: str((await person(tenant, site, name, **more))["id"]) for name in names}


async def frozen(tenant: Tenant, **given: Any) -> Any:
    given = {"status": "GRANTED", "medium": "PAPER", **given}
    return (await tenant.do("consentMarkingCreate", MARKING, **given))["consentMarking"]


async def applied(tenant: Tenant, marking: Any) -> Any:
    given = {"id": marking["id"], "confirmCount": marking["personCount"]}
    return (await tenant.do("consentMarkingApply", MARKING, **given))["consentMarking"]


async def undone(tenant: Tenant, marking: Any) -> Any:
    return (await tenant.do("consentMarkingUndo", MARKING, id=marking["id"]))["consentMarking"]


async def statuses(tenant: Tenant) -> dict[str, str]:
    nodes = (await tenant.ask(STATUSES))["persons"]["nodes"]
    return {node["lastName"]: node["consentStatus"] for node in nodes}


async def ledgers(tenant: Tenant) -> dict[str, list[str]]:
    nodes = (await tenant.ask(STATUSES))["persons"]["nodes"]
    return {
        node["lastName"]: [
            entry["status"] + ("*" if entry["isUndo"] else "")
            for entry in node["consents"]["nodes"]
        ]
        for node in nodes
    }


async def test_r045_marking_all_adds_one_entry_for_each_person_of_the_list(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry", "Colin", department="Accueil")
    await person(tenant, None, "Noël", department="Comptabilité")

    marking = await frozen(tenant, where={"department": {"eq": "Accueil"}}, purpose="Newsletter")

    assert (marking["state"], marking["personCount"], marking["markedCount"]) == ("DRAFT", 2, 0)
    assert [m["person"]["lastName"] for m in marking["marks"]["nodes"]] == ["Aubry", "Colin"]
    assert await statuses(tenant) == {"Aubry": "NONE", "Colin": "NONE", "Noël": "NONE"}

    done = await applied(tenant, marking)

    assert (done["state"], done["markedCount"], done["jobId"]) == ("MARKED", 2, None)
    assert done["appliedBy"] == "Camille"
    assert await ledgers(tenant) == {"Aubry": ["GRANTED"], "Colin": ["GRANTED"], "Noël": []}
    entries = await tenant.house.owner.fetch(
        "select medium, purpose, given_at = recorded_at as now, recorded_by from people_consent "
        "where tenant_id = $1", tenant.id,
    )  # fmt: skip
    assert [tuple(e) for e in entries] == [("PAPER", "Newsletter", True, tenant.user_id)] * 2


async def test_r045_the_set_is_that_of_the_preview_whatever_the_list_shows_later(
    tenant: Tenant,
) -> None:
    made = await crowd(tenant, "Aubry", "Colin", "Noël", department="Accueil")
    marking = await frozen(tenant, where={"department": {"eq": "Accueil"}})
    await tenant.do("personUpdate", id=made["Aubry"], department="Direction")
    await tenant.do("personDelete", id=made["Noël"])
    await person(tenant, None, "Zola", department="Accueil")

    done = await applied(tenant, marking)

    assert (done["personCount"], done["markedCount"], done["skippedCount"]) == (3, 2, 0)
    assert await statuses(tenant) == {"Aubry": "GRANTED", "Colin": "GRANTED", "Zola": "NONE"}


async def test_r045_the_count_must_be_the_one_that_was_announced(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry", "Colin")
    marking = await frozen(tenant)

    for count in (0, 1, 3, -2):
        refused = await tenant.refused("consentMarkingApply", id=marking["id"], confirmCount=count)
        assert refused == [("COUNT_MISMATCH", "confirmCount")]
    nobody = await frozen(tenant, where={"department": {"eq": "Personne"}})
    refused = await tenant.refused("consentMarkingApply", id=nobody["id"], confirmCount=0)

    assert refused == [("NOBODY_TO_MARK", "id")]
    assert await statuses(tenant) == {"Aubry": "NONE", "Colin": "NONE"}


async def test_r045_what_is_wrong_is_refused_and_freezes_nobody(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry")
    granted = {"status": "GRANTED"}

    for given, refusal in (
        ({"givenAt": "2999-01-01T00:00:00Z"}, ("CONSENT_IN_FUTURE", "givenAt")),
        ({"purpose": "x" * 201}, ("TOO_LONG", "purpose")),
        ({"evidenceId": "file_" + "0" * 32}, ("NOT_FOUND", "evidenceId")),
        ({"evidenceId": "person_" + "0" * 32}, ("INVALID_ID", "evidenceId")),
    ):
        assert await tenant.refused("consentMarkingCreate", **granted, **given) == [refusal]

    found = await tenant.ask("{ consentMarkings { totalCount } }")
    assert found["consentMarkings"]["totalCount"] == 0


async def test_r045_applying_twice_is_refused_and_asking_twice_under_a_key_is_once(
    tenant: Tenant,
) -> None:
    await crowd(tenant, "Aubry")
    marking = await frozen(tenant)
    text = (
        "mutation($input: ConsentMarkingApplyInput!) { consentMarkingApply(input: $input, "
        'idempotencyKey: "k") { userErrors { code } consentMarking { state } } }'
    )
    given = {"id": marking["id"], "confirmCount": 1}

    answers = await asyncio.gather(*(tenant.ask(text, input=given) for _ in range(3)))

    assert [a["consentMarkingApply"]["consentMarking"] for a in answers] == [
        {"state": "MARKED"}
    ] * 3
    assert await tenant.refused("consentMarkingApply", **given) == [("WRONG_STATE", "id")]
    assert await ledgers(tenant) == {"Aubry": ["GRANTED"]}


async def test_r045_undoing_restores_what_held_before_by_entries_of_its_own(tenant: Tenant) -> None:
    made = await crowd(tenant, "Aubry", "Colin", "Noël")
    before = {"personId": made["Colin"], "status": "REFUSED", "medium": "TELEPHONE"}
    await tenant.do("consentRecord", **before, givenAt="2026-03-01T09:00:00Z")
    done = await applied(tenant, await frozen(tenant))
    assert set((await statuses(tenant)).values()) == {"GRANTED"}
    await tenant.do("consentRecord", personId=made["Noël"], status="AWAITING")

    taken = await undone(tenant, done)

    assert (taken["state"], taken["undoneCount"], taken["leftCount"]) == ("UNDONE", 2, 1)
    assert {m["person"]["lastName"]: m["outcome"] for m in taken["marks"]["nodes"]} == {
        "Aubry": "UNDONE", "Colin": "UNDONE", "Noël": "LEFT",
    }  # fmt: skip
    assert await ledgers(tenant) == {
        "Aubry": ["NONE*", "GRANTED"],
        "Colin": ["REFUSED*", "GRANTED", "REFUSED"],
        "Noël": ["AWAITING", "GRANTED"],
    }
    found = await tenant.ask(
        "query($id: ID!, $at: DateTime!) { person(id: $id) { consentMedium marketingBarriers "
        "consentAt(at: $at) { status medium isUndo } } }",
        id=made["Colin"], at=done["givenAt"],
    )  # fmt: skip
    assert found["person"] == {
        "consentMedium": "TELEPHONE", "marketingBarriers": ["NO_ADDRESS", "REFUSED"],
        "consentAt": {"status": "REFUSED", "medium": "TELEPHONE", "isUndo": True},
    }  # fmt: skip


async def test_r045_undoing_what_was_said_to_hold_earlier_restores_the_past_too(
    tenant: Tenant,
) -> None:
    made = await crowd(tenant, "Aubry")
    for status, day in (("REFUSED", 1), ("AWAITING", 9)):
        given = {"status": status, "givenAt": f"2026-03-0{day}T00:00:00Z"}
        await tenant.do("consentRecord", personId=made["Aubry"], **given)
    done = await applied(tenant, await frozen(tenant, givenAt="2026-03-05T00:00:00Z"))
    at = (
        "query($id: ID!) { person(id: $id) { consentStatus "
        'a: consentAt(at: "2026-03-06T00:00:00Z") { status } } }'
    )
    marked = await tenant.ask(at, id=made["Aubry"])

    await undone(tenant, done)

    assert marked["person"] == {"consentStatus": "AWAITING", "a": {"status": "GRANTED"}}
    restored = await tenant.ask(at, id=made["Aubry"])
    assert restored["person"] == {"consentStatus": "AWAITING", "a": {"status": "REFUSED"}}


async def test_r045_it_can_be_undone_once_and_for_seven_days(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry")
    late, twice = await frozen(tenant), await frozen(tenant, status="REFUSED")
    assert await tenant.refused("consentMarkingUndo", id=late["id"]) == [("WRONG_STATE", "id")]
    await applied(tenant, late)
    await tenant.house.owner.execute(
        "update people_consent_marking set undo_until = undo_until - interval '7 days 1 second' "
        "where tenant_id = $1", tenant.id,
    )  # fmt: skip
    await applied(tenant, twice)

    assert await tenant.refused("consentMarkingUndo", id=late["id"]) == [("UNDO_EXPIRED", "id")]
    await undone(tenant, twice)
    assert await tenant.refused("consentMarkingUndo", id=twice["id"]) == [("WRONG_STATE", "id")]
    assert await ledgers(tenant) == {"Aubry": ["GRANTED*", "REFUSED", "GRANTED"]}


async def test_r045_a_draft_can_be_forgotten_and_what_was_applied_cannot(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry")
    draft, done = await frozen(tenant), await applied(tenant, await frozen(tenant))

    forgotten = await tenant.do("consentMarkingDelete", "deletedId", id=draft["id"])

    assert forgotten["deletedId"] == draft["id"]
    assert await tenant.refused("consentMarkingDelete", id=done["id"]) == [("WRONG_STATE", "id")]
    assert await tenant.refused("consentMarkingApply", id=draft["id"], confirmCount=1) == [
        ("NOT_FOUND", "id")
    ]


async def test_r045_every_entry_holds_on_to_the_evidence(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry", "Colin")
    async with Desk.open(tenant.house.settings) as desk:
        sent = (await desk.put(tenant, "salon.pdf", PDF_TYPE, PDF)).json()["file"]["id"]

    done = await applied(tenant, await frozen(tenant, evidenceId=sent))
    claims = "select claims from core_file where tenant_id = $1"
    assert await tenant.house.owner.fetchval(claims, tenant.id) == 3
    await undone(tenant, done)

    assert await tenant.house.owner.fetchval(claims, tenant.id) == 3


async def test_r045_many_are_marked_by_a_job_and_undone_by_one(
    tenant: Tenant, backstage: Backstage
) -> None:
    await tenant.house.owner.execute(
        "insert into people_person (tenant_id, id, is_primary, last_name, name_key, "
        "booking_access, receives_documents, receives_marketing) "
        "select $1, gen_random_uuid(), false, 'P' || n, 'p' || n, false, true, true "
        "from generate_series(1, 2100) n", tenant.id,
    )  # fmt: skip
    marking = await frozen(tenant, status="REFUSED")

    started = await applied(tenant, marking)
    assert (started["state"], started["personCount"]) == ("MARKING", 2100)
    assert await tenant.refused("consentMarkingUndo", id=marking["id"]) == [("WRONG_STATE", "id")]
    job = await worked(tenant, backstage, started)

    assert job == {
        "state": "SUCCEEDED", "total": 2100, "done": 2100,
        "counts": [{"name": "marked", "value": 2100}, {"name": "skipped", "value": 0}],
    }  # fmt: skip
    assert await by_status(tenant) == {"REFUSED": 2100}
    assert await entries(tenant) == 2100

    taken = await undone(tenant, marking)
    assert taken["state"] == "UNDOING"
    await worked(tenant, backstage, taken)

    assert await by_status(tenant) == {"NONE": 2100}
    assert await entries(tenant) == 4200


async def test_r045_a_set_of_many_is_frozen_at_once_and_counted_when_it_is_written_down(
    tenant: Tenant, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.people.services.freezing.FROZEN_AT_ONCE", 2)
    monkeypatch.setattr("plugins.people.services.freezing.SOME", 2)
    ids = await crowd(tenant, "Aubry", "Blanc", "Cohen", "Duval", "Evrard")
    marking = await frozen(tenant)
    assert (marking["state"], marking["personCount"]) == ("FREEZING", 0)
    await crowd(tenant, "Faure")  # who comes later isn't marked
    await tenant.do("personDelete", id=ids["Blanc"])  # and who is gone isn't counted
    refused = await tenant.refused("consentMarkingApply", id=marking["id"], confirmCount=5)
    assert refused == [("WRONG_STATE", "id")]

    job = await worked(tenant, backstage, marking)

    assert (job["state"], job["done"], job["total"]) == ("SUCCEEDED", 5, 5)
    refused = await tenant.refused("consentMarkingApply", id=marking["id"], confirmCount=5)
    assert refused == [("COUNT_MISMATCH", "confirmCount")]
    done = await applied(tenant, {"id": marking["id"], "personCount": 4})
    nodes = done["marks"]["nodes"]
    assert (done["state"], [n["person"]["lastName"] for n in nodes]) == (
        "MARKED", ["Aubry", "Cohen", "Duval", "Evrard"],
    )  # fmt: skip
    assert (await statuses(tenant))["Faure"] == "NONE"


async def test_r045_a_marking_can_be_forgotten_while_it_is_written_down(
    tenant: Tenant, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.people.services.freezing.FROZEN_AT_ONCE", 1)
    await crowd(tenant, "Aubry", "Blanc")
    marking = await frozen(tenant)

    await tenant.do("consentMarkingDelete", id=marking["id"])

    found = await backstage.tenant(tenant.id)
    assert found is not None
    assert not await background.work(backstage, found)
    for table in ("people_consent_marking", "people_consent_marking_choice"):
        query = f"select count(*) from {table} where tenant_id = $1"
        assert await tenant.house.owner.fetchval(query, tenant.id) == 0


async def test_r045_a_ledger_is_kept_by_key_also_by_a_connection_that_knew_it_small(
    tenant: Tenant,
) -> None:
    """Plans are kept as long as a connection; over a thousand such a one took minutes.

    To this connection a table seems better gone through than its index, as when it was small.
    """
    many = 1000
    async with tenant.session() as session:
        await session.execute(text("set local random_page_cost = 1000000"))
        add = text(
            "insert into people_consent (tenant_id, id, person_id, status, given_at, recorded_at) "
            "select tenant_id, gen_random_uuid(), id, 'GRANTED', now(), now() from people_person "
            "where tenant_id = :tenant and (last_name like 'P%') = :many"
        )
        await session.execute(
            text(
                "insert into people_person (tenant_id, id, is_primary, last_name, name_key, "
                "booking_access, receives_documents, receives_marketing) select :tenant, "
                "gen_random_uuid(), false, case when n = 0 then 'Aubry' else 'P' || n end, "
                "'p' || n, false, true, true from generate_series(0, :count) n"
            ),
            {"tenant": tenant.id, "count": many},
        )
        for several in (False, True, True):
            await session.execute(add, {"tenant": tenant.id, "many": several})
        gone_through = await session.scalar(
            text("select seq_scan from pg_stat_xact_user_tables where relname = 'people_consent'")
        )

    assert await by_status(tenant) == {"GRANTED": many + 1}
    assert gone_through == 0


async def test_r045_a_job_that_was_cancelled_half_way_can_be_undone(
    tenant: Tenant, backstage: Backstage
) -> None:
    await tenant.house.owner.execute(
        "insert into people_person (tenant_id, id, is_primary, last_name, name_key, "
        "booking_access, receives_documents, receives_marketing) "
        "select $1, gen_random_uuid(), false, 'P' || n, 'p' || n, false, true, true "
        "from generate_series(1, 1001) n", tenant.id,
    )  # fmt: skip
    marking = await applied(tenant, await frozen(tenant))
    await tenant.do("jobCancel", "job { state }", id=marking["jobId"])

    taken = await undone(tenant, marking)

    assert (taken["state"], taken["undoneCount"]) == ("UNDONE", 0)
    assert await entries(tenant) == 0


async def test_r045_marking_many_costs_a_fixed_number_of_statements(tenant: Tenant) -> None:
    await crowd(tenant, "A1")
    few = await frozen(tenant)
    await crowd(tenant, *(f"B{n}" for n in range(20)))
    many = await frozen(tenant)

    with counted(tenant) as for_few:
        await tenant.do("consentMarkingApply", id=few["id"], confirmCount=1)
    with counted(tenant) as for_many:
        await tenant.do("consentMarkingApply", id=many["id"], confirmCount=21)

    assert len(for_many) == len(for_few)


async def test_r045_marking_asks_for_the_permission_to_write_persons(tenant: Tenant) -> None:
    await crowd(tenant, "Aubry")
    text = (
        "mutation { consentMarkingCreate(input: {status: GRANTED}) "
        "{ consentMarking { id } userErrors { code } } }"
    )

    for missing in ("people.write", "people.read"):
        answer = await tenant.without(missing).answer(text)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    count = await tenant.house.owner.fetchval(
        "select count(*) from people_consent_marking where tenant_id = $1", tenant.id
    )
    assert count == 0


async def test_r045_a_marking_of_another_tenant_is_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await crowd(tenant, "Aubry")
    marking = await frozen(tenant)

    for name, more in (("Apply", {"confirmCount": 1}), ("Undo", {}), ("Delete", {})):
        refused = await other_tenant.refused(f"consentMarking{name}", id=marking["id"], **more)
        assert refused == [("NOT_FOUND", "id")]
    assert await statuses(tenant) == {"Aubry": "NONE"}


async def worked(tenant: Tenant, backstage: Backstage, marking: Any) -> Any:
    """The marking's job, once it is over."""
    found = await backstage.tenant(tenant.id)
    assert found is not None
    assert await background.work(backstage, found)
    job = await tenant.ask(
        "query($id: ID!) { job(id: $id) { state total done counts { name value } } }",
        id=marking["jobId"],
    )
    return job["job"]


async def by_status(tenant: Tenant) -> dict[str, int]:
    found = await tenant.ask("{ persons(first: 1) { facets { facet value count } } }")
    counts = [c for c in found["persons"]["facets"] if c["facet"] == "consentStatus"]
    return {each["value"]: each["count"] for each in counts}


async def entries(tenant: Tenant) -> int:
    found: int = await tenant.house.owner.fetchval(
        "select count(*) from people_consent where tenant_id = $1", tenant.id
    )
    return found


def test_r045_half_a_million_are_marked_at_once_and_no_more() -> None:
    few_enough(500_000)
    with pytest.raises(Refused, match="500001 persons are too many at once; 500000 are allowed"):
        few_enough(500_001)
