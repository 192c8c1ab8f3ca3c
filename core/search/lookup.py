"""The search as lists of contacts declare it."""

from __future__ import annotations

from typing import Any

from core.contacts.models import Contact
from core.kit.search import Kept, Search, Walked
from core.search.models import ContactSearch
from core.search.rules import exact_patterns, query_words

_WORDS: Any = ContactSearch.__table__
_CONTACT: Any = Contact.__table__
_COLUMNS = ("id", "name_key", "town_key", "group_id", "archived_at")
CONTACT_SEARCH = Search(
    function=f"{ContactSearch.__tablename__}_ids",
    words=query_words,
    wide=frozenset({"archived"}),
    kept=Kept(
        "core_contact_search_rows",
        tuple(_CONTACT.c[name] for name in _COLUMNS),
        "core_contact_search_counts",
        (_CONTACT.c.group_id, _CONTACT.c.archived_at),
        frozenset({"group", "archived"}),
    ),
    walked=Walked(
        _WORDS,
        exact_patterns,
        "core_contact_search_patterns",
        "core_contact_search_loosely",
        "core_contact_search_count",
    ),
    description="Those whose name, reference, address and phone have these words between them, in "
    "any order, whatever the case and accents; part of a word will do. If there are none, words "
    "may be misspelt by a letter.",
)
