"""The search as lists of contacts declare it."""

from __future__ import annotations

from core.kit.search import Search
from core.search.models import ContactSearch
from core.search.rules import query_words

CONTACT_SEARCH = Search(
    function=f"{ContactSearch.__tablename__}_ids",
    words=query_words,
    description="Those whose name, reference, address and phone have these words between them, in "
    "any order, whatever the case and accents; part of a word will do. If there are none, words "
    "may be misspelt by a letter.",
)
