"""Subject access: all that is held on a person, by every module, in one archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio

from gateway import background
from gateway.backstage import Backstage
from tests.cast import House, Tenant
from tests.plugins.people.cast import contact, person
from tests.plugins.people.planted import ABOUT, EMAIL, FIRST, LAST, MAIDEN, NAME, plant, traces
from tests.post import Post
from tests.sending import Desk

JOB = "query($id: ID!) { job(id: $id) { state error fileName fileUrl fileExpiresAt } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def backstage(house: House) -> AsyncIterator[Backstage]:
    async with Backstage.open(house.settings, house.modules) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house.settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def home(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for rooms in ("plugins.people", "core.exporting"):
        monkeypatch.setattr(f"{rooms}.jobs.get_settings", lambda: house.settings)


async def archive(
    tenant: Tenant, backstage: Backstage, desk: Desk, key: str
) -> tuple[Any, zipfile.ZipFile]:
    """The job that wrote it, and the archive as it is fetched by its link."""
    made = await tenant.do("personalDataExport", "job { id }", personId=key)
    found = await backstage.tenant(tenant.id)
    assert found is not None
    while await background.work(backstage, found):
        pass
    job = (await tenant.ask(JOB, id=made["job"]["id"]))["job"]
    assert (job["state"], job["error"]) == ("SUCCEEDED", None)
    answer = await desk.http.get(job["fileUrl"])
    assert answer.headers["content-type"] == "application/zip"
    return job, zipfile.ZipFile(io.BytesIO(answer.content))


async def test_r046_the_archive_has_what_every_module_holds_and_the_files(
    tenant: Tenant, backstage: Backstage, desk: Desk
) -> None:
    async with Post.open(tenant.house) as post:
        planted = await plant(tenant, desk, post)
    before = await traces(tenant)

    job, made = await archive(tenant, backstage, desk, planted.person)

    assert job["fileName"].startswith("personal-data-")
    assert job["fileExpiresAt"] is not None
    data = orjson.loads(made.read("data.json"))
    held = {chapter["table"]: chapter["rows"] for chapter in data["held"]}
    assert data["person"] == NAME
    assert set(held) == {
        "core_attachment", "core_mail", "core_mailbox_mail", "core_mailing", "crm_note",
        "people_consent", "people_person", "people_person_tagging",
    }  # fmt: skip
    (row,) = held["people_person"]
    assert (row["first_name"], row["last_name"], row["email"]) == (FIRST, LAST, EMAIL)
    assert [entry["comment"] for entry in held["people_consent"]] == [f"{NAME} said so"]
    assert held["people_person_tagging"] == [{"tag": "VIP"}]
    assert [note["text"] for note in held["crm_note"]] == [f"Elle reste {ABOUT}"]
    assert {m["table"] for m in data["mentions"]} >= {"crm_flag", "core_contact", "crm_opportunity"}
    last_names = [e["changes"]["last_name"] for e in data["history"] if "last_name" in e["changes"]]
    assert last_names == [[None, MAIDEN], [MAIDEN, LAST]]
    files = [name.split("-", 1)[1] for name in made.namelist() if name.startswith("files/")]
    assert sorted(files) == [f"{LAST}.pdf", f"badge-{ABOUT}.pdf"]
    page = made.read("index.html").decode()
    assert page.startswith('<!doctype html><html lang="fr">')
    for text in (NAME, "Registre des consentements", "Notes au sujet de la personne", "VIP"):
        assert text in page
    assert await traces(tenant) == before


async def test_r046_the_page_is_in_the_persons_language_and_shows_texts_as_texts(
    tenant: Tenant, backstage: Backstage, desk: Desk
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "<b>Vrondelmi</b>", firstName="Zoé", language="en-GB")

    _, made = await archive(tenant, backstage, desk, one["id"])

    page = made.read("index.html").decode()
    assert "All that is held on Zoé &lt;b&gt;Vrondelmi&lt;/b&gt;" in page
    assert "<b>" not in page


async def test_r046_that_an_archive_was_asked_for_is_in_the_audit_log(
    tenant: Tenant, backstage: Backstage, desk: Desk
) -> None:
    one = await person(tenant, await contact(tenant), "Vrondelmi", firstName="Zoé")

    await archive(tenant, backstage, desk, one["id"])

    found = await tenant.ask("{ auditEntries(first: 5) { nodes { rowKind actorName changes } } }")
    asked = [node for node in found["auditEntries"]["nodes"] if "personalData" in node["changes"]]
    assert asked == [
        {
            "rowKind": "job",
            "actorName": "Camille",
            "changes": {"personalData": {"before": None, "after": one["id"]}},
        }
    ]


async def test_r046_archives_go_when_the_person_is_erased(
    tenant: Tenant, backstage: Backstage, desk: Desk
) -> None:
    one = await person(tenant, await contact(tenant), "Vrondelmi", firstName="Zoé")
    job, _ = await archive(tenant, backstage, desk, one["id"])

    await tenant.do("personErase", id=one["id"], confirmName="Zoé Vrondelmi")
    found = await backstage.tenant(tenant.id)
    assert found is not None
    while await background.work(backstage, found):
        pass

    assert (await desk.http.get(job["fileUrl"])).status_code == 404


async def test_r046_of_nobody_there_is_no_archive(tenant: Tenant, other_tenant: Tenant) -> None:
    one = await person(tenant, await contact(tenant), "Vrondelmi", firstName="Zoé")

    for key in (one["id"], "person_" + "0" * 32):
        refused = await other_tenant.refused("personalDataExport", personId=key)
        assert refused == [("NOT_FOUND", "id")]
