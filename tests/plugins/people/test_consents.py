"""The ledger of consents: added to, never changed, and what it says at any instant."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given as drawn
from hypothesis import strategies as st

from core.kit.ids import global_id, key_in, new_id
from core.kit.settings import Settings, asyncpg_dsn
from plugins.people import rules
from plugins.people.services import consents
from tests.cast import Tenant
from tests.plugins.people.cast import contact, person
from tests.sending import PDF, PDF_TYPE, Desk

NOW = "consentStatus consentMedium consentChangedAt marketingBarriers"
LEDGER = f"""query($id: ID!) {{ person(id: $id) {{ {NOW} version consents {{ totalCount nodes {{
  status medium purpose comment givenAt recordedBy isUndo evidence {{ filename }} }} }} }} }}"""
AT = "query($id: ID!, $at: DateTime!) { person(id: $id) { consentAt(at: $at) { status purpose } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(settings: Settings) -> Any:
    async with Desk.open(settings) as opened:
        yield opened


async def someone(tenant: Tenant, name: str = "Noël", **more: Any) -> str:
    made = await person(tenant, None, name, email="noel@exemple.fr", **more)
    return str(made["id"])


async def record(tenant: Tenant, key: str, status: str, **more: Any) -> Any:
    made = await tenant.do("consentRecord", "consent { id }", personId=key, status=status, **more)
    return made["consent"]["id"]


async def ledger(tenant: Tenant, key: str) -> Any:
    return (await tenant.ask(LEDGER, id=key))["person"]


async def test_r043_nothing_is_recorded_at_first(tenant: Tenant) -> None:
    found = await ledger(tenant, await someone(tenant))

    assert found == {
        "consentStatus": "NONE", "consentMedium": None, "consentChangedAt": None,
        "marketingBarriers": [], "version": 1, "consents": {"totalCount": 0, "nodes": []},
    }  # fmt: skip


async def test_r043_an_entry_says_what_how_why_by_whom_and_since_when(
    tenant: Tenant, desk: Desk
) -> None:
    key = await someone(tenant)
    sent = (await desk.put(tenant, "lettre.pdf", PDF_TYPE, PDF)).json()["file"]["id"]

    await record(
        tenant, key, "REFUSED", medium="PAPER", purpose="Newsletter", comment="Par courrier\nle 3",
        evidenceId=sent, givenAt="2026-03-01T09:00:00Z",
    )  # fmt: skip

    assert await ledger(tenant, key) == {
        "consentStatus": "REFUSED",
        "consentMedium": "PAPER",
        "consentChangedAt": "2026-03-01T09:00:00+00:00",
        "marketingBarriers": ["REFUSED"],
        "version": 1,
        "consents": {
            "totalCount": 1,
            "nodes": [
                {
                    "status": "REFUSED", "medium": "PAPER", "purpose": "Newsletter",
                    "comment": "Par courrier\nle 3", "givenAt": "2026-03-01T09:00:00+00:00",
                    "recordedBy": "Camille", "isUndo": False,
                    "evidence": {"filename": "lettre.pdf"},
                }
            ],
        },
    }  # fmt: skip
    claims = await tenant.house.owner.fetchval(
        "select claims from core_file where tenant_id = $1", tenant.id
    )
    assert claims == 1


async def test_r043_what_was_said_last_holds_whenever_it_is_recorded(tenant: Tenant) -> None:
    key = await someone(tenant)
    await record(tenant, key, "REFUSED", givenAt="2026-03-05T00:00:00Z")

    await record(tenant, key, "GRANTED", givenAt="2026-03-01T00:00:00Z", purpose="found later")

    found = await ledger(tenant, key)
    assert found["consentStatus"] == "REFUSED"
    assert [e["status"] for e in found["consents"]["nodes"]] == ["REFUSED", "GRANTED"]
    await record(tenant, key, "AWAITING", givenAt="2026-03-05T00:00:00Z")
    assert (await ledger(tenant, key))["consentStatus"] == "AWAITING"


async def test_r043_consent_at_an_instant_is_what_held_then(tenant: Tenant) -> None:
    key = await someone(tenant)
    for status, day in (("AWAITING", 1), ("GRANTED", 5), ("REFUSED", 9)):
        await record(tenant, key, status, givenAt=f"2026-03-0{day}T12:00:00Z", purpose=f"day {day}")

    async def at(text: str) -> Any:
        return (await tenant.ask(AT, id=key, at=text))["person"]["consentAt"]

    assert await at("2026-03-01T11:59:59Z") is None
    assert await at("2026-03-01T12:00:00Z") == {"status": "AWAITING", "purpose": "day 1"}
    assert await at("2026-03-09T11:59:59Z") == {"status": "GRANTED", "purpose": "day 5"}
    assert await at("2030-01-01T00:00:00Z") == {"status": "REFUSED", "purpose": "day 9"}


async def test_r043_lists_show_what_held_then_in_a_fixed_number_of_statements(
    tenant: Tenant,
) -> None:
    query = (
        "query($at: DateTime!) { persons { nodes { lastName consentStatus "
        "consentAt(at: $at) { status } } } }"
    )
    sent = []
    for number in range(4):
        await record(tenant, await someone(tenant, f"P{number}"), "GRANTED")
        found = await tenant.ask(query, at="2100-01-01T00:00:00Z")
        sent.append(tenant.statements)
    assert sent == [2, 2, 2, 2]
    assert found["persons"]["nodes"] == [
        {"lastName": f"P{n}", "consentStatus": "GRANTED", "consentAt": {"status": "GRANTED"}}
        for n in range(4)
    ]


@pytest.mark.parametrize(
    ("given", "refusals"),
    [
        ({"givenAt": "2999-01-01T00:00:00Z"}, [("CONSENT_IN_FUTURE", "givenAt")]),
        (
            {"purpose": "x" * 201, "comment": "a\x07"},
            [("TOO_LONG", "purpose"), ("INVALID_CHARACTERS", "comment")],
        ),
        ({"evidenceId": global_id("file", new_id())}, [("NOT_FOUND", "evidenceId")]),
        ({"personId": global_id("person", new_id())}, [("NOT_FOUND", "personId")]),
    ],
)
async def test_r043_what_is_wrong_with_an_entry_is_refused(
    tenant: Tenant, given: dict[str, Any], refusals: list[Any]
) -> None:
    key = await someone(tenant)

    asked = {"personId": key, "status": "GRANTED", **given}
    assert await tenant.refused("consentRecord", **asked) == refusals

    assert (await ledger(tenant, key))["consents"]["totalCount"] == 0


async def test_r043_the_database_refuses_to_change_or_remove_an_entry(tenant: Tenant) -> None:
    key = await someone(tenant)
    await record(tenant, key, "REFUSED")
    application = await asyncpg.connect(asyncpg_dsn(tenant.house.settings.app_database_url))
    await application.execute("select set_config('app.tenant', $1, false)", str(tenant.id))

    for statement in ("update people_consent set status = 'GRANTED'", "delete from people_consent"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute(statement)
    await application.close()

    assert (await ledger(tenant, key))["consentStatus"] == "REFUSED"


async def test_r043_a_person_that_is_deleted_takes_the_ledger_along(tenant: Tenant) -> None:
    key = await someone(tenant)
    await record(tenant, key, "GRANTED")

    await tenant.do("personDelete", id=key)

    count = "select count(*) from people_consent where tenant_id = $1"
    assert await tenant.house.owner.fetchval(count, tenant.id) == 0


async def test_r043_of_entries_recorded_at_the_same_moment_the_latest_holds(
    tenant: Tenant,
) -> None:
    key = await someone(tenant)
    days = range(1, 9)

    await asyncio.gather(
        *(
            record(tenant, key, "REFUSED" if day == 8 else "GRANTED",
                   givenAt=f"2026-03-0{day}T00:00:00Z")
            for day in reversed(days)
        )
    )  # fmt: skip

    found = await ledger(tenant, key)
    assert (found["consentStatus"], found["consents"]["totalCount"]) == ("REFUSED", 8)
    assert found["consentChangedAt"] == "2026-03-08T00:00:00+00:00"


async def test_r041_any_switch_may_forbid_marketing_mail_and_none_forbids_another(
    tenant: Tenant,
) -> None:
    async def barriers(**given: Any) -> list[str]:
        made = await tenant.do(
            "personCreate", "person { id marketingBarriers }", lastName="X", **given
        )
        return list(made["person"]["marketingBarriers"])

    assert await barriers(email="a@exemple.fr") == []
    assert await barriers() == ["NO_ADDRESS"]
    assert await barriers(email="a@exemple.fr", receivesMarketing=False) == ["OPTED_OUT"]
    shut = {"bookingAccess": False, "receivesDocuments": False}
    assert await barriers(email="a@exemple.fr", **shut) == []
    key = await someone(tenant, receivesMarketing=False)
    await record(tenant, key, "REFUSED")
    await tenant.do("personUpdate", id=key, email=None)
    found = (await ledger(tenant, key))["marketingBarriers"]
    assert found == ["NO_ADDRESS", "REFUSED", "OPTED_OUT"]
    switches = "{ persons(where: {optedOut: true}) { nodes { receivesDocuments bookingAccess } } }"
    assert {"receivesDocuments": True, "bookingAccess": False} in (await tenant.ask(switches))[
        "persons"
    ]["nodes"]


async def test_r043_a_refusal_stops_marketing_mail_and_nothing_else(tenant: Tenant) -> None:
    keys = {}
    for status in ("AWAITING", "GRANTED", "REFUSED"):
        keys[status] = await someone(tenant, status)
        await record(tenant, keys[status], status)
    keys["NONE"] = await someone(tenant, "None")

    async with tenant.session() as session:
        ids: dict[str, UUID] = {name: key_in(key) for name, key in keys.items()}
        found = await consents.marketing_barriers(session, list(ids.values()))
        assert {name: found[key] for name, key in ids.items()} == {
            "NONE": [], "AWAITING": [], "GRANTED": [], "REFUSED": ["REFUSED"]
        }  # fmt: skip
        await consents.opt_out(session, ids["GRANTED"], "mail_1")
    barriers = (await ledger(tenant, keys["GRANTED"]))["marketingBarriers"]
    assert barriers == ["REFUSED", "OPTED_OUT"]
    refused = await tenant.ask(
        "query($id: ID!) { person(id: $id) { receivesDocuments } }", id=keys["REFUSED"]
    )
    assert refused == {"person": {"receivesDocuments": True}}


@drawn(
    st.none() | st.sampled_from(["", "a@exemple.fr"]),
    st.booleans(),
    st.sampled_from(["NONE", "AWAITING", "GRANTED", "REFUSED"]),
)
def test_r043_marketing_mail_goes_exactly_where_nothing_forbids_it(
    email: str | None, receives: bool, status: str
) -> None:
    may = rules.barriers(email, receives, status) == []

    assert may == (bool(email) and receives and status != "REFUSED")


def test_r043_nobody_consents_tomorrow() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)

    assert rules.given_at(None, now) == rules.given_at(now, now) == now
    with pytest.raises(Exception, match="Nobody can have said it at 2026-03-02"):
        rules.given_at(now + timedelta(days=1), now)


async def test_r043_recording_tells_what_was_said(tenant: Tenant) -> None:
    site = await contact(tenant)
    made = await person(tenant, site, "Noël")

    await record(tenant, made["id"], "GRANTED")

    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { primaryPerson { consentStatus } } }", id=site
    )
    assert found["contact"]["primaryPerson"] == {"consentStatus": "GRANTED"}
