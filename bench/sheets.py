"""100,000 contacts come from a workbook and go to others: how long that takes, and how much memory.

``python -m bench.sheets`` is the process that is measured: what a worker does, without a queue.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from bench.rows import Row

ROOT = Path(__file__).parent.parent
CONTACTS = 100_000
HEADERS = (
    "Référence", "Nom", "Groupe", "Référence du parent", "Rue", "Code postal", "Ville", "Pays",
    "Téléphone", "E-mail", "Informations", "Latitude", "Longitude",
)  # fmt: skip


def sheets(bench: Any) -> Iterator[Row]:
    """A database of its own: 100,000 contacts more would change what else is measured."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.sheets"], stdout=subprocess.PIPE, cwd=ROOT, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    yield Row("import of 100,000 contacts from XLSX: dry run", found["check"], "≤ 60 s",
              f"read in {found['read']:.1f} s")  # fmt: skip
    yield Row("… applied", found["apply"], "≤ 60 s")
    yield Row("… memory above idle", found["memory"], "≤ 300 MB", "the worker and who reads")
    yield Row("… undone", found["undo"], "≤ 120 s")
    yield Row("export of 100,000 contacts to XLSX", found["XLSX"], "≤ 30 s")
    yield Row("… to CSV", found["CSV"], "≤ 8 s")


def workbook(path: Path) -> None:
    """Half of the contacts hang below another; all have a place, a phone and an address."""
    chance = random.Random(1)
    with Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for n in range(CONTACTS):
            parent = f"C{chance.randrange(n):06d}" if n and chance.random() < 0.5 else ""
            sheet.write_row(n + 1, 0, [
                f"C{n:06d}", f"Société {n} Énergie", chance.choice(["Clients", "Sites"]), parent,
                f"{n % 200} rue de la Paix", f"{69000 + n % 9}",
                chance.choice(["Lyon", "Nantes", "Brest"]), "FR",
                f"0{chance.randrange(100_000_000, 799_999_999)}", f"contact{n}@example.org",
                "Une information de quelques mots.", f"{45 + chance.random():.6f}",
                f"{4 + chance.random():.6f}",
            ])  # fmt: skip


async def _measure(home: Path) -> dict[str, float]:
    from core.contacts.services import create_group
    from core.exporting.services import start_export
    from core.files import produced
    from core.files.store import Store
    from core.importing import services
    from core.importing.services.batches import own
    from core.importing.services.sheets import importer
    from core.kit.settings import get_settings
    from gateway import background
    from gateway.backstage import Backstage
    from gateway.demo.tenants import Place, Wanted
    from gateway.modules import load_modules

    settings, modules = get_settings(), load_modules()
    found: dict[str, float] = {}
    async with (
        Place.open(settings, datetime.now(UTC)) as place,
        Backstage.open(settings, modules) as backstage,
    ):
        door = await place.tenant(Wanted("sheets", "Sheets"))
        path = home / "contacts.xlsx"
        workbook(path)
        store, idle = Store.of(settings), _peak_mb()

        async def work() -> float:
            began = time.perf_counter()
            tenant = await backstage.tenant(door.id)
            assert tenant is not None
            while await background.work(backstage, tenant):
                pass
            return time.perf_counter() - began

        async with door.session() as session:
            for name in ("Clients", "Sites"):
                await create_group(session, name)
            type_ = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            file = await produced.keep(session, store, path, "contacts.xlsx", type_)
            what = importer(door.modules, "contacts", door.modules.permissions)
            key = (await services.create_import(session, what, file.id)).id
        found["read"] = await work()
        async with door.session() as session:
            await services.check_import(session, await own(session, key, None), door.modules)
        found["check"] = found["read"] + await work()
        for name, begin in (("apply", services.apply_import), ("undo", services.undo_import)):
            async with door.session() as session:
                await begin(session, await own(session, key, None))
            found[name] = await work()
            if name == "apply":
                found["memory"] = max(
                    _peak_mb() - idle, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                )
                for format_ in ("XLSX", "CSV"):
                    given = {"format": format_, "separator": "SEMICOLON", "byteOrderMark": True}
                    async with door.session() as session:
                        await start_export(
                            session,
                            door.modules.sheets["contacts"],
                            given,
                            door.modules.permissions,
                        )
                    found[format_] = await work()
    return found


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    from gateway import embedded

    with tempfile.TemporaryDirectory(prefix="fg") as name:
        home = Path(name)
        with embedded.postgres(home / "postgres") as url:
            os.environ |= {"FIELDGATE_HOME": name, "DATABASE_URL": url}
            from core.kit.settings import get_settings
            from gateway.migrate import upgrade

            upgrade(get_settings())
            found = asyncio.run(_measure(home))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
