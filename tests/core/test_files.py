"""Files: announced by the API, sent and fetched beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import pytest
import pytest_asyncio
from PIL import Image
from sqlalchemy import func, select

from core.files import links
from core.files.handlers import remove_bytes
from core.files.links import Link, Purpose
from core.files.models import File, Upload
from core.files.rules import ODS
from core.files.services import remove_unclaimed
from core.files.store import Kept, Store
from core.kit.ids import key_in
from core.kit.settings import Settings
from core.kit.tables import OutboxEntry
from tests.cast import Tenant
from tests.sending import PDF, PDF_TYPE, Desk, code, picture

FILE = """query($id: ID!) { file(id: $id) {
  id filename contentType size sha256 url thumbnailUrl } }"""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with Desk.open(settings) as opened:
        yield opened


def workbook(*names: str) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return made.getvalue()


async def test_r028_what_was_sent_comes_back_byte_for_byte(tenant: Tenant, desk: Desk) -> None:
    answer = await desk.put(tenant, "Devis été.pdf", PDF_TYPE, PDF)

    file = answer.json()["file"]
    digest = sha256(PDF).hexdigest()
    assert answer.status_code == 201
    assert file | {"id": ""} == {
        "id": "", "filename": "Devis été.pdf", "contentType": PDF_TYPE, "size": len(PDF),
        "sha256": digest,
    }  # fmt: skip
    found = (await tenant.ask(FILE, id=file["id"]))["file"]
    assert (found["filename"], found["sha256"]) == ("Devis été.pdf", digest)
    assert found["thumbnailUrl"] is None
    fetched = await desk.http.get(found["url"])
    assert (fetched.status_code, fetched.content) == (200, PDF)
    assert fetched.headers["content-type"] == PDF_TYPE
    disposition = fetched.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''Devis%20%C3%A9t%C3%A9.pdf"
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in fetched.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("name", "type_", "content"),
    [
        ("a.png", "image/png", PDF),
        ("a.pdf", PDF_TYPE, picture()),
        ("a.jpeg", "image/jpeg", picture("PNG")),
        ("a.webp", "image/webp", b"RIFF\x00\x00\x00\x00WAVEfmt "),
        ("a.xlsx", XLSX, workbook("[Content_Types].xml", "word/document.xml")),
        ("a.xlsx", XLSX, b"PK\x03\x04 no archive"),
        ("a.csv", "text/csv", b"name\n\x00\x01\n"),
        ("a.ods", ODS, workbook("content.xml")),
        ("a.xls", "application/vnd.ms-excel", b"<html>"),
        ("a.txt", "text/plain", b"MZ\x90\x00\x03"),
        ("a.txt", "text/plain", "é".encode()[:1]),
    ],
)
async def test_a_file_that_lies_about_its_type_is_refused(
    tenant: Tenant, desk: Desk, name: str, type_: str, content: bytes
) -> None:
    answer = await desk.put(tenant, name, type_, content)

    assert code(answer) == (415, "FILE_TYPE_MISMATCH")
    async with tenant.session() as session:
        assert await session.scalar(select(func.count()).select_from(File)) == 0


@pytest.mark.parametrize(
    ("name", "type_", "content"),
    [
        ("a.gif", "image/gif", picture("GIF")),
        ("a.JPG", "image/jpeg", picture("JPEG")),
        ("a.webp", "image/webp", picture("WEBP")),
        ("a.xlsx", XLSX, workbook("[Content_Types].xml", "xl/workbook.xml")),
        ("a.csv", "text/csv; charset=utf-8", "nom;été\r\n".encode()),
        ("a.csv", "text/csv", b"name\n\xe9t\xe9\n"),
        ("a.csv", "text/csv", "nom;été\n".encode("utf-16")),
        ("a.ods", ODS, workbook("META-INF/manifest.xml", "content.xml")),
        ("a.xls", "application/vnd.ms-excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 more"),
        ("long.txt", "text/plain", "é".encode() * 700_000),
    ],
)
async def test_files_of_the_usual_types_are_taken(
    tenant: Tenant, desk: Desk, name: str, type_: str, content: bytes
) -> None:
    answer = await desk.put(tenant, name, type_, content)

    assert answer.status_code == 201, answer.text
    assert answer.json()["file"]["sha256"] == sha256(content).hexdigest()


async def test_what_is_announced_is_checked_before_anything_is_sent(tenant: Tenant) -> None:
    async def refused(name: str, type_: str, size: int) -> list[tuple[str, str | None]]:
        given = {"filename": name, "contentType": type_, "size": size}
        return await tenant.refused("uploadCreate", **given)

    assert await refused("a.svg", "image/svg+xml", 1) == [("FILE_TYPE_NOT_TAKEN", "contentType")]
    assert await refused("a.exe", PDF_TYPE, 1) == [("FILENAME_MISMATCH", "filename")]
    assert await refused(" ", PDF_TYPE, 1) == [("TEXT_REQUIRED", "filename")]
    assert await refused("a.pdf", PDF_TYPE, 0) == [("FILE_EMPTY", "size")]
    assert await refused("a.pdf", PDF_TYPE, 20 * 2**20 + 1) == [("FILE_TOO_LARGE", "size")]
    async with tenant.session() as session:
        assert await session.scalar(select(func.count()).select_from(Upload)) == 0


async def test_a_file_is_as_long_as_announced_and_comes_once(tenant: Tenant, desk: Desk) -> None:
    assert code(await desk.put(tenant, "a.pdf", PDF_TYPE, PDF, size=5)) == (413, "FILE_TOO_LARGE")
    assert code(await desk.put(tenant, "a.pdf", PDF_TYPE, PDF, size=50)) == (400, "SIZE_MISMATCH")

    url = await desk.announce(tenant)
    assert (await desk.http.put(url, content=PDF)).status_code == 201
    assert code(await desk.http.put(url, content=PDF)) == (409, "ALREADY_UPLOADED")


async def test_a_folder_in_a_name_is_no_folder_here(tenant: Tenant, desk: Desk) -> None:
    answer = await desk.put(tenant, "..\\../etc/offer.pdf", PDF_TYPE, PDF)

    assert answer.json()["file"]["filename"] == "offer.pdf"


async def test_nothing_is_left_of_what_was_refused(
    tenant: Tenant, desk: Desk, settings: Settings
) -> None:
    await desk.put(tenant, "a.png", "image/png", PDF)

    assert list((settings.home / "files" / "incoming").iterdir()) == []
    assert not (settings.home / "files" / tenant.id.hex).exists()


async def test_a_picture_has_a_small_one(tenant: Tenant, desk: Desk) -> None:
    file = await desk.send(tenant, "a.jpg", "image/jpeg", picture("JPEG", (2000, 1000)))

    url = (await tenant.ask(FILE, id=file))["file"]["thumbnailUrl"]
    small = await desk.http.get(url)
    assert small.headers["content-type"] == "image/webp"
    with Image.open(BytesIO(small.content)) as image:
        assert (image.format, image.size) == ("WEBP", (320, 160))


@pytest.mark.parametrize("content", [picture("PNG", (8000, 8000)), picture("PNG")[:200]])
async def test_a_picture_that_unpacks_to_too_much_or_is_damaged_has_none(
    tenant: Tenant, desk: Desk, content: bytes
) -> None:
    file = await desk.send(tenant, "a.png", "image/png", content)

    assert (await tenant.ask(FILE, id=file))["file"]["thumbnailUrl"] is None


async def test_a_link_that_was_changed_expired_or_is_for_something_else_opens_nothing(
    tenant: Tenant, desk: Desk, settings: Settings
) -> None:
    file = await desk.send(tenant)
    url = (await tenant.ask(FILE, id=file))["file"]["url"]
    token = url.removeprefix("/files/")
    key, now = key_in(file, "file"), datetime.now(UTC)

    changed = "B" if token[10] != "B" else "C"
    late = links.sign(settings.secret, Link(Purpose.DOWNLOAD, tenant.id, key, now))
    soon = now + timedelta(minutes=1)
    foreign = links.sign("another secret", Link(Purpose.DOWNLOAD, tenant.id, key, soon))
    for wrong in (f"{token[:10]}{changed}{token[11:]}", token[:-4], "x", late, foreign, "é" * 90):
        assert code(await desk.http.get(f"/files/{wrong}")) == (404, "NOT_FOUND"), wrong
    assert code(await desk.http.put(f"/uploads/{token}", content=PDF)) == (404, "NOT_FOUND")
    upload = (await desk.announce(tenant)).removeprefix("/uploads/")
    assert code(await desk.http.get(f"/files/{upload}")) == (404, "NOT_FOUND")


async def test_a_link_is_bound_to_its_tenant(
    tenant: Tenant, other_tenant: Tenant, desk: Desk, settings: Settings
) -> None:
    key = key_in(await desk.send(tenant), "file")
    later = datetime.now(UTC) + timedelta(minutes=1)
    moved = links.sign(settings.secret, Link(Purpose.DOWNLOAD, other_tenant.id, key, later))

    assert code(await desk.http.get(f"/files/{moved}")) == (404, "NOT_FOUND")
    answer = await other_tenant.answer(FILE, id=f"file_{key.hex}")
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_files_ask_for_their_permissions(tenant: Tenant, desk: Desk) -> None:
    file = await desk.send(tenant)

    answer = await tenant.without("files.read").answer(FILE, id=file)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    create = """mutation { uploadCreate(input:
      {filename: "a.pdf", contentType: "application/pdf", size: 1}) { url } }"""
    answer = await tenant.without("files.write").answer(create)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_file_that_nobody_claims_is_gone_after_a_day_and_its_bytes_with_it(
    tenant: Tenant, desk: Desk, settings: Settings
) -> None:
    store, digest = Store.of(settings), sha256(PDF).hexdigest()
    first, second = await desk.send(tenant), await desk.send(tenant)
    later = datetime.now(UTC) + timedelta(hours=25)

    async def night(now: datetime) -> int:
        begin = tenant.house.sessions.begin(tenant.actor, tenant.listeners, now)
        async with begin as session:
            return await remove_unclaimed(session)

    assert await night(datetime.now(UTC) + timedelta(hours=23)) == 0
    async with tenant.session() as session:
        (await session.find(File, key_in(second, "file"))).claims = 1
    assert await night(later) == 1
    async with tenant.session() as session:
        told = [entry.event for entry in await session.scalars(select(OutboxEntry))]
        assert told == [{"sha256": digest}]
        await remove_bytes(session, store, digest)
    assert store.path(Kept(tenant.id, digest)).exists()  # the second has the same bytes
    gone = await tenant.answer(FILE, id=first)
    assert gone["errors"][0]["extensions"]["code"] == "NOT_FOUND"

    async with tenant.session() as session:
        (await session.find(File, key_in(second, "file"))).claims = 0
    assert await night(later + timedelta(hours=25)) == 1
    async with tenant.session() as session:
        await remove_bytes(session, store, digest)
    assert not store.path(Kept(tenant.id, digest)).exists()
