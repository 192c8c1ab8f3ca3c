"""What lists of contacts hold, found in plain Python."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.kit.ids import key_in
from core.kit.keys import sort_key

COLOURS = ["red", "green", "blue"]


@dataclass
class Kept:
    """A contact as the oracle knows it."""

    id: str
    group: str
    name: str
    town: str | None
    reference: str | None
    archived: bool
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        texts = [self.name, self.reference, (self.reference or "").replace("-", ""), self.town]
        return f" {' '.join(re.findall(r'[a-z0-9]+', sort_key(' '.join(filter(None, texts)))))} "


def slips(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def searched(kept: list[Kept], search: str | None) -> list[Kept]:
    words = re.findall(r"[a-z0-9]+", sort_key(search or ""))
    exact = [c for c in kept if all(has(c, w) for w in words)]
    if exact:
        return exact
    known = {w for c in kept for w in c.words.split() if w.isalpha() and len(w) >= 4}
    meant = {w: [k for k in known if len(w) > 3 and slips(w) & slips(k)] for w in words}
    return [
        c
        for c in kept
        if all(has(c, w) or any(f" {k} " in c.words for k in meant[w]) for w in words)
    ]


def has(contact: Kept, word: str) -> bool:
    return (word if len(word) > 2 else f" {word}") in contact.words


def read(text: str, like: Any) -> Any:
    """*text* as a value of the same kind as *like*; None if it is none."""
    if isinstance(like, Decimal):
        return Decimal(text) if re.fullmatch(r"-?[\d.]+", text) else None
    if isinstance(like, bool):
        return {"true": True, "false": False}.get(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", like):
        return text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    return text


def passes(contact: Kept, test: dict[str, Any]) -> bool:
    value = contact.values.get(test["key"])
    for op, given in test.items():
        if op == "key":
            continue
        if op == "isSet":
            ok = (value is not None) == given
        elif value is None:
            ok = op == "ne"
        elif op == "contains":
            ok = sort_key(given) in sort_key(value)
        elif op == "in":
            ok = value in [read(g, value) for g in given]
        else:
            bound = read(given, value)
            ok = {
                "eq": lambda v=value, b=bound: v == b,
                "ne": lambda v=value, b=bound: v != b,
                "gte": lambda v=value, b=bound: b is not None and v >= b,
                "lte": lambda v=value, b=bound: b is not None and v <= b,
            }[op]()
        if not ok:
            return False
    return True


def ordered(kept: list[Kept], by: list[str], custom: dict[str, Any] | None) -> list[Kept]:
    """Sorted by one column after the other, the last first; without a value is always last."""
    columns: list[tuple[Any, bool]] = []
    if custom:
        descending = custom.get("descending", False)
        columns += [(rank, descending) for rank in _ranks(custom["key"])]
    keys = {
        "NAME": lambda c: sort_key(c.name),
        "TOWN": lambda c: None if c.town is None else sort_key(c.town),
        "REFERENCE": lambda c: c.reference,
        "GROUP": lambda c: {"S": "sites", "A": "agences"}[names[c.group]],
    }
    names = {c.group: "S" if "colour" in c.values else "A" for c in kept}
    for choice in by or ["NAME_ASC"]:
        column, _, way = choice.rpartition("_")
        columns.append((keys[column], way == "DESC"))
    columns.append((lambda c: key_in(c.id).int, columns[-1][1]))
    found = list(kept)
    for key, descending in reversed(columns):
        with_value = [c for c in found if key(c) is not None]
        with_value.sort(key=key, reverse=descending)
        found = with_value + [c for c in found if key(c) is None]
    return found


def _ranks(key: str) -> list[Any]:
    """Numbers, days, truths, answers in the list's order, texts: a value is one of these."""

    def value(c: Kept, kind: type) -> Any:
        found = c.values.get(key)
        return found if type(found) is kind else None

    def text(c: Kept, when: bool) -> Any:
        found = value(c, str)
        return sort_key(found) if found is not None and when else None

    return [
        lambda c: value(c, Decimal),
        lambda c: text(c, key == "size"),
        lambda c: value(c, bool),
        lambda c: COLOURS.index(c.values[key]) if key == "colour" and c.values.get(key) else None,
        lambda c: text(c, key == "note"),
    ]


def matches(contact: Kept, where: dict[str, Any], *, but: str | None = None) -> bool:
    return (
        (but == "group" or contact.group in where.get("group", {}).get("in", [contact.group]))
        and (but == "archived" or contact.archived == where.get("archived", contact.archived))
        and all(passes(contact, test) for test in where.get("customFields", ()))
    )


def facets(found: list[Kept], where: dict[str, Any]) -> list[dict[str, Any]]:
    groups = Counter(c.group for c in found if matches(c, where, but="group"))
    archived = Counter(c.archived for c in found if matches(c, where, but="archived"))
    return [
        *({"facet": "group", "value": g, "count": n} for g, n in sorted(groups.items())),
        *(
            {"facet": "archived", "value": str(a).lower(), "count": n}
            for a, n in sorted(archived.items())
        ),
    ]
