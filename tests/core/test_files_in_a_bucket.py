"""Files in a bucket: the same from outside, kept by a server that speaks S3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from typing import Any

import boto3
import httpx
import pytest
import pytest_asyncio
from moto.server import ThreadedMotoServer

from core.files.handlers import remove_bytes
from core.files.produced import keep, opened, place_for_one
from core.files.services import lock_bytes
from core.files.store import NOBODY, Kept, Store
from core.kit.settings import Settings
from gateway.doctor import examine
from tests.cast import Tenant
from tests.sending import PDF, PDF_TYPE, Desk, code, picture

NAME = "files-of-tenants"
FILE = "query($id: ID!) { file(id: $id) { url thumbnailUrl } }"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture(scope="module")
def bucket(server: str) -> Any:
    client = boto3.client(
        "s3", endpoint_url=server, region_name="eu-west-3",
        aws_access_key_id="key", aws_secret_access_key="secret",
    )  # fmt: skip
    # All servers of a process have the same buckets: those of another module's tests are there.
    httpx.post(f"{server}/moto-api/reset").raise_for_status()
    client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
    return client


def names(bucket: Any, tenant: Tenant) -> set[str]:
    found = bucket.list_objects_v2(Bucket=NAME, Prefix=f"prod/{tenant.id.hex}/")
    return {each["Key"].rpartition("/")[2] for each in found.get("Contents", ())}


def away(settings: Settings, server: str) -> Settings:
    """The same installation, with its files in the bucket."""
    url = f"s3://{NAME}/prod?endpoint={server}&region=eu-west-3&addressing=path"
    more = Settings.model_validate(
        {"files_url": url, "files_access_key": "key", "files_secret_key": "secret"}
    )
    names = ("files_url", "files_access_key", "files_secret_key")
    return settings.model_copy(update={name: getattr(more, name) for name in names})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(settings: Settings, server: str, bucket: Any) -> AsyncIterator[Desk]:
    async with Desk.open(away(settings, server)) as opened_:
        yield opened_


@pytest.fixture
def store(settings: Settings, server: str, bucket: Any) -> Store:
    return Store.of(away(settings, server))


async def test_what_was_sent_is_fetched_from_the_bucket_by_a_signed_link(
    tenant: Tenant, desk: Desk, bucket: Any
) -> None:
    answer = await desk.put(tenant, "Devis été.pdf", PDF_TYPE, PDF)
    assert answer.status_code == 201
    url = (await tenant.ask(FILE, id=answer.json()["file"]["id"]))["file"]["url"]

    sent_on = await desk.http.get(url)

    assert (sent_on.status_code, sent_on.headers["cache-control"]) == (307, "no-store")
    assert "X-Amz-Signature" in sent_on.headers["location"]
    assert names(bucket, tenant) == {sha256(PDF).hexdigest()}
    async with httpx.AsyncClient() as anybody:
        fetched = await anybody.get(sent_on.headers["location"])
        assert (fetched.status_code, fetched.content) == (200, PDF)
        assert fetched.headers["content-type"] == PDF_TYPE
        assert fetched.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''Devis%20%C3%A9t%C3%A9.pdf"
        )


async def test_small_pictures_are_beside_their_large_ones_until_both_go(
    tenant: Tenant, desk: Desk, bucket: Any, store: Store
) -> None:
    sent = (await desk.put(tenant, "a.png", "image/png", picture("PNG"))).json()["file"]
    found = (await tenant.ask(FILE, id=sent["id"]))["file"]
    sent_on = await desk.http.get(found["thumbnailUrl"])
    async with httpx.AsyncClient() as anybody:
        small = await anybody.get(sent_on.headers["location"])
    assert (small.headers["content-type"], small.content[8:12]) == ("image/webp", b"WEBP")
    assert names(bucket, tenant) == {sent["sha256"], f"{sent['sha256']}.webp"}

    async with tenant.session() as session:
        await remove_bytes(session, store, sent["sha256"])
    assert len(names(bucket, tenant)) == 2  # a file still holds them
    await tenant.house.owner.execute("delete from core_upload where tenant_id = $1", tenant.id)
    await tenant.house.owner.execute("delete from core_file where tenant_id = $1", tenant.id)
    async with tenant.session() as session:
        await remove_bytes(session, store, sent["sha256"])
    assert names(bucket, tenant) == set()


async def test_what_is_refused_never_reaches_the_bucket(
    tenant: Tenant, desk: Desk, bucket: Any, store: Store
) -> None:
    answer = await desk.put(tenant, "a.png", "image/png", PDF)

    assert code(answer) == (415, "FILE_TYPE_MISMATCH")
    assert names(bucket, tenant) == set()
    assert not list(store.staging.iterdir())


async def test_produced_files_are_kept_and_read_there(
    tenant: Tenant, bucket: Any, store: Store
) -> None:
    with place_for_one(store) as path:
        path.write_bytes(b"a;b\r\n")
        async with tenant.session() as session:
            file = await keep(session, store, path, "export.csv", "text/csv")

    assert names(bucket, tenant) == {file.sha256}
    async with opened(store, Kept(tenant.id, file.sha256)) as there:
        assert there.read_bytes() == b"a;b\r\n"
    assert not there.exists()


async def test_what_goes_wrong_is_said_as_of_a_disk(
    tenant: Tenant, settings: Settings, store: Store
) -> None:
    missing = Kept(tenant.id, "0" * 64)
    with pytest.raises(FileNotFoundError):
        async with opened(store, missing):
            pass
    await asyncio.to_thread(store.remove, missing)

    gone = Store.of(away(settings, "http://127.0.0.1:9"))
    with pytest.raises(OSError, match="can't be reached"):
        await asyncio.to_thread(gone.remove, missing)


async def test_no_connection_of_the_database_waits_while_bytes_are_put_away(
    tenant: Tenant, settings: Settings, server: str, bucket: Any
) -> None:
    came, go = asyncio.Event(), asyncio.Event()

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """To the object store, once it may: until then it takes all and answers nothing."""
        came.set()
        await go.wait()
        there, on = await asyncio.open_connection("127.0.0.1", int(server.rpartition(":")[2]))
        await asyncio.gather(_copy(reader, on), _copy(there, writer))

    slow = await asyncio.start_server(through, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{slow.sockets[0].getsockname()[1]}"
    async with Desk.open(away(settings, address)) as desk:
        sending = asyncio.create_task(desk.put(tenant, "a.pdf", PDF_TYPE, PDF))
        await came.wait()
        held = await tenant.house.owner.fetchval(
            "select count(*) from pg_locks where locktype = 'advisory'"
        )
        begun = await tenant.house.owner.fetchval(
            "select count(*) from pg_stat_activity "
            "where application_name = 'fieldgate' and state like 'idle in transaction%'"
        )
        go.set()
        assert (await sending).status_code == 201
    slow.close()

    assert (held, begun) == (0, 0)
    assert names(bucket, tenant) == {sha256(PDF).hexdigest()}


async def _arrived(bucket: Any, tenant: Tenant, many: int) -> None:
    """Return once so many files are there."""
    for _ in range(3000):
        if len(names(bucket, tenant)) == many:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(names(bucket, tenant))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()


async def test_bytes_that_were_removed_while_they_came_are_sent_again(
    tenant: Tenant, desk: Desk, bucket: Any, store: Store
) -> None:
    """The night removes an older file with the same bytes; whose turn is next finds out."""
    hashed = sha256(PDF).hexdigest()
    url = await desk.announce(tenant)
    async with tenant.session() as session:
        await lock_bytes(session, hashed)
        sending = asyncio.create_task(desk.http.put(url, content=PDF))
        await _arrived(bucket, tenant, 1)
        await remove_bytes(session, store, hashed)
    refused = await sending

    assert code(refused) == (503, "THROTTLED")
    assert names(bucket, tenant) == set()
    assert (await desk.http.put(url, content=PDF)).status_code == 201
    assert names(bucket, tenant) == {hashed}


async def test_what_comes_a_second_time_to_one_address_leaves_nothing_behind(
    tenant: Tenant, desk: Desk, bucket: Any
) -> None:
    url, other = await desk.announce(tenant), PDF[:-1] + b"!"
    hashed = sha256(PDF).hexdigest()
    async with tenant.session() as session:
        await lock_bytes(session, hashed)
        await lock_bytes(session, sha256(other).hexdigest())
        both = [asyncio.create_task(desk.http.put(url, content=each)) for each in (PDF, other)]
        await _arrived(bucket, tenant, 2)
    answers = [await each for each in both]

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    kept = next(a.json()["file"]["sha256"] for a in answers if a.status_code == 201)
    assert names(bucket, tenant) == {kept}


async def test_whether_files_can_be_kept_is_said_by_readyz(
    settings: Settings, server: str, desk: Desk, bucket: Any
) -> None:
    fine = (await desk.http.get("/readyz")).json()
    elsewhere = away(settings, server)
    elsewhere.files_url = (elsewhere.files_url or "").replace(NAME, "no-such-bucket")
    async with Desk.open(elsewhere) as other:
        answer = await other.http.get("/readyz")

    assert fine["checks"]["files"] == "ok"
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"] | {"redis": "ok"} == {
        "database": "ok", "redis": "ok", "files": "failed",
    }  # fmt: skip
    left = bucket.list_objects_v2(Bucket=NAME, Prefix=f"prod/{NOBODY.hex}/")
    assert left.get("Contents", []) == []


@pytest.mark.parametrize(
    ("name", "at", "said"),
    [
        (NAME, "", "s3://files-of-tenants/prod can be written and read"),
        ("no-such-bucket", "", "Nothing can be written. The object store refused: NoSuchBucket"),
        (NAME, "http://127.0.0.1:9", "Nothing can be written. The object store can't be reached"),
    ],
)
def test_the_doctor_looks_at_the_bucket(
    settings: Settings, server: str, bucket: Any, name: str, at: str, said: str
) -> None:
    looked = away(settings, at or server)
    looked.files_url = (looked.files_url or "").replace(NAME, name)

    finding = next(found for found in examine(looked) if found.subject == "files")

    assert said in finding.found
    assert finding.fine is (name == NAME and not at)
    if not finding.fine:
        assert "PutObject" in finding.remedy
