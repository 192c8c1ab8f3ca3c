"""Erasing a person: nothing of them is left anywhere, but what the law keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from core.files.store import Kept, Store
from core.kit.db import Base
from core.kit.ids import key_in
from gateway import background
from gateway.backstage import Backstage
from gateway.modules import load_modules
from tests.cast import House, Tenant
from tests.plugins.people.cast import contact, person, persons
from tests.plugins.people.planted import (
    EMAIL,
    MAIDEN,
    NAME,
    keep_documents,
    plant,
    reported,
    traces,
)
from tests.post import Post, to_contacts, to_persons
from tests.sending import Desk

SECTIONS = "sections { table title treatment rowCount why columns } remarks { code message }"
PREVIEW = f"""query($id: ID!, $also: [String!]) {{
  personErasurePreview(personId: $id, alsoNamed: $also, language: "en") {{
    fullName pseudonym {SECTIONS} }} }}"""
CERTIFICATES = f"""{{ erasures(first: 5) {{ nodes {{ id personId erasedAt erasedBy fileUrl
  {SECTIONS.replace("sections", 'sections(language: "en")', 1)} }} }} }}"""
PERSON = "query($id: ID!) { person(id: $id) { fullName email erasureId marketingBarriers } }"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def backstage(house: House) -> AsyncIterator[Backstage]:
    async with Backstage.open(house.settings, house.modules) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(house: House) -> AsyncIterator[Desk]:
    async with Desk.open(house.settings) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


@pytest.fixture(autouse=True)
def home(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for rooms in ("plugins.people", "core.exporting"):
        monkeypatch.setattr(f"{rooms}.jobs.get_settings", lambda: house.settings)


async def work(tenant: Tenant, backstage: Backstage) -> None:
    found = await backstage.tenant(tenant.id)
    assert found is not None
    while await background.work(backstage, found):
        pass


async def erased(
    tenant: Tenant, backstage: Backstage, key: str, name: str, **more: Any
) -> dict[str, Any]:
    """The certificate of a person who was erased just now."""
    made = await tenant.do("personErase", "job { id }", id=key, confirmName=name, **more)
    await work(tenant, backstage)
    job = await tenant.ask("query($id: ID!) { job(id: $id) { state error } }", id=made["job"]["id"])
    assert job["job"] == {"state": "SUCCEEDED", "error": None}
    nodes = (await tenant.ask(CERTIFICATES))["erasures"]["nodes"]
    return dict(nodes[0])


async def test_r046_nothing_of_an_erased_person_is_left_in_any_text_of_any_table(
    tenant: Tenant, backstage: Backstage, desk: Desk, post: Post
) -> None:
    planted = await plant(tenant, desk, post)
    before = await traces(tenant)
    assert set(before) >= {
        "core_attachment", "core_audit_entry", "core_contact", "core_custom_value", "core_file",
        "core_idempotency_key", "core_job", "core_mail", "core_mail_template", "core_mailbox_mail",
        "core_mailing", "core_saved_view", "core_upload", "crm_alert", "crm_flag", "crm_note",
        "crm_opportunity", "crm_opportunity_line", "crm_suspension", "missions_mission",
        "missions_status_change", "people_consent", "people_person", "people_person_search",
    }  # fmt: skip
    preview = (await tenant.ask(PREVIEW, id=planted.person))["personErasurePreview"]
    assert await traces(tenant) == before

    certificate = await erased(tenant, backstage, planted.person, NAME)

    assert await traces(tenant) == {}
    done, announced = reported(certificate["sections"]), reported(preview["sections"])
    for table, treated in announced.items():
        assert done[table] == treated, table
    assert set(done) - set(announced) == {"core_audit_entry"}
    # The export that was asked for is written meanwhile.
    assert preview["remarks"] == []
    assert [remark["code"] for remark in certificate["remarks"]] == ["EXPORTS_EXPIRE"]


async def test_r046_what_is_left_is_a_pseudonym_that_nobody_is_found_by(
    tenant: Tenant, backstage: Backstage
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Vrondelmi", firstName="Zoé", email="zoe@vrondelmi.fr")
    await person(tenant, site, "Colin")
    await person(tenant, site, "Aubry")

    await erased(tenant, backstage, one["id"], "Zoé Vrondelmi")

    found = (await tenant.ask(PERSON, id=one["id"]))["person"]
    pseudonym = f"Personne effacée {one['id'][-8:].upper()}"
    assert (found["fullName"], found["email"]) == (pseudonym, None)
    assert found["marketingBarriers"] == ["ERASED", "NO_ADDRESS", "OPTED_OUT"]
    assert await persons(tenant, site) == {"Aubry": False, "Colin": True}
    for where in ({"name": {"contains": "vrondelmi"}}, {"email": {"contains": "zoe"}}):
        names = await tenant.ask(
            "query($w: PersonFilter) { persons(where: $w) { totalCount } }", w=where
        )
        assert names["persons"]["totalCount"] == 0
    only = "{ persons(where: {erased: true}) { nodes { fullName } } }"
    assert (await tenant.ask(only))["persons"]["nodes"] == [{"fullName": pseudonym}]


async def test_r046_an_erased_person_is_not_written_to_changed_marked_or_brought_back(
    tenant: Tenant, backstage: Backstage, post: Post
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Vrondelmi", firstName="Zoé", email="zoe@vrondelmi.fr")
    key = one["id"]
    waiting = await to_persons(tenant, personIds=[key])
    await tenant.do("mailingSend", id=waiting["id"], confirmCount=1)
    tag = await tenant.do("personTagCreate", "personTag { id }", name="VIP", colour="#112233")
    marking = await tenant.do("consentMarkingCreate", "consentMarking { id }", status="GRANTED")
    await erased(tenant, backstage, key, "zoe vrondelmi")

    await post.deliver(tenant)

    rows = await post.mails(tenant)
    assert [(r["state"], r["reason"], r["address"]) for r in rows] == [("SKIPPED", "GONE", None)]
    again = await to_persons(tenant, personIds=[key])
    assert (again["toSendCount"], again["recipients"]["nodes"][0]["reason"]) == (0, "GONE")
    everybody = await to_contacts(tenant)
    assert everybody["toSendCount"] == 0
    for name, given, field in (
        ("personUpdate", {"id": key, "lastName": "Vrondelmi"}, "id"),
        ("personMove", {"id": key, "contactId": site}, "id"),
        ("personMakePrimary", {"id": key}, "id"),
        ("personSetTags", {"id": key, "tagIds": []}, "id"),
        ("personTagMany", {"personIds": [key], "addTagIds": [tag["personTag"]["id"]]}, "personIds"),
        ("consentRecord", {"personId": key, "status": "GRANTED"}, "personId"),
        ("personErase", {"id": key, "confirmName": "x"}, "id"),
        ("personalDataExport", {"personId": key}, "id"),
    ):
        assert await tenant.refused(name, **given) == [("PERSON_ERASED", field)], name
    applied = await tenant.do(
        "consentMarkingApply", "consentMarking { markedCount skippedCount }",
        id=marking["consentMarking"]["id"], confirmCount=1,
    )  # fmt: skip
    assert applied["consentMarking"] == {"markedCount": 0, "skippedCount": 1}
    with pytest.raises(Exception, match="is erased, and can not be brought back"):
        await tenant.house.owner.execute(
            "update people_person set erased_at = null where tenant_id = $1", tenant.id
        )


async def test_r046_accounting_documents_and_the_customers_name_are_kept(
    tenant: Tenant, backstage: Backstage, desk: Desk, post: Post
) -> None:
    planted = await plant(tenant, desk, post)
    await keep_documents(planted)

    certificate = await erased(tenant, backstage, planted.person, NAME)

    left = await traces(tenant)
    assert left == {
        "core_audit_entry": ["changes"],
        "core_contact": ["name", "name_key"],
        "core_contact_search": ["words", "name_key"],
        "core_search_word": ["word", "slips"],
        "finance_document": ["description"],
        "finance_line": ["description"],
    }
    logged = await tenant.house.owner.fetch(
        "select distinct row_type from core_audit_entry where tenant_id = $1 "
        "and core_sort_key(changes::text) like '%quxorblat%' order by 1", tenant.id,
    )  # fmt: skip
    kept = ["core_contact", "finance_document", "finance_line"]
    assert [row["row_type"] for row in logged] == kept
    for table in kept:
        assert ("KEPT", 1) in reported(certificate["sections"])[table]


async def test_r046_the_certificate_says_what_was_done_and_not_to_whom(
    tenant: Tenant, backstage: Backstage, desk: Desk
) -> None:
    site = await contact(tenant)
    one = await person(
        tenant, site, "Vrondelmi", firstName="Zoé", email="zoe@vrondelmi.fr", language="en"
    )
    await tenant.do("consentRecord", personId=one["id"], status="GRANTED", comment="vrondelmi")

    certificate = await erased(tenant, backstage, one["id"], "Zoé Vrondelmi")

    assert certificate["personId"] == one["id"]
    assert certificate["erasedBy"] == "Camille"
    assert [(s["table"], s["treatment"], s["rowCount"]) for s in certificate["sections"]] == [
        ("people_person", "PSEUDONYMISED", 1),
        ("people_person_search", "PSEUDONYMISED", 1),
        ("people_consent", "PSEUDONYMISED", 1),
        ("core_audit_entry", "PSEUDONYMISED", 1),
    ]
    page = await desk.http.get(certificate["fileUrl"])
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Certificate of erasure" in page.text
    assert one["id"] in page.text
    assert "rondelmi" not in page.text
    found = await tenant.ask(
        "query($e: ID!, $p: ID!) { erasure(id: $e) { personId } person(id: $p) { erasureId } }",
        e=certificate["id"], p=one["id"],
    )  # fmt: skip
    assert found["erasure"]["personId"] == one["id"]
    assert found["person"]["erasureId"] == certificate["id"]


async def test_r046_erasing_wants_the_name_confirmed_and_changes_nothing_without(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Vrondelmi", firstName="Zoé")
    ask = {"id": one["id"], "confirmName": "Zoé Vrondelmi"}

    for given, refusal in (
        ({**ask, "confirmName": "Zoé"}, ("CONFIRMATION_MISMATCH", "confirmName")),
        ({**ask, "version": 7}, ("STALE_VERSION", "version")),
        ({**ask, "alsoNamed": ["Zo"]}, ("SPELLING_TOO_SHORT", "alsoNamed")),
        ({**ask, "alsoNamed": ["Zozo"] * 21}, ("TOO_MANY_SPELLINGS", "alsoNamed")),
        ({**ask, "alsoNamed": ["Z" * 201]}, ("TOO_LONG", "alsoNamed")),
        ({**ask, "id": "person_" + "0" * 32}, ("NOT_FOUND", "id")),
        ({**ask, "id": site}, ("INVALID_ID", "id")),
    ):
        assert await tenant.refused("personErase", **given) == [refusal]

    assert (await tenant.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0
    assert await persons(tenant, site) == {"Vrondelmi": True}


async def test_r046_who_has_the_same_name_address_or_number_stays_as_they_are(
    tenant: Tenant, backstage: Backstage
) -> None:
    site, far = await contact(tenant, "Ici"), await contact(tenant, "Là")
    same = {"firstName": "Zoé", "email": "accueil@vrondelmi.fr", "mobile": "06 39 98 70 71"}
    one = await person(tenant, site, "Vrondelmi", **same)
    await person(tenant, far, "Vrondelmi", **same)
    type_ = await tenant.do("noteTypeCreate", "noteType { id }", name="Appel")
    text = "Zoé Vrondelmi, accueil@vrondelmi.fr, 06 39 98 70 71"
    await tenant.do(
        "noteCreate", contactId=far, typeId=type_["noteType"]["id"], subject="Appel", text=text
    )

    certificate = await erased(tenant, backstage, one["id"], "Zoé Vrondelmi")

    codes = [remark["code"] for remark in certificate["remarks"]]
    assert codes == ["NAME_SHARED", "ADDRESS_SHARED", "NUMBER_SHARED"]
    kept = await tenant.house.owner.fetchrow(
        "select p.email, p.mobile, n.text from people_person p, crm_note n where p.tenant_id = $1 "
        "and n.tenant_id = $1 and p.erased_at is null", tenant.id,
    )  # fmt: skip
    assert tuple(kept) == ("accueil@vrondelmi.fr", "06 39 98 70 71", text)


async def test_r046_other_spellings_are_looked_for_if_they_are_given(
    tenant: Tenant, backstage: Backstage
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Vrondelmi", firstName="Zoé")
    information = "Demander Zozotte, ou Mme Vrondelmi; pas les Vrondelmiers."
    await tenant.do("contactUpdate", id=site, information=information)
    also = ["Zozotte", "Vrondelmi"]

    preview = (await tenant.ask(PREVIEW, id=one["id"], also=also))["personErasurePreview"]
    await erased(tenant, backstage, one["id"], "Zoé Vrondelmi", alsoNamed=also)

    assert ("core_contact", ["information"]) in [
        (s["table"], s["columns"]) for s in preview["sections"]
    ]
    shown = await tenant.ask("query($id: ID!) { contact(id: $id) { information } }", id=site)
    called = preview["pseudonym"]
    assert shown["contact"]["information"] == (
        f"Demander {called}, ou Mme {called}; pas les Vrondelmiers."
    )
    assert await traces(tenant, "zozotte") == {"core_contact": ["information"]} | {
        "core_audit_entry": ["changes"]
    }


async def test_r046_files_about_the_person_go_from_the_disk_unless_others_hold_them(
    tenant: Tenant, backstage: Backstage, desk: Desk, post: Post
) -> None:
    site = await contact(tenant)
    one, two = [await person(tenant, site, name, firstName="Zoé") for name in (MAIDEN, "Colin")]
    shared = await desk.send(tenant, "liste.pdf")
    own = await desk.send(tenant, "lettre.pdf", content=b"%PDF-1.7\nown")
    for key, file in ((one, shared), (two, shared), (one, own)):
        given = {"personId": key["id"], "status": "GRANTED", "evidenceId": file}
        await tenant.do("consentRecord", **given)
    store = Store.of(tenant.house.settings)

    await erased(tenant, backstage, one["id"], f"Zoé {MAIDEN}")

    files = await tenant.house.owner.fetch(
        "select id, claims, sha256 from core_file where tenant_id = $1 and filename like '%.pdf'",
        tenant.id,
    )
    assert [(row["id"], row["claims"]) for row in files] == [(key_in(shared), 1)]
    assert store.path(Kept(tenant.id, files[0]["sha256"])).exists()


async def test_r046_a_person_who_was_deleted_can_be_erased_from_the_audit_log(
    tenant: Tenant, backstage: Backstage
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Quxorblat", firstName="Zoé", email=EMAIL)
    await tenant.do("personDelete", id=one["id"])
    assert (await traces(tenant)).keys() == {"core_audit_entry"}

    certificate = await erased(tenant, backstage, one["id"], "Zoé Quxorblat")

    assert await traces(tenant) == {}
    assert reported(certificate["sections"]) == {"core_audit_entry": [("PSEUDONYMISED", 2)]}


async def test_r046_the_name_of_a_person_is_taken_out_past_case_accents_and_numbers_as_written(
    tenant: Tenant, backstage: Backstage
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "D'Œuvre-Noël", firstName="Jean", mobile="06 39 98 70 71")
    written = (
        "JEAN D'OEUVRE NOEL / d’œuvre-noël, jean / 0639987071 / +33.6.39.98.70.71 / "
        "00 33 6 39 98 70 71 / 1063998707100 / Jeanne d'Oeuvre-Noël"
    )
    await tenant.do("contactUpdate", id=site, information=written)

    await erased(tenant, backstage, one["id"], "Jean D'Œuvre-Noël")

    shown = await tenant.ask("query($id: ID!) { contact(id: $id) { information } }", id=site)
    called = f"Personne effacée {one['id'][-8:].upper()}"
    assert shown["contact"]["information"] == (
        f"{called} / {called} / *** / *** / *** / 1063998707100 / Jeanne d'Oeuvre-Noël"
    )


def test_r046_every_table_that_points_to_a_person_says_what_becomes_of_it() -> None:
    declared = {data.model.__tablename__ for data in load_modules().personal_data}
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        if "view" not in table.info
        and any(key.column.table.name == "people_person" for key in table.foreign_keys)
    }

    # Who was in a set that was marked says nothing of them once they are a pseudonym.
    assert pointing - declared == {"people_consent_mark"}


async def test_r046_rows_of_imported_files_are_blanked_and_the_file_is_gone(
    tenant: Tenant, backstage: Backstage, desk: Desk
) -> None:
    one = await person(tenant, await contact(tenant), "Quxorblat", firstName="Zoé", email=EMAIL)
    file = await desk.send(tenant, "liste-quxorblat.csv", "text/csv", b"Nom;Prenom\nQuxorblat;Zo")
    await tenant.house.owner.execute(
        "with f as (select id from core_file where tenant_id = $1), b as (insert into "
        "core_import_batch (tenant_id, id, sheet, target, state, file_id, parts, clear_word) "
        "select $1, gen_random_uuid(), 'persons', 'person', 'APPLIED', id, '{}', '-' from f "
        "returning id) insert into core_import_row (tenant_id, id, batch_id, number, cells, "
        "changes, target_id) select $1, gen_random_uuid(), id, n, $2::jsonb, $2::jsonb, "
        "case n when 1 then $3::uuid end from b, generate_series(1, 2) n",
        tenant.id, '["Quxorblat", "Zoé", "x"]', key_in(one["id"]),
    )  # fmt: skip
    store = Store.of(tenant.house.settings)
    path = store.path(Kept(tenant.id, await sha256(tenant)))
    assert path.exists()

    certificate = await erased(tenant, backstage, one["id"], "Zoé Quxorblat")

    assert await traces(tenant) == {}
    rows = await tenant.house.owner.fetch(
        "select cells from core_import_row where tenant_id = $1", tenant.id
    )
    assert [row["cells"] for row in rows] == ['["", "", ""]'] * 2
    assert reported(certificate["sections"])["core_import_row"] == [("PSEUDONYMISED", 2)]
    shown = await tenant.ask("query($id: ID!) { file(id: $id) { filename size } }", id=file)
    name = f"Personne effacée {one['id'][-8:].upper()}.csv"
    assert shown["file"] == {"filename": name, "size": 0}


async def sha256(tenant: Tenant) -> str:
    found: str = await tenant.house.owner.fetchval(
        "select sha256 from core_file where tenant_id = $1", tenant.id
    )
    return found


async def test_r046_erasing_and_exporting_ask_for_their_own_permissions(tenant: Tenant) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Vrondelmi", firstName="Zoé")
    erase = (
        'mutation($id: ID!) { personErase(input: {id: $id, confirmName: "Zoé Vrondelmi"}) '
        "{ userErrors { code } } }"
    )
    export = (
        "mutation($id: ID!) { personalDataExport(input: {personId: $id}) { userErrors { code } } }"
    )

    for text, permission in (
        (erase, "people.erase"), (export, "people.export_personal_data"), (PREVIEW, "people.erase")
    ):  # fmt: skip
        answer = await tenant.without(permission).answer(text, id=one["id"])
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    assert (await tenant.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


async def test_r046_persons_of_another_tenant_are_not_there_and_stay(
    tenant: Tenant, other_tenant: Tenant, backstage: Backstage
) -> None:
    one = await person(tenant, await contact(tenant), "Quxorblat", firstName="Zoé", email=EMAIL)
    two = await person(
        other_tenant, await contact(other_tenant), "Quxorblat", firstName="Zoé", email=EMAIL
    )
    before = await traces(other_tenant)
    given = {"id": one["id"], "confirmName": "Zoé Quxorblat"}
    assert await other_tenant.refused("personErase", **given) == [("NOT_FOUND", "id")]

    await erased(tenant, backstage, one["id"], "Zoé Quxorblat")

    assert await traces(other_tenant) == before
    assert (await other_tenant.ask(PERSON, id=two["id"]))["person"]["fullName"] == "Zoé Quxorblat"


async def test_r040_the_primary_that_is_erased_while_others_go_and_come_leaves_one(
    tenant: Tenant, backstage: Backstage
) -> None:
    site, other = await contact(tenant, "A"), await contact(tenant, "B")
    one, two, three, four = [await person(tenant, site, f"P{n}", firstName="Zo") for n in range(4)]
    await tenant.do("personErase", id=one["id"], confirmName="Zo P0")

    await asyncio.gather(
        work(tenant, backstage),
        tenant.do("personDelete", id=two["id"]),
        tenant.do("personMove", id=three["id"], contactId=other),
        tenant.do("personMakePrimary", id=four["id"]),
    )

    assert await persons(tenant, site) == {"P3": True}
    assert await persons(tenant, other) == {"P2": True}


async def test_r046_who_is_erased_is_held_after_their_contact_as_by_all_who_change_both(
    tenant: Tenant, backstage: Backstage
) -> None:
    site = await contact(tenant)
    one = await person(tenant, site, "Quxorblat", firstName="Zoé")
    await tenant.do("personErase", id=one["id"], confirmName="Zoé Quxorblat")
    owner, mine = tenant.house.owner, "where tenant_id = $1 and id = $2"

    async with owner.transaction():
        held = f"select from core_contact {mine} for no key update"
        await owner.execute(held, tenant.id, key_in(site, "contact"))
        working = asyncio.create_task(work(tenant, backstage))
        while not await owner.fetchval("select count(*) from pg_locks where not granted"):
            assert not working.done()
            await asyncio.sleep(0.01)
        free = f"select from people_person {mine} for update nowait"
        await owner.execute(free, tenant.id, key_in(one["id"], "person"))

    await working
    assert await persons(tenant, site) == {}
