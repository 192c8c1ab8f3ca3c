"""A module's own rows, and what it adds to the rows of others, are imported by the same hook."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import delete, select, update

import core.plugin
from core.contacts.models import Contact, ContactGroup
from core.contacts.sheets import CONTACTS
from core.kit import bulk
from core.kit.errors import Refused
from core.kit.importing import ImportRow, Remark, Settled
from core.kit.keys import sort_key
from core.kit.modules import ModuleInfo, hookimpl
from core.kit.session import TenantSession
from core.kit.sheets import Column, SheetPart, words
from gateway.modules import modules_of
from tests.cast import House, Tenant
from tests.importing import Importing, Site, table

GROUP: Any = ContactGroup.__table__


class Families:
    """Contact groups, as a module of its own might have them."""

    name = "family"
    requires = "families.write"
    identity: str | None = "name"
    accounts: frozenset[str] = frozenset()

    async def columns(self, session: TenantSession) -> list[Column]:
        return [Column("colour", "Couleur", "Colour")]

    def read(
        self, cells: dict[str, str | None], country: str, *, is_new: bool = False
    ) -> dict[str, Any]:
        return {}

    async def look(
        self, session: TenantSession, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        found = await session.execute(select(ContactGroup.name, ContactGroup.id))
        there: dict[Any, UUID] = dict(found.all())
        for row in rows:
            row.reference = name = row.cells.get("name")
            if row.cells.get("colour") == "mauve":
                row.refused_by(Refused("UGLY", "Not mauve."), "colour")
            elif name in there:
                row.is_new, row.target_id = False, there[name]
            else:
                row.changes["name"] = [None, name]

    async def settle(self, session: TenantSession, batch_id: UUID) -> Settled:
        return Settled()

    async def write(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        made = [
            {"id": r.target_id, "name": r.reference, "name_key": sort_key(r.reference or "")}
            for r in rows
        ]
        await bulk.insert_rows(session, GROUP, [{**m, **bulk.created(session)} for m in made])

    async def in_the_way(
        self, session: TenantSession, rows: Sequence[ImportRow], accounted: frozenset[str]
    ) -> dict[UUID, Remark]:
        return {}

    async def undo(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        await session.execute(
            delete(ContactGroup).where(ContactGroup.id.in_([row.target_id for row in rows]))
        )


class Slogans(Families):
    """A column more in the rows of contacts: their information, in capitals."""

    name = "slogan"
    identity = None

    async def columns(self, session: TenantSession) -> list[Column]:
        return []

    async def look(
        self, session: TenantSession, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        for row in rows:
            if (text := row.cells.get("slogan")) is not None:
                row.values["slogan"] = text.upper()
                row.changes["slogan"] = [None, text.upper()]

    async def write(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        for row in rows:
            if "slogan" in row.values:
                await session.execute(
                    update(Contact)
                    .where(Contact.id == row.target_id)
                    .values(information=row.values["slogan"])
                )

    async def undo(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        pass


FAMILIES = replace(
    CONTACTS, name="families", model=ContactGroup, importing=Families(),
    columns=(Column("name", "Famille", "Family", ContactGroup.name),),
)  # fmt: skip


def _info() -> ModuleInfo:
    return ModuleInfo(title="Families", permissions={"families.write": "Add families."})


def _sheets() -> list[Any]:
    slogan = Column("slogan", "Devise", "Slogan", also=words("mot d'ordre"))
    return [FAMILIES, SheetPart("contacts", (slogan,), Slogans())]


_info.__name__, _sheets.__name__ = "module_info", "sheets"
MODULE: Any = ModuleType("families")
MODULE.module_info, MODULE.sheets = hookimpl(_info), hookimpl(_sheets)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(house: House) -> AsyncIterator[tuple[House, Site]]:
    modules = modules_of({"core": core.plugin, "families": MODULE})
    ours = replace(house, modules=modules, gateways={})
    async with Site.open(ours) as opened:
        yield ours, opened


@pytest_asyncio.fixture(loop_scope="session")
async def own(site: tuple[House, Site], monkeypatch: pytest.MonkeyPatch) -> Importing:
    house, opened = site
    return opened.of(await house.tenant(), monkeypatch)


async def test_r051_a_module_has_its_own_rows_imported(own: Importing) -> None:
    await own.tenant.group("Sites")

    batch = await own.apply(
        table(["Famille", "Couleur"], ["Sites", ""], ["Gares", ""], ["Ports", "mauve"],
              ["Halles", "bleu"], ["Halles", ""]), sheet="families",
    )  # fmt: skip

    assert (await own.tenant.ask("{ importSheets }"))["importSheets"] == ["contacts", "families"]
    assert [c["field"] for c in batch["columns"]] == ["name", "colour"]
    assert await own.outcomes(batch) == [
        "UNCHANGED", "CREATED", [("UGLY", "colour")], [("DUPLICATE_IN_FILE", "name")],
        [("DUPLICATE_IN_FILE", "name")],
    ]  # fmt: skip
    created = (await own.rows(batch))[1]["targetId"]
    assert {"id": created, "name": "Gares"} in await groups(own.tenant, "id name")
    assert (await own.do("importUndo", batch["id"]))["counts"]["undone"] == 1
    assert await groups(own.tenant, "name") == [{"name": "Sites"}]


async def groups(tenant: Tenant, fields: str) -> list[Any]:
    found = await tenant.ask(f"{{ contactGroups {{ nodes {{ {fields} }} }} }}")
    nodes: list[Any] = found["contactGroups"]["nodes"]
    return nodes


async def test_r054_a_module_adds_columns_to_the_rows_of_another(own: Importing) -> None:
    batch = await own.apply(table(["Nom", "Mot d'ordre"], ["Dalkia", "chauffer"]))

    assert [c["field"] for c in batch["columns"]] == ["name", "slogan"]
    assert await own.contacts("name information") == [{"name": "Dalkia", "information": "CHAUFFER"}]


async def test_r083_a_module_that_is_off_or_not_permitted_adds_nothing(
    own: Importing, importing: Importing
) -> None:
    content = table(["Nom", "Mot d'ordre"], ["Dalkia", "chauffer"])
    tenant: Tenant = own.tenant
    own.tenant = tenant.without("families.write")

    refused = await own.read(content)
    off = await importing.read(content)

    assert [c["field"] for c in refused["columns"]] == ["name", None]
    assert [c["field"] for c in off["columns"]] == ["name", None]
    create = "mutation($input: ImportCreateInput!) { importCreate(input: $input) { __typename } }"
    file = await own.send(content)
    answer = await own.tenant.answer(create, input={"fileId": file, "sheet": "families"})
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
