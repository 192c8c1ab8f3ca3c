"""Attachments: files on a contact, from whichever module, and what becomes of the files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from core.files.models import File
from core.kit.ids import global_id, key_in
from core.kit.settings import Settings
from tests.cast import Tenant
from tests.plugins.missions.cast import mission
from tests.sending import PDF, PDF_TYPE, Desk, code, picture

FIELDS = "id kind title version aboutId file { id filename sha256 thumbnailUrl url }"
LIST = """query($id: ID!, $where: AttachmentFilter, $scope: Scope) { contact(id: $id) {
  attachments(where: $where, scope: $scope) { totalCount facets { value count }
    nodes { title kind aboutId about { __typename } contact { name } } } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with Desk.open(settings) as opened:
        yield opened


async def attach(tenant: Tenant, contact: str, file: str, **more: Any) -> Any:
    made = await tenant.do(
        "attachmentCreate", f"attachment {{ {FIELDS} }}", contactId=contact, fileId=file, **more
    )
    return made["attachment"]


async def listed(tenant: Tenant, contact: str, **given: Any) -> list[tuple[str, str]]:
    found = (await tenant.ask(LIST, id=contact, **given))["contact"]["attachments"]
    assert found["totalCount"] == len(found["nodes"])
    return [(n["title"], n["kind"]) for n in found["nodes"]]


async def claims(tenant: Tenant, file: str) -> int:
    async with tenant.session() as session:
        return int((await session.find(File, key_in(file, "file"))).claims)


async def test_r028_a_picture_is_an_image_with_a_thumbnail_and_opens_by_a_signed_link(
    tenant: Tenant, desk: Desk
) -> None:
    site = await tenant.contact("Site")
    sent = picture()
    file = await desk.send(tenant, "façade.png", "image/png", sent)

    made = await attach(tenant, site, file)

    assert (made["kind"], made["title"], made["version"]) == ("IMAGE", "façade.png", 1)
    assert made["file"]["id"] == file
    whole = await desk.http.get(made["file"]["url"])
    small = await desk.http.get(made["file"]["thumbnailUrl"])
    assert whole.content == sent
    assert small.headers["content-type"] == "image/webp"
    forged = await desk.http.get(made["file"]["url"][:-4] + "AAAA")
    assert forged.status_code == 404


async def test_r028_attachments_of_every_module_appear_on_the_contact(
    tenant: Tenant, desk: Desk
) -> None:
    head = await tenant.contact("Head")
    site = await tenant.contact("Site", parent=head)
    work = (await mission(tenant, site))["id"]
    bill, photo = await desk.send(tenant), await desk.send(tenant, "a.png", "image/png", picture())
    await attach(tenant, head, bill, kind="FINANCIAL")
    await attach(tenant, site, photo, aboutId=work, title="Boiler")
    await attach(tenant, site, await desk.send(tenant, "plan.pdf"))

    found = (await tenant.ask(LIST, id=site))["contact"]["attachments"]

    assert found["nodes"] == [
        {"title": "plan.pdf", "kind": "OTHER", "aboutId": None, "about": None,
         "contact": {"name": "Site"}},
        {"title": "Boiler", "kind": "IMAGE", "aboutId": work, "about": {"__typename": "Mission"},
         "contact": {"name": "Site"}},
    ]  # fmt: skip
    assert found["facets"] == [{"value": "IMAGE", "count": 1}, {"value": "OTHER", "count": 1}]
    assert await listed(tenant, head) == [("offer.pdf", "FINANCIAL")]
    below = {"descendants": {"all": True}}
    assert len(await listed(tenant, head, scope=below)) == 3
    assert await listed(tenant, site, where={"kind": {"eq": "IMAGE"}}) == [("Boiler", "IMAGE")]
    assert await listed(tenant, site, where={"about": {"eq": work}}) == [("Boiler", "IMAGE")]
    timeline = await tenant.ask(
        """query($id: ID!) { contact(id: $id) {
          timeline(where: {kinds: ["ATTACHMENT"]}) { nodes { title detail node { id } } } } }""",
        id=site,
    )
    nodes = timeline["contact"]["timeline"]["nodes"]
    assert [(n["title"], n["detail"]) for n in nodes] == [
        ("plan.pdf", "OTHER"),
        ("Boiler", "IMAGE"),
    ]
    assert all(n["node"]["id"].startswith("attachment_") for n in nodes)


async def test_r028_what_is_no_picture_no_file_or_somebody_elses_is_not_attached(
    tenant: Tenant, other_tenant: Tenant, desk: Desk
) -> None:
    site, file = await tenant.contact("Site"), await desk.send(tenant)
    theirs = await desk.send(other_tenant)

    async def refused(**given: Any) -> list[tuple[str, str | None]]:
        return await tenant.refused(
            "attachmentCreate", **({"contactId": site, "fileId": file} | given)
        )

    assert await refused(kind="IMAGE") == [("NOT_A_PICTURE", "kind")]
    assert await refused(fileId=theirs) == [("NOT_FOUND", "fileId")]
    assert await refused(fileId=site) == [("INVALID_ID", "fileId")]
    assert await refused(contactId=global_id("contact", tenant.id)) == [("NOT_FOUND", "contactId")]
    assert await refused(title="x" * 201) == [("TOO_LONG", "title")]
    assert await refused(aboutId=await tenant.contact("Other")) == [("OTHER_CONTACT", "aboutId")]
    assert await listed(tenant, site) == []
    assert await claims(tenant, file) == 0


async def test_r028_a_file_that_lies_about_its_type_or_is_too_large_never_gets_so_far(
    tenant: Tenant, desk: Desk
) -> None:
    liar = await desk.put(tenant, "photo.png", "image/png", PDF)
    large = await tenant.refused(
        "uploadCreate", filename="a.pdf", contentType=PDF_TYPE, size=20 * 2**20 + 1
    )

    assert code(liar) == (415, "FILE_TYPE_MISMATCH")
    assert large == [("FILE_TOO_LARGE", "size")]


async def test_r028_an_attachment_is_renamed_and_taken_away_by_those_who_have_seen_it(
    tenant: Tenant, desk: Desk
) -> None:
    site, file = await tenant.contact("Site"), await desk.send(tenant)
    made = await attach(tenant, site, file)
    await attach(tenant, site, file, title="Again")
    assert await claims(tenant, file) == 2

    changed = await tenant.do(
        "attachmentUpdate", f"attachment {{ {FIELDS} }}", id=made["id"], version=1,
        title="Contract", kind="FINANCIAL",
    )  # fmt: skip
    stale = await tenant.refused("attachmentUpdate", id=made["id"], version=1, title="Late")
    late = await tenant.refused("attachmentDelete", id=made["id"], version=1)
    gone = await tenant.do("attachmentDelete", "contact { id }", id=made["id"], version=2)

    assert (changed["attachment"]["title"], changed["attachment"]["kind"]) == (
        "Contract",
        "FINANCIAL",
    )
    assert stale == late == [("STALE_VERSION", "version")]
    assert gone["contact"]["id"] == site
    assert await listed(tenant, site) == [("Again", "OTHER")]
    assert await claims(tenant, file) == 1


async def test_r006_attaching_and_detaching_are_in_the_contacts_history(
    tenant: Tenant, desk: Desk
) -> None:
    site, file = await tenant.contact("Site"), await desk.send(tenant)

    made = await attach(tenant, site, file)
    await tenant.do("attachmentDelete", id=made["id"])

    found = await tenant.ask(
        """query($id: ID!) { contact(id: $id) { history { nodes {
          rowKind action changes actorName channel } } } }""",
        id=site,
    )
    gone, there = found["contact"]["history"]["nodes"][:2]
    assert (there["rowKind"], there["action"]) == ("attachment", "CREATED")
    assert there["changes"]["fileId"] == {"before": None, "after": file}
    assert (gone["action"], gone["actorName"], gone["channel"]) == ("DELETED", "Camille", "UI")
    assert gone["changes"]["title"] == {"before": "offer.pdf", "after": None}
