"""What a module says of rows that people import: what a row would do, and doing it.

A sheet's own :class:`Part` brings one kind of row, such as contacts. The part of a ``SheetPart``
adds columns of another module to it, such as a contact's primary person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from core.kit.errors import Refused, RefusedTogether
from core.kit.session import TenantSession

if TYPE_CHECKING:
    from core.kit.sheets import Column


class Outcome(StrEnum):
    """What becomes of a row."""

    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


_REFUSALS = (Refused, RefusedTogether)
#: Stands for a cell that has the word which clears a field.
CLEAR = None


@dataclass(frozen=True)
class Remark:
    """Why a row is refused, or what else is to be said of it."""

    code: str
    message: str
    field: str | None = None

    def shown(self) -> dict[str, Any]:
        return {"code": self.code, "field": self.field, "message": self.message}


@dataclass(slots=True)
class ImportRow:
    """A row on its way. *cells* has what isn't blank, by field; ``CLEAR`` for the word."""

    id: UUID
    number: int
    cells: dict[str, str | None]
    #: What the row writes: a new id, or that of what its identity found.
    target_id: UUID
    is_new: bool = True
    #: ``{field: [before, after]}``, as texts that people read.
    changes: dict[str, list[str | None]] = field(default_factory=dict)
    problems: list[Remark] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    #: By which other rows may name it as their parent, and the one it names itself: an empty
    #: text if it leaves its parent.
    reference: str | None = None
    parent_reference: str | None = None
    parent_id: UUID | None = None
    #: What is to be written, for each part, by its name.
    values: dict[str, Any] = field(default_factory=dict)
    #: What to write to undo it, as JSON, for each part.
    before: dict[str, Any] = field(default_factory=dict)
    #: The versions of what was written, by key of a row, to know whether somebody came after.
    versions: dict[str, int] = field(default_factory=dict)
    #: What the parts have read in its cells: by field, a meaning or a refusal.
    read: Mapping[str, Any] = field(default_factory=dict)

    def meaning(self, field_: str) -> Any:
        """What a part has read in the cell of a field; raises what is wrong with it."""
        found = self.read[field_]
        if isinstance(found, _REFUSALS):
            raise found
        return found

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome.REFUSED
        if self.is_new:
            return Outcome.CREATED
        return Outcome.CHANGED if self.changes else Outcome.UNCHANGED

    def refuse(self, code: str, message: str, field_: str | None = None) -> None:
        self.problems.append(Remark(code, message, field_))

    def refused_by(self, error: Refused | RefusedTogether, field_: str | None = None) -> None:
        """Take over the refusals of a rule."""
        together = error.refusals if isinstance(error, RefusedTogether) else [error]
        self.problems += [Remark(r.reason, r.message, field_ or r.field) for r in together]


@dataclass
class Settled:
    """What looking at all rows of a file together has found, by id of the row."""

    refused: dict[UUID, Remark] = field(default_factory=dict)
    #: In which order rows are written: those that others hang on first. Others have the turn 0.
    turns: dict[UUID, int] = field(default_factory=dict)


def read_cells(
    cells: Mapping[str, str | None], ways: Mapping[str, Callable[[str], Any]]
) -> dict[str, Any]:
    """What cells mean by these ways, by field; what one refuses stands in its place."""
    found: dict[str, Any] = {}
    for name, text in cells.items():
        if text is not None and (way := ways.get(name)) is not None:
            try:
                found[name] = way(text)
            except (Refused, RefusedTogether) as refused:
                found[name] = refused
    return found


class Part(Protocol):
    """What an import does with some columns of a row. Each method is given hundreds of rows."""

    #: Names it among the parts of its sheet.
    name: str
    #: The permission to have it imported.
    requires: str
    #: The column that says which row of the database is meant; only a sheet's own part has one.
    identity: str | None
    #: Tables whose rows it answers for itself when a batch is undone.
    accounts: frozenset[str]

    async def columns(self, session: TenantSession) -> list[Column]:
        """The columns that this tenant has besides those that the sheet names."""

    def read(
        self, cells: dict[str, str | None], country: str, *, is_new: bool = False
    ) -> dict[str, Any]:
        """What cells mean by themselves, by field: for :meth:`ImportRow.meaning`.

        It is asked in another thread, while the database is busy with other rows. Of a row that
        by the check makes something new, it may find more than meanings, for :meth:`look`.
        """

    async def look(
        self, session: TenantSession, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        """Say what each row would change, or why it can't; write nothing.

        It is asked again before the rows are written: with *lock*, nobody else may change what
        it has looked at until the transaction ends.
        """

    async def settle(self, session: TenantSession, batch_id: UUID) -> Settled:
        """Look at all rows of a batch together, once each has been looked at."""

    async def write(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        """Write what was said, by statements for all rows at once."""

    async def in_the_way(
        self, session: TenantSession, rows: Sequence[ImportRow], accounted: frozenset[str]
    ) -> dict[UUID, Remark]:
        """By id of the row, why what it wrote can't be taken back.

        Tables that are *accounted* for are looked at by the parts they belong to.
        """

    async def undo(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        """Take back what the rows have written: parts in the opposite order."""
