"""Lists as files: of what is filtered, in its order and columns."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.exporting import rules
from core.files.store import Kept, Store
from core.jobs.jobs import EXPIRED
from core.jobs.services import held
from gateway import background
from gateway.background import Holding
from gateway.backstage import Backstage
from tests.cast import House, Tenant

JOB = "job { id state total done fileName fileUrl fileSize error }"
STATE = (
    "query($id: ID!) { job(id: $id) "
    "{ state total done fileName fileUrl fileSize fileExpiresAt error } }"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def backstage(house: House) -> AsyncIterator[Backstage]:
    async with Backstage.open(house.settings, house.modules) as opened:
        yield opened


@dataclass
class Exporting:
    tenant: Tenant
    backstage: Backstage
    store: Store

    async def run(self, name: str = "contactsExport", /, **input_: Any) -> tuple[Any, bytes]:
        """The job when it is over, and the bytes of its file."""
        made = (await self.tenant.do(name, JOB, **input_))["job"]
        await self.work()
        job = (await self.tenant.ask(STATE, id=made["id"]))["job"]
        sha256 = await self.tenant.house.owner.fetchval(
            "select f.sha256 from core_job j join core_file f on f.tenant_id = j.tenant_id "
            "and f.id = j.file_id where j.id = $1",
            UUID(made["id"].removeprefix("job_")),
        )
        if sha256 is None:
            return job, b""
        return job, self.store.path(Kept(self.tenant.id, sha256)).read_bytes()

    async def work(self) -> None:
        found = await self.backstage.tenant(self.tenant.id)
        assert found is not None
        assert await background.work(self.backstage, found)

    async def lines(self, **input_: Any) -> list[list[str]]:
        return await self.lines_of("contactsExport", **input_)

    async def lines_of(self, name: str, /, **input_: Any) -> list[list[str]]:
        _, content = await self.run(name, format="CSV", **input_)
        text = content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


@pytest.fixture
def exporting(tenant: Tenant, backstage: Backstage, monkeypatch: pytest.MonkeyPatch) -> Exporting:
    settings = tenant.house.settings
    monkeypatch.setattr("core.exporting.jobs.get_settings", lambda: settings)
    return Exporting(tenant, backstage, Store.of(settings))


async def test_r057_an_export_obeys_filter_order_and_columns(exporting: Exporting) -> None:
    for name, town in (("Dalkia", "Lyon"), ("Engie", "Lyon"), ("Vinci", "Brest")):
        await exporting.tenant.contact(name, town=town, reference=f"0{name[0]}")

    lines = await exporting.lines(
        where={"town": {"eq": "Lyon"}}, orderBy=["NAME_DESC"], columns=["reference", "name"]
    )

    assert lines == [["Référence", "Nom"], ["0E", "Engie"], ["0D", "Dalkia"]]
    assert await exporting.lines(search="vinci", columns=["name"], language="en") == [
        ["Name"],
        ["Vinci"],
    ]


async def test_r057_phones_and_references_are_text_cells_and_nothing_is_a_formula(
    exporting: Exporting, tmp_path: Path
) -> None:
    await exporting.tenant.contact(
        "=1+1", reference="00123", phone="06 12 34 56 78", latitude="45.75", longitude="-4.85",
        information="https://example.org",
    )  # fmt: skip

    job, content = await exporting.run(
        columns=["name", "reference", "phone", "latitude", "longitude", "information", "createdAt"]
    )

    (tmp_path / "book.xlsx").write_bytes(content)
    header, line = (
        CalamineWorkbook.from_path(tmp_path / "book.xlsx").get_sheet_by_index(0).to_python()
    )
    assert header[:3] == ["Nom", "Référence", "Téléphone"]
    assert line[:6] == ["=1+1", "00123", "06 12 34 56 78", 45.75, -4.85, "https://example.org"]
    assert isinstance(line[6], datetime)
    assert job["state"] == "SUCCEEDED"
    assert (job["total"], job["done"]) == (1, 1)
    assert job["fileName"].startswith("contacts-")
    assert job["fileName"].endswith(".xlsx")
    assert job["fileSize"] == len(content)
    assert job["fileUrl"].startswith("/files/")


async def test_r057_cells_that_a_spreadsheet_would_run_are_neutralised(
    exporting: Exporting,
) -> None:
    await exporting.tenant.contact(
        "=cmd()", phone="+33 6 12 34 56 78", longitude="-1.5", latitude="2"
    )

    _, line = await exporting.lines(columns=["name", "phone", "longitude"])

    assert line == ["'=cmd()", "'+33 6 12 34 56 78", "-1.500000"]
    assert [rules.restored(cell) for cell in line[:2]] == ["=cmd()", "+33 6 12 34 56 78"]


@given(st.text())
def test_r057_neutralising_is_undone_without_loss(text: str) -> None:
    made = rules.neutralised(text)

    assert rules.restored(made) == text
    assert made[:1] not in {"=", "+", "-", "@", "\t", "\r"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text() | st.dates()
        | st.datetimes() | st.decimals(allow_nan=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["where", "a b"]), inner),
    )
)  # fmt: skip
def test_what_was_asked_for_is_kept_as_json_and_read_again(value: Any) -> None:
    assert rules.unpacked(orjson.loads(orjson.dumps(rules.packed(value)))) == value


async def test_a_csv_has_the_separator_and_the_mark_that_was_asked_for(
    exporting: Exporting,
) -> None:
    await exporting.tenant.contact("A, B")
    columns = ["name", "town"]

    _, plain = await exporting.run(
        format="CSV", separator="COMMA", byteOrderMark=False, columns=columns
    )
    _, marked = await exporting.run(format="CSV", separator="TAB", columns=columns)

    assert plain == b'Nom,Ville\r\n"A, B",\r\n'
    assert marked == b"\xef\xbb\xbf" + b"Nom\tVille\r\nA, B\t\r\n"


async def test_json_lines_have_an_object_per_row(exporting: Exporting) -> None:
    await exporting.tenant.contact("Dalkia", latitude="1.5", longitude="2")

    _, content = await exporting.run(format="JSONL", columns=["name", "latitude", "archivedAt"])

    assert [orjson.loads(line) for line in content.splitlines()] == [
        {"name": "Dalkia", "latitude": "1.500000", "archivedAt": None}
    ]


async def test_custom_fields_are_columns_by_their_keys(exporting: Exporting) -> None:
    tenant = exporting.tenant
    group = await tenant.group()
    for label, type_ in (("Heating", "TEXT"), ("Boilers", "DECIMAL"), ("Since", "DATE")):
        await tenant.do("customFieldCreate", groupId=group, label=label, type=type_)
    contact = await tenant.contact("Dalkia")
    await tenant.contact("Engie")
    await tenant.do(
        "contactSetCustomValues",
        id=contact,
        values=[
            {"key": "heating", "text": "gas"},
            {"key": "boilers", "decimal": "2.5"},
            {"key": "since", "date": "2020-02-29"},
        ],
    )
    columns = ["name", "custom.since", "custom.boilers", "custom.heating"]

    lines = await exporting.lines(columns=columns)
    _, content = await exporting.run(format="JSONL")

    assert lines == [
        ["Nom", "Since", "Boilers", "Heating"],
        ["Dalkia", "2020-02-29", "2.5", "gas"],
        ["Engie", "", "", ""],
    ]
    assert orjson.loads(content.splitlines()[0])["custom.heating"] == "gas"


async def test_persons_are_exported_with_the_references_of_their_contacts(
    exporting: Exporting,
) -> None:
    contact = await exporting.tenant.contact("Dalkia", reference="D-1")
    person = await exporting.tenant.do(
        "personCreate", "person { id }", contactId=contact, lastName="Ray", mobile="0612345678"
    )

    _, content = await exporting.run(
        "personsExport", format="JSONL",
        columns=["uid", "contactReference", "lastName", "mobile", "isPrimary"],
    )  # fmt: skip

    assert orjson.loads(content) == {
        "uid": person["person"]["id"],
        "contactReference": "D-1",
        "lastName": "Ray",
        "mobile": "0612345678",
        "isPrimary": True,
    }


async def test_an_export_that_makes_no_sense_is_refused_and_starts_nothing(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    for given_, refusal in (
        ({"columns": ["nmae"]}, ("UNKNOWN_COLUMN", "columns")),
        ({"columns": ["name", "name"]}, ("DUPLICATE_COLUMN", "columns")),
        ({"columns": []}, ("COLUMNS_REQUIRED", "columns")),
        ({"language": "de"}, ("UNKNOWN_LANGUAGE", "language")),
        ({"where": {"group": {"eq": "x"}}}, ("INVALID_ID", "where.group.eq")),
    ):
        assert await tenant.refused("contactsExport", **given_) == [refusal]
    assert (await tenant.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


async def test_an_export_needs_the_permission_of_its_list(exporting: Exporting) -> None:
    query = "mutation { %s(input: {}) { job { id } } }"
    for name, permission in (("contactsExport", "contacts.read"), ("personsExport", "people.read")):
        answer = await exporting.tenant.without(permission).answer(query % name)

        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await exporting.tenant.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


async def test_an_export_is_audited_and_its_file_goes_after_a_week(exporting: Exporting) -> None:
    tenant = exporting.tenant
    await tenant.contact("Dalkia")
    job, _ = await exporting.run(where={"name": {"eq": "Dalkia"}}, columns=["name"])

    found = await tenant.ask("{ auditEntries { nodes { rowKind actorName changes } } }")
    entries = [e for e in found["auditEntries"]["nodes"] if e["rowKind"] == "job"]
    changes = [e["changes"] for e in entries]
    assert [e["actorName"] for e in entries] == ["Camille", "Camille"]
    assert changes == [
        {"exported": {"before": None, "after": {
            "file": job["fileName"], "size": job["fileSize"], "rows": 1,
        }}},
        {"export": {"before": None, "after": {
            "sheet": "contacts", "columns": ["name"], "where": {"name": {"eq": "Dalkia"}},
            "format": "XLSX", "separator": "SEMICOLON", "byteOrderMark": True,
        }}},
    ]  # fmt: skip
    assert datetime.fromisoformat(job["fileExpiresAt"]) > datetime.now().astimezone() + timedelta(6)
    await tenant.house.owner.execute(
        "update core_job set file_expires_at = now() - interval '1 day' where tenant_id = $1",
        tenant.id,
    )
    async with tenant.session() as session:
        assert await EXPIRED.run(session, None) == 1  # type: ignore[arg-type]
    assert (await tenant.ask("{ jobs { nodes { fileUrl } } }"))["jobs"]["nodes"] == [
        {"fileUrl": None}
    ]


@pytest.mark.parametrize("format_", ["CSV", "XLSX", "JSONL"])
async def test_r058_an_export_that_is_cancelled_at_work_leaves_no_file(
    exporting: Exporting, format_: str
) -> None:
    tenant = exporting.tenant
    incoming = exporting.store.place().parent
    before = set(incoming.iterdir())
    await tenant.contact("Dalkia")
    made = await tenant.do("contactsExport", "job { id }", format=format_)
    found = await exporting.backstage.tenant(tenant.id)
    assert found is not None
    async with tenant.session() as session:
        job = await held.take(session)
    assert job is not None
    noted = await tenant.do("jobCancel", "job { state cancelRequestedAt }", id=made["job"]["id"])
    assert noted["job"]["state"] == "RUNNING"
    assert noted["job"]["cancelRequestedAt"] is not None

    await Holding(exporting.backstage, found, job).run()

    over = (await tenant.ask(STATE, id=made["job"]["id"]))["job"]
    assert (over["state"], over["fileName"], over["fileUrl"]) == ("CANCELLED", None, None)
    assert set(incoming.iterdir()) <= before
    files = "select count(*) from core_file where tenant_id = $1"
    assert await tenant.house.owner.fetchval(files, tenant.id) == 0
    entries = "select count(*) from core_audit_entry where tenant_id = $1 and changes ? 'exported'"
    assert await tenant.house.owner.fetchval(entries, tenant.id) == 0


def test_instants_and_numbers_are_kept_exactly() -> None:
    assert rules.packed({"gte": Decimal("1.10")}) == {"gte": {"$decimal": "1.10"}}
