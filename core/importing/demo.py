"""The core's part of the demo: a file of suppliers that was imported, but for two of its rows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from core.demo.clock import at
from core.files import produced
from core.files.models import File
from core.files.store import Kept, Store
from core.importing.models import ImportBatch
from core.importing.rules.headers import Meanings
from core.importing.rules.states import ImportState
from core.importing.services import applying, checking, reading, rows
from core.importing.services.ahead import Alone
from core.importing.services.batches import EMPTY
from core.importing.services.sheets import Importer, importer
from core.kit.ids import global_id
from core.kit.modules import Modules
from core.kit.session import Channel, TenantSession

NAME = "fournisseurs.csv"
LINES = (
    "Référence;Raison sociale;Groupe;Site web;Informations;Prénom;Nom de la personne;Portable",
    "FOU-1;;;https://commandes.example/;Livraison le mardi;Nadia;Ferrand;06 39 98 10 21",
    "FOU-2;;;;Franco à partir de 300 €;;;",
    "FOU-3;;Founisseurs;;;;;",
    "FOU-4;;;www;;;;",
)


async def story(session: TenantSession, modules: Modules, store: Store) -> None:
    """Tell it with the services that imports are done by, three days ago."""
    actor = session.actor
    found = importer(modules, "contacts", modules.permissions)
    with at(session, session.now - timedelta(days=3)), produced.place_for_one(store) as path:
        await asyncio.to_thread(path.write_text, "\r\n".join(LINES), encoding="utf-8-sig")
        file = await produced.keep(session, store, path, NAME, "text/csv")
        batch = await _begun(session, found, file)
        session.act_as(global_id("import_batch", batch.id), Channel.IMPORT)
        async with produced.opened(store, Kept(session.tenant_id, file.sha256)) as kept:
            await _done(session, batch, found, kept)
        session.act_as(actor.name, actor.channel)


async def _begun(session: TenantSession, found: Importer, file: File) -> ImportBatch:
    batch = ImportBatch(
        sheet=found.sheet.name,
        target="contact",
        state=ImportState.READING.value,
        file_id=file.id,
        parts=found.names,
        clear_word=EMPTY,
    )
    session.add(batch)
    await session.flush()
    return batch


async def _done(session: TenantSession, batch: ImportBatch, found: Importer, path: Path) -> None:
    async def progress(_done: int) -> None:
        """Nobody watches."""

    columns = await found.columns(session)
    await reading.read_file(session, batch, path, columns, progress)
    parts = await found.used(session, batch.mapping)
    await checking.check_rows(session, batch, parts, Meanings(columns), Alone())
    await checking.settle(session, batch, found)
    await applying.apply_rows(session, batch, parts, Alone())
    await rows.count(session, batch)
    batch.state, batch.applied_at = ImportState.APPLIED.value, session.now
    await session.flush()
