"""The demo: two tenants with a story that a first look finds full, and a large one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.kit.settings import ConfigurationError, Settings
from gateway import demo
from gateway.app import create_app
from gateway.pages import static_files
from tests.cast import House

NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
OVERVIEW = static_files("graphiql")["default-query.graphql"].plain.decode()
LARGE = 1000


@dataclass
class Loaded:
    """The demo in a database of its own, asked over HTTP as its users do."""

    settings: Settings
    entries: dict[str, dict[str, Any]]
    steps: list[tuple[str, int, int]]
    client: httpx.AsyncClient
    owner: Any

    async def ask(self, slug: str, query: str, token: str | None = None, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self.entries[slug]['token']}"}
        request = {"query": query, "variables": variables}
        return (await self.client.post("/graphql", json=request, headers=headers)).json()

    async def counts(self, slug: str) -> dict[str, int]:
        tables = ("core_contact", "crm_note", "people_person", "missions_mission", "core_user")
        return {table: await self.count(slug, table) for table in tables}

    async def count(self, slug: str, table: str, where: str = "true") -> int:
        found: int = await self.owner.fetchval(
            f"select count(*) from {table} r join core_tenant t on t.id = r.tenant_id "
            f"where t.slug = $1 and {where}",
            slug,
        )
        return found


async def load(
    settings: Settings, contacts: int | None = None
) -> tuple[list[dict[str, Any]], list[tuple[str, int, int]]]:
    steps: list[tuple[str, int, int]] = []
    entries = await asyncio.to_thread(
        demo.load, settings, contacts, lambda *step: steps.append(step), NOW
    )
    return entries, steps


@asynccontextmanager
async def asked(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
            yield client


@pytest.fixture(scope="module")
async def loaded(house: House) -> AsyncIterator[Loaded]:
    stories, steps = await load(house.settings)
    large, more = await load(house.settings, LARGE)
    entries = {entry["slug"]: entry for entry in [*stories, *large]}
    async with asked(house.settings) as client:
        yield Loaded(house.settings, entries, [*steps, *more], client, house.owner)


async def test_each_tenant_says_how_to_log_in_and_what_to_look_at(loaded: Loaded) -> None:
    keys = ["login", "modules", "password", "sampleContactId", "slug", "token"]
    assert {slug: sorted(entry) for slug, entry in loaded.entries.items()} == dict.fromkeys(
        ("horizon", "atelier", "grand"), keys
    )
    assert loaded.entries["atelier"]["modules"] == ["crm", "people"]
    for login in ("admin@horizon.example", "lecture@horizon.example"):
        answer = await loaded.client.post(
            "/auth/login", json={"login": login, "password": loaded.entries["horizon"]["password"]}
        )
        assert answer.status_code == 200


async def test_the_sample_overview_is_full_but_for_charts_before_the_first_night(
    loaded: Loaded,
) -> None:
    sample = loaded.entries["horizon"]["sampleContactId"]
    answer = await loaded.ask("horizon", OVERVIEW, id=sample)

    assert "errors" not in answer
    overview = answer["data"]["contact"]["overview"]
    charts = overview.pop("charts")
    assert {name: charts[name] for name in ("asOf", "missions", "notes")} == dict.fromkeys(
        ("asOf", "missions", "notes")
    )
    assert [name for name, value in overview.items() if value in (None, [])] == []
    recent = {name: len(part["nodes"]) for name, part in overview.items() if "nodes" in str(part)}
    assert min(recent.values()) >= 1
    assert recent["recentMissions"] >= 4
    assert len(overview["customValues"]) == 4
    assert [(f["distance"], f["contact"]["name"]) for f in overview["effectiveFlags"]] == [
        (3, "Foncière Belle-Rive")
    ]
    assert [s["distance"] for s in overview["effectiveSuspensions"]] == [2]


async def test_the_story_has_alerts_a_shared_view_lines_and_notes_about_something(
    loaded: Loaded,
) -> None:
    query = """query($id: ID!) { myAlerts { facets { facet value } } savedViews { name isShared }
      defaultTab(contactId: $id) { tab } contact(id: $id) {
        timeline(scope: {ancestors: {all: true}}) { nodes { kind } }
        opportunities { nodes { lines { description } } }
        notes(where: {about: {isSet: true}}) { nodes { about { __typename } } } } }"""
    sample = loaded.entries["horizon"]["sampleContactId"]

    answer = await loaded.ask("horizon", query, id=sample)

    assert "errors" not in answer
    data, contact = answer["data"], answer["data"]["contact"]
    causes = {f["value"] for f in data["myAlerts"]["facets"] if f["facet"] == "cause"}
    assert {"FLAGGED", "SUSPENDED", "CREDIT_EXCEEDED"} <= causes
    assert {"name": "Affaires à conclure", "isShared": True} in data["savedViews"]
    assert data["defaultTab"] == {"tab": "OVERVIEW"}
    kinds = {node["kind"] for node in contact["timeline"]["nodes"]}
    assert {"MISSION", "NOTE", "SUSPENSION", "ALERT"} <= kinds
    assert {len(o["lines"]) for o in contact["opportunities"]["nodes"]} == {2}
    about = sorted(note["about"]["__typename"] for note in contact["notes"]["nodes"])
    assert about == ["Attachment", "Attachment", "Opportunity"]


async def test_the_story_has_hours_drawn_geofences_files_and_alerts_that_were_seen_to(
    loaded: Loaded,
) -> None:
    query = """{ sample: contactByReference(reference: "BEL-1-1-1") { ...File }
        head: contactByReference(reference: "BEL") { ...File }
        stopped: contactByReference(reference: "HLO") { ...File } }
      fragment File on Contact {
        accessHours { openingHours } geofence { kind isDefault } site { timeZone }
        attachments(first: 5) { nodes { kind file { contentType size url thumbnailUrl } } }
        alerts(first: 5) { nodes { cause acknowledgedBy } } }"""

    answer = await loaded.ask("horizon", query)

    assert "errors" not in answer
    sample, head, stopped = answer["data"].values()
    assert [each["geofence"]["kind"] for each in (sample, head, stopped)] == [
        "POLYGON", "CIRCLE", "MULTI_POLYGON",
    ]  # fmt: skip
    assert not any(each["geofence"]["isDefault"] for each in (sample, head, stopped))
    assert sample["accessHours"]["openingHours"].startswith("Mo-Fr 08:00-12:00,14:00-18:00; PH off")
    assert sample["site"] == {"timeZone": "Europe/Paris"}
    files = {f["kind"]: f for each in (sample, head, stopped) for f in each["attachments"]["nodes"]}
    assert {kind: f["file"]["contentType"] for kind, f in files.items()} == {
        "IMAGE": "image/jpeg", "OTHER": "application/pdf", "FINANCIAL": "application/pdf",
    }  # fmt: skip
    for file in files.values():
        sent = await loaded.client.get(file["file"]["url"])
        assert (sent.status_code, len(sent.content)) == (200, file["file"]["size"])
    small = await loaded.client.get(files["IMAGE"]["file"]["thumbnailUrl"])
    assert small.content[:4] == b"RIFF"
    (flagged,) = (a for a in head["alerts"]["nodes"] if a["cause"] == "FLAGGED")
    assert flagged["acknowledgedBy"] == "Camille Lefèvre"
    assert any(a["acknowledgedBy"] is None for a in stopped["alerts"]["nodes"])


async def test_the_tree_below_the_suspended_head_office_is_on_stop(loaded: Loaded) -> None:
    query = """query($reference: String!) { contactByReference(reference: $reference) {
      name descendantCount isSuspended
      related(first: 100, scope: {self: false, descendants: {all: true}}) {
        totalCount nodes { isSuspended depth } } } }"""
    answer = await loaded.ask("horizon", query, reference="HLO")

    head = answer["data"]["contactByReference"]
    below = head["related"]["nodes"]
    assert (head["name"], head["isSuspended"]) == ("Habitat Loire-Océan", True)
    assert (head["descendantCount"], head["related"]["totalCount"]) == (57, 57)
    assert {contact["isSuspended"] for contact in below} == {True}
    assert {contact["depth"] for contact in below} == {1, 2, 3}


async def test_the_story_has_300_contacts_and_two_years_of_missions(loaded: Loaded) -> None:
    assert await loaded.count("horizon", "core_contact") == 300
    assert await loaded.count("atelier", "core_contact") == 122
    assert await loaded.count("horizon", "core_contact_closure", "depth = 3") == 5 * 45
    old = "r.planned_start < now() - interval '600 days'"
    assert await loaded.count("horizon", "missions_mission", old) > 50
    assert await loaded.count("horizon", "missions_mission") > 2500
    assert await loaded.count("atelier", "missions_mission") == 0


async def test_who_may_only_read_writes_nothing(loaded: Loaded) -> None:
    entry = loaded.entries["horizon"]
    login = {"login": "lecture@horizon.example", "password": entry["password"]}
    token = (await loaded.client.post("/auth/login", json=login)).json()["token"]
    change = """mutation($id: ID!) { contactUpdate(input: {id: $id, name: "x"}) {
      userErrors { code } } }"""

    seen = await loaded.ask("horizon", OVERVIEW, token, id=entry["sampleContactId"])
    refused = await loaded.ask("horizon", change, token, id=entry["sampleContactId"])

    assert seen["data"]["contact"]["overview"]["recentMissions"]["nodes"] != []
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_loading_again_gives_new_tokens_and_no_second_data(loaded: Loaded) -> None:
    slugs = ("horizon", "atelier", "grand")
    before = {slug: await loaded.counts(slug) for slug in slugs}

    again = [*(await load(loaded.settings))[0], *(await load(loaded.settings, LARGE))[0]]

    assert {slug: await loaded.counts(slug) for slug in slugs} == before
    for entry in again:
        first = loaded.entries[entry["slug"]]
        assert {**entry, "token": first["token"]} == first
        assert entry["token"] != first["token"]
        assert "data" in await loaded.ask(entry["slug"], "{ me { login } }", entry["token"])


async def test_a_forgotten_password_is_set_again(loaded: Loaded) -> None:
    await loaded.owner.execute(
        "update core_user set password_hash = 'x' where login = 'admin@atelier.example'"
    )

    entry = (await load(loaded.settings))[0][1]

    known = {"login": entry["login"], "password": entry["password"]}
    assert (await loaded.client.post("/auth/login", json=known)).status_code == 200
    loaded.entries["atelier"] = entry


async def test_what_a_crash_left_behind_is_completed(
    loaded: Loaded, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_given: Any) -> None:
        raise ConnectionError("the power is gone")

    tenant = replace(demo.stories.STORIES[1][0], slug="crashed")
    cast = replace(demo.stories.STORIES[1][1], slug="crashed")
    monkeypatch.setattr(demo.stories, "STORIES", ((tenant, cast),))
    with monkeypatch.context() as patch:
        patch.setattr(demo.stories, "story", crash)
        with pytest.raises(ConnectionError):
            await load(loaded.settings)
    assert await loaded.count("crashed", "core_contact") == 0

    entries, _ = await load(loaded.settings)

    assert [entry["slug"] for entry in entries] == ["crashed"]
    assert (await loaded.counts("crashed"))["core_contact"] == 122


async def test_the_large_tenant_is_as_large_as_asked_in_five_levels(loaded: Loaded) -> None:
    assert await loaded.count("grand", "core_contact") == LARGE
    assert await loaded.count("grand", "missions_mission") == 10 * LARGE
    assert await loaded.count("grand", "finance_document") == 10 * LARGE
    assert await loaded.count("grand", "core_contact_closure", "depth = 4") > LARGE / 2
    assert await loaded.count("grand", "core_contact_closure", "depth > 4") == 0
    closed = await loaded.owner.fetchval(
        """with recursive way as (
             select c.tenant_id, c.id as low, c.id as top, c.parent_id as next, 0 as depth
             from core_contact c join core_tenant t on t.id = c.tenant_id where t.slug = 'grand'
             union all
             select w.tenant_id, w.low, c.id, c.parent_id, w.depth + 1
             from way w join core_contact c on c.tenant_id = w.tenant_id and c.id = w.next)
           select count(*) filter (where x.depth = w.depth) - count(*)
           from way w left join core_contact_closure x on x.tenant_id = w.tenant_id
             and x.ancestor_id = w.top and x.descendant_id = w.low"""
    )
    assert closed == 0
    assert ("missions_mission", 10 * LARGE, 10 * LARGE) in loaded.steps


async def test_the_trees_for_measuring_have_the_sizes_of_their_names(loaded: Loaded) -> None:
    from core.demo.bulk import trees

    sizes = {tree.reference: tree.size for tree in trees(100_000)}
    assert sum(sizes.values()) == 100_000
    assert sizes == {"TREE-50K": 48_991, "TREE-1K": 1000, "TREE-10": 10, "TREE-DORMANT": 49_999}
    assert {sum(t.size for t in trees(n)) - n for n in (1, 2, 99, 1000, 250_001)} == {0}

    query = """query($reference: String!) {
      contactByReference(reference: $reference) { descendantCount parent { reference } } }"""
    answer = await loaded.ask("grand", query, reference="TREE-50K")
    assert answer["data"]["contactByReference"] == {"descendantCount": 500, "parent": None}
    answer = await loaded.ask("grand", query, reference="TREE-10")
    assert answer["data"]["contactByReference"]["parent"] == {"reference": "TREE-50K"}


async def test_nobody_has_worked_in_the_dormant_tree_for_two_years(loaded: Loaded) -> None:
    newest = await loaded.owner.fetchrow(
        """select max(a.last_mission_at) filter (where c.reference like '%DORMANT%') as dormant,
                  max(a.last_mission_at) filter (where c.reference not like '%DORMANT%') as busy
           from missions_contact_activity a join core_contact c
             on c.tenant_id = a.tenant_id and c.id = a.contact_id
           join core_tenant t on t.id = a.tenant_id where t.slug = 'grand'"""
    )
    assert newest["dormant"] < NOW - timedelta(days=730)
    assert newest["busy"] > NOW - timedelta(days=2)


async def test_another_size_is_refused_and_changes_nothing(loaded: Loaded) -> None:
    with pytest.raises(ConfigurationError, match="has 1000 contacts already"):
        await load(loaded.settings, 500)

    assert await loaded.count("grand", "core_contact") == LARGE


async def test_it_is_not_for_production(loaded: Loaded) -> None:
    with pytest.raises(ConfigurationError, match="not for production"):
        await load(loaded.settings.model_copy(update={"environment": "production"}))


MAILS = """query($id: ID!) {
  mailTemplates(first: 9) { nodes { name language } }
  mailings(first: 5) { nodes { name state toSendCount sentCount bouncedCount skippedCount
    recipients(first: 1) { totalCount facets { facet value count } } } }
  mailbox { totalCount }
  savedViews(listName: "contacts") { name isShared arguments }
  contact(id: $id) { mails(first: 9) { nodes { state subject contact { name } } } } }"""


async def test_r047_the_demo_has_a_campaign_with_skips_and_one_that_waits(loaded: Loaded) -> None:
    sample = loaded.entries["horizon"]["sampleContactId"]

    answer = await loaded.ask("horizon", MAILS, id=sample)

    assert "errors" not in answer
    data = answer["data"]
    assert [t["name"] for t in data["mailTemplates"]["nodes"]] == [
        "Annual service", "Astreinte : nouveaux horaires", "Entretien d'automne", "Facture",
        "Rappel d'intervention",
    ]  # fmt: skip
    waits, campaign = data["mailings"]["nodes"]
    assert (waits["name"], waits["state"]) == ("Astreinte : nouveaux horaires", "DRAFT")
    assert waits["toSendCount"] >= 2
    assert (campaign["name"], campaign["state"]) == ("Entretien d'automne", "DONE")
    assert campaign["recipients"]["totalCount"] == 18
    assert campaign["bouncedCount"] == 1
    reasons = {
        f["value"]: f["count"] for f in campaign["recipients"]["facets"] if f["facet"] == "reason"
    }
    assert reasons["OPTED_OUT"] >= 1
    assert reasons["REFUSED"] >= 1
    assert data["mailbox"]["totalCount"] >= campaign["sentCount"] + 1
    (view,) = data["savedViews"]
    assert view["isShared"]
    mine = data["contact"]["mails"]["nodes"]
    assert {mail["state"] for mail in mine} <= {"SENT", "BOUNCED"}


async def test_the_demo_leaves_no_mail_that_would_go_to_somebody(loaded: Loaded) -> None:
    for slug in ("horizon", "atelier"):
        waiting = await loaded.count(slug, "core_mail", "r.state in ('QUEUED', 'SENDING')")
        assert waiting == 0


async def test_r051_an_import_is_there_to_be_looked_at(loaded: Loaded) -> None:
    query = """{ importBatches(first: 2) { nodes { state file { filename } createdBy
      counts { changed refused written }
      rows { nodes { number outcome problems { code } } } } } }"""

    (batch,) = (await loaded.ask("horizon", query))["data"]["importBatches"]["nodes"]

    assert (batch["state"], batch["file"]["filename"]) == ("APPLIED", "fournisseurs.csv")
    assert batch["counts"] == {"changed": 2, "refused": 2, "written": 2}
    assert [[p["code"] for p in row["problems"]] for row in batch["rows"]["nodes"]] == [
        [], [], ["UNKNOWN_GROUP"], ["INVALID_WEBSITE"],
    ]  # fmt: skip
    answer = await loaded.ask("atelier", query)
    assert answer["data"]["importBatches"]["nodes"] == []
