"""Imports as a client has them done: a file is sent, read, checked, applied, undone."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from xlsxwriter import Workbook

from core.files.store import Kept, Store
from core.kit.settings import Settings
from gateway import background
from gateway.backstage import Backstage
from tests.cast import House, Tenant
from tests.sending import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {
    "csv": "text/csv",
    "xlsx": XLSX,
    "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
COUNTS = "counts { created changed unchanged refused written undone kept }"
BATCH = f"""query($id: ID!) {{ importBatch(id: $id) {{
  id state version worksheet worksheets hiddenWorksheets headerRow rowCount clearWord
  columns {{ header field }} problem {{ code message }} {COUNTS}
  job {{ id state done total error messages counts {{ name value }} }} file {{ id filename }}
  createdBy checkedAt appliedAt undoneAt
}} }}"""
ROWS = """query($id: ID!, $where: ImportRowFilter, $after: String) { importBatch(id: $id) {
  rows(first: 50, where: $where, after: $after) { pageInfo { endCursor hasNextPage } nodes {
    number outcome reference cells changes { field before after } targetId writtenAt undoneAt
    problems { code field message } notes { code field message } kept { code message }
  } }
} }"""


def text_file(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(lines).encode(encoding)


def table(*rows: list[Any], separator: str = ";") -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=separator).writerows(rows)
    return made.getvalue().encode()


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    """A workbook with these rows in its first sheet, and other sheets by name."""
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True, "strings_to_numbers": False})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, lines in {"Feuil1": list(rows), **sheets}.items():
        sheet = book.add_worksheet(name)
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif hasattr(cell, "isoformat"):
                    sheet.write_datetime(number, column, cell, day)
                elif cell is not None:
                    sheet.write(number, column, cell)
    book.close()
    return made.getvalue()


@dataclass
class Site:
    """What imports are done by, for all tenants."""

    backstage: Backstage
    desk: Desk
    settings: Settings

    @classmethod
    @asynccontextmanager
    async def open(cls, house: House) -> AsyncIterator[Site]:
        async with (
            Backstage.open(house.settings, house.modules) as backstage,
            Desk.open(house.settings) as desk,
        ):
            yield cls(backstage, desk, house.settings)

    def of(self, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Importing:
        for module in ("importing", "exporting"):
            monkeypatch.setattr(f"core.{module}.jobs.get_settings", lambda: self.settings)
        return Importing(tenant, self.backstage, self.desk, Store.of(self.settings))


@dataclass
class Importing:
    """A tenant, and what its imports are done by."""

    tenant: Tenant
    backstage: Backstage
    desk: Desk
    store: Store

    async def send(self, content: bytes, name: str = "clients.csv") -> str:
        """The id of a file that was sent."""
        type_ = TYPES[name.rpartition(".")[2]]
        return await self.desk.send(self.tenant, name, type_, content)

    async def work(self) -> None:
        found = await self.backstage.tenant(self.tenant.id)
        assert found is not None
        while await background.work(self.backstage, found):
            pass

    async def read(
        self, content: bytes, name: str = "clients.csv", sheet: str = "contacts", **input_: Any
    ) -> Any:
        """An import whose file has been read, or is unreadable."""
        file = await self.send(content, name)
        given = {"fileId": file, "sheet": sheet, **input_}
        made = await self.tenant.do("importCreate", "importBatch { id }", **given)
        await self.work()
        return await self.batch(made["importBatch"]["id"])

    async def do(self, what: str, batch: str, **input_: Any) -> Any:
        """The import once a job has done *what*."""
        await self.tenant.do(what, "importBatch { id state }", id=batch, **input_)
        await self.work()
        return await self.batch(batch)

    async def check(self, content: bytes, name: str = "clients.csv", **input_: Any) -> Any:
        """An import that has been checked, with the columns that were proposed."""
        batch = await self.read(content, name, **input_)
        assert batch["state"] == "READ", batch["problem"]
        return await self.do("importCheck", batch["id"])

    async def apply(self, content: bytes, name: str = "clients.csv", **input_: Any) -> Any:
        """An import that has been checked and applied."""
        batch = await self.check(content, name, **input_)
        return await self.do("importApply", batch["id"])

    async def batch(self, identifier: str) -> Any:
        return (await self.tenant.ask(BATCH, id=identifier))["importBatch"]

    async def rows(self, batch: Any, **where: Any) -> list[Any]:
        nodes: list[Any] = []
        after, more = None, True
        while more:
            given = {"id": batch["id"], "where": where or None, "after": after}
            page = (await self.tenant.ask(ROWS, **given))["importBatch"]["rows"]
            nodes += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        return nodes

    async def outcomes(self, batch: Any) -> list[Any]:
        """For each row its outcome, or the codes and columns of why it is refused."""
        return [
            [(p["code"], p["field"]) for p in row["problems"]] or row["outcome"]
            for row in await self.rows(batch)
        ]

    async def report(self, batch: Any, **input_: Any) -> bytes:
        made = await self.tenant.do("importReport", "job { id }", id=batch["id"], **input_)
        await self.work()
        return await self.made_by(made["job"]["id"])

    async def made_by(self, job: str) -> bytes:
        """The file that a job has made."""
        sha256 = await self.tenant.house.owner.fetchval(
            "select f.sha256 from core_job j join core_file f on f.tenant_id = j.tenant_id "
            "and f.id = j.file_id where j.id = $1",
            UUID(job.removeprefix("job_")),
        )
        assert sha256 is not None, await self.tenant.house.owner.fetchval(
            "select error from core_job where id = $1", UUID(job.removeprefix("job_"))
        )
        return await asyncio.to_thread(self.store.path(Kept(self.tenant.id, sha256)).read_bytes)

    async def contacts(self, fields: str = "name reference") -> list[Any]:
        query = f"{{ contacts(orderBy: [NAME_ASC], first: 100) {{ nodes {{ {fields} }} }} }}"
        found: list[Any] = (await self.tenant.ask(query))["contacts"]["nodes"]
        return found
