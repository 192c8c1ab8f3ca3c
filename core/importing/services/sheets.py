"""What can be imported: sheets, their parts, and the columns that a tenant has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.kit.errors import ModuleError, Refused
from core.kit.importing import Part
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.kit.sheets import Column, Sheet


@dataclass(frozen=True)
class Importer:
    """A sheet with the parts of it that somebody may import, the sheet's own first."""

    sheet: Sheet
    parts: tuple[tuple[Part, tuple[Column, ...]], ...]

    @property
    def names(self) -> list[str]:
        return [part.name for part, _ in self.parts]

    async def columns(self, session: TenantSession) -> list[Column]:
        """All there are now, those that aren't imported too."""
        found: list[Column] = []
        for part, columns in self.parts:
            found += [*columns, *await part.columns(session)]
        return found

    async def used(self, session: TenantSession, mapping: Collection[str]) -> list[Part]:
        """The parts that columns are mapped to; the sheet's own always."""
        used = []
        for at, (part, columns) in enumerate(self.parts):
            keys = {column.key for column in [*columns, *await part.columns(session)]}
            if at == 0 or keys & set(mapping):
                used.append(part)
        return used


def importable(modules: Modules) -> dict[str, Sheet]:
    return {name: sheet for name, sheet in modules.sheets.items() if sheet.importing is not None}


def importer(modules: Modules, name: str, permissions: Collection[str]) -> Importer:
    """What of the sheet called *name* somebody with these permissions may import."""
    sheet = importable(modules).get(name)
    if sheet is None or sheet.importing is None:
        names = ", ".join(sorted(importable(modules)))
        raise Refused(
            "UNKNOWN_SHEET", f"There is no import of '{name[:60]}'. Those are: {names}.", "sheet"
        )
    others = [
        (one.importing, one.columns)
        for one in modules.sheet_parts
        if one.sheet == name and one.importing.requires in permissions
    ]
    return Importer(sheet, ((sheet.importing, sheet.columns), *others))


def importer_of(modules: Modules, name: str, parts: Collection[str]) -> Importer:
    """The same for a batch, which names its parts."""
    sheet = importable(modules).get(name)
    if sheet is None or sheet.importing is None:
        raise ModuleError(f"No module that is on imports '{name}'.")
    others = [
        (one.importing, one.columns)
        for one in modules.sheet_parts
        if one.sheet == name and one.importing.name in parts
    ]
    found = Importer(sheet, ((sheet.importing, sheet.columns), *others))
    for missing in set(parts) - set(found.names):
        raise ModuleError(f"No module that is on imports the part '{missing}' of '{name}'.")
    return found
