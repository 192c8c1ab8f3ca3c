"""What each row of contacts would do, or why it can't."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.contacts import rules
from core.contacts.services import IMPORTED
from core.importing.contacts.ground import Ground
from core.importing.contacts.identifying import identify
from core.importing.contacts.meanings import TEXTS, meanings
from core.importing.rules import cells
from core.importing.rules.cells import same_text
from core.kit.errors import Refused
from core.kit.importing import ImportRow, Remark
from core.kit.keys import sort_key

#: Stands for the id of a row that is only thought of.
_NO_ROW = UUID(int=0)
_KINDS = {
    "headquarters branch": "HEADQUARTERS_BRANCH",
    "siege et agence": "HEADQUARTERS_BRANCH",
    "siege agence": "HEADQUARTERS_BRANCH",
    "landlord tenant": "LANDLORD_TENANT",
    "bailleur et locataire": "LANDLORD_TENANT",
    "bailleur locataire": "LANDLORD_TENANT",
    "billing site": "BILLING_SITE",
    "site facture au parent": "BILLING_SITE",
    "site a facturer": "BILLING_SITE",
    "other": "OTHER",
    "autre": "OTHER",
}
#: Among what was read in cells: what looking at their row finds if there is no such contact.
AFRESH = ""
#: In the values of a row, for the group that is made when somebody first needs it.
DEFAULT_GROUP = "default"


def read(given: dict[str, str | None], country: str, *, is_new: bool) -> dict[str, Any]:
    """What cells mean, whatever is there already; of a new contact, also all that follows."""
    found = meanings(given, country)
    if is_new:
        found[AFRESH] = _Look.afresh(given, found)
    return found


def look(row: ImportRow, ground: Ground) -> None:
    """Fill in what *row* would do."""
    contact = identify(row, ground)
    if row.problems:
        return
    look = _Look(row, contact, ground)
    afresh = row.read.get(AFRESH) if contact is None else None
    if afresh is None:
        look.texts()
    else:
        look.take(afresh[0])
    for field in ("group", "owner", "parentReference"):
        if field in row.cells:
            look.attempt(field, look.ways[field])
    if afresh is None:
        look.attempt("latitude", look.position)
    else:
        look.take(afresh[1])
    look.attempt("parentKind", look.link)
    if contact is None:
        look.complete()
    row.values["contact"] = look.values
    row.values["current"] = contact


class _Look:
    """One row beside the contact that it names."""

    def __init__(
        self, row: ImportRow, contact: dict[str, Any] | None, ground: Ground | None
    ) -> None:
        self.row, self._ground = row, ground
        self.contact: dict[str, Any] = contact or {}
        #: What is to be written, by column.
        self.values: dict[str, Any] = {}
        self.ways: dict[str, Callable[[str], None]] = {
            "group": self.group,
            "owner": self.owner,
            "parentReference": self.parent,
        }

    @classmethod
    def afresh(cls, given: dict[str, str | None], read_: Mapping[str, Any]) -> tuple[_Look, _Look]:
        """The texts and the position of a contact that isn't there: that needs no ground."""
        texts, position = (
            cls(ImportRow(_NO_ROW, 0, given, _NO_ROW, read=read_), None, None) for _ in range(2)
        )
        texts.texts()
        position.attempt("latitude", position.position)
        return texts, position

    def take(self, found: _Look) -> None:
        """Say what another look has found."""
        self.values |= found.values
        self.row.changes |= found.row.changes
        self.row.problems += found.row.problems
        self.row.notes += found.row.notes

    @property
    def ground(self) -> Ground:
        assert self._ground is not None
        return self._ground

    def texts(self) -> None:
        for field in self.row.cells:
            if field in TEXTS:
                self.attempt(field, self.text)
        if "phone" in self.row.cells:
            self.attempt("phone", self.phone)

    def attempt(self, field: str, do: Callable[[str], None]) -> None:
        try:
            given = self.row.cells.get(field)
            if given is not None and field not in self.row.read:  # or else it was looked at there
                cells.check_error(given, field)
            do(field)
        except Refused as refused:
            self.row.refused_by(refused)

    def put(self, field: str, column: str, value: Any, before: Any, after: Any) -> None:
        """Note that *column* is to have another value; *before* and *after* are for readers."""
        self.values[column] = value
        if before is not None or after is not None:
            self.row.changes[field] = [before, after]

    def text(self, field: str) -> None:
        given = self.row.cells[field]
        if given is None and field == "name":
            raise Refused("NAME_EMPTY", "A contact must have a name: it can't be cleared.", "name")
        kept = key = None
        if given is not None:
            kept = self.row.meaning(field)
            if field == "name":
                kept, key = kept
        before = self.contact.get(field)
        if not same_text(before, kept):
            self.put(field, field, kept, before, kept)
            if field == "name":
                self.values["name_key"] = key

    def phone(self, field: str) -> None:
        given = self.row.cells[field]
        kept, number = None, None
        if given is not None:
            kept, number = self.row.meaning(field)
            if number is None:
                self.row.notes.append(_unreadable(kept, field))
        before = self.contact.get("phone")
        if (number and number == self.contact.get("phone_e164")) or before == kept:
            return
        self.put(field, "phone", kept, before, kept)
        self.values["phone_e164"] = number

    def group(self, field: str) -> None:
        given = self.row.cells[field]
        if given is None:
            raise Refused("GROUP_MISSING", "A contact must be in a group.", field)
        found = self.group_called(given)
        if found is None:
            raise Refused(
                "UNKNOWN_GROUP", f"There is no contact group '{given[:60]}'. Make it first.", field
            )
        key, name = found
        before: Any = self.contact.get("group_id")
        if key != before:
            self.put(field, "group_id", key, self.ground.group_names.get(before), name)

    def group_called(self, name: str) -> tuple[Any, str] | None:
        found = self.ground.groups.get(sort_key(name))
        if found is None and sort_key(name) == sort_key(IMPORTED):
            return DEFAULT_GROUP, IMPORTED
        return found

    def owner(self, field: str) -> None:
        given = self.row.cells[field]
        key = name = None
        if given is not None:
            found = self.ground.users.get(sort_key(given), [])
            before = self.contact.get("owner_id")
            if before is not None and same_text(self.ground.user_names.get(before), given):
                return  # also a user who has left, or whose name another has
            if len(found) != 1:
                many = f"{len(found)} users are" if found else "No user is"
                raise Refused("UNKNOWN_OWNER", f"{many} called '{given[:60]}'.", field)
            key, name = found[0]
        before = self.contact.get("owner_id")
        if key != before:
            self.put(field, "owner_id", key, self.ground.user_names.get(before), name)

    def parent(self, field: str) -> None:
        """Who is above it. That it may not exist yet is for the look at all rows together."""
        row, given = self.row, self.row.cells[field]
        before: Any = self.contact.get("parent_id")
        shown = self.ground.parent_names.get(before)
        if given is None:
            if before is not None:
                row.parent_reference = ""
                self.put(field, "parent_id", None, shown, None)
                self.values["parent_kind"] = None
            return
        given = rules.text(given, "reference") or ""
        if given == row.reference:
            raise Refused("CYCLE", f"'{given}' can't be its own parent.", field)
        found = self.ground.parents.get(given, [])
        if len(found) > 1:
            raise Refused(
                "AMBIGUOUS_PARENT", f"{len(found)} contacts have the reference '{given}'.", field
            )
        key = found[0][0] if found else None
        if key is not None and key == before:
            return
        row.parent_reference, row.parent_id = given, key
        self.put(field, "parent_id", key, shown, given)

    def link(self, field: str) -> None:
        given = self.row.cells.get(field)
        before = self.contact.get("parent_kind")
        has_parent = bool(self.row.parent_reference) or (
            self.contact.get("parent_id") is not None and "parent_kind" not in self.values
        )
        kind = before or "OTHER"
        if given is not None:
            kind = _KINDS.get(sort_key(given.replace("_", " ").replace("-", " ")), "")
            if not kind:
                kinds = "HEADQUARTERS_BRANCH, LANDLORD_TENANT, BILLING_SITE or OTHER"
                raise Refused("INVALID_LINK", f"'{given[:40]}' is none of {kinds}.", field)
            if not has_parent and self.row.cells.get("parentReference") is None:
                raise Refused("NO_PARENT", "A contact without a parent has no link.", field)
        if has_parent and kind != before:
            self.put(field, "parent_kind", kind, before, kind)

    def position(self, field: str) -> None:
        given = self.row.cells
        if "latitude" not in given and "longitude" not in given:
            return
        both: list[Decimal | None] = []
        for name in ("latitude", "longitude"):
            if given.get(name) is not None:
                both.append(self.row.meaning(name))
            else:
                both.append(None if name in given else self.contact.get(name))
        kept = rules.position(both[0], both[1])
        for name, value in zip(("latitude", "longitude"), kept, strict=True):
            before = self.contact.get(name)
            if value != before:
                self.put(name, name, value, _number(before), _number(value))

    def complete(self) -> None:
        """What a new contact needs besides what its row says."""
        row = self.row
        if row.reference is not None:
            row.changes = {"reference": [None, row.reference], **row.changes}
        self.values["reference"] = row.reference
        wrong = {problem.field for problem in row.problems}
        if "name" not in self.values and "name" not in wrong:
            row.refuse("NAME_EMPTY", "A new contact needs a name.", "name")
        if "group_id" not in self.values and "group" not in wrong:
            key, name = self.group_called(IMPORTED) or (DEFAULT_GROUP, IMPORTED)
            self.put("group", "group_id", key, None, name)


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format(value.normalize(), "f")


def _unreadable(kept: str, field: str) -> Remark:
    return Remark(
        "PHONE_UNREADABLE", f"'{kept[:40]}' is kept as it is, but it is not a phone number.", field
    )


def look_at(rows: Sequence[ImportRow], ground: Ground) -> None:
    for row in rows:
        look(row, ground)
