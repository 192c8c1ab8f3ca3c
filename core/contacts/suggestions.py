"""The best matches for what somebody is typing."""

from __future__ import annotations

import strawberry
from sqlalchemy import ARRAY, Integer, Text, bindparam, func, select

from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.db import TENANT, Statement, owned
from core.kit.errors import BadInput
from core.kit.extend import extend
from core.kit.keys import sort_key
from core.kit.records import blueprint
from core.roots import Query
from core.search.rules import query_words

MOST = 20
_CONTACT = ContactRow.__table__
_BEST = (
    func.core_contact_search_best(
        TENANT,
        bindparam("text", type_=Text),
        bindparam("words", type_=ARRAY(Text)),
        bindparam("first", type_=Integer),
    )
    .table_valued("contact_id", "place")
    .alias("best")
)
_FOUND = Statement(
    select(*_CONTACT.c)
    .join(_BEST, _BEST.c.contact_id == _CONTACT.c.id)
    .where(owned(_CONTACT))
    .order_by(_BEST.c.place)
)


async def _suggestions(info: Info, text: str, first: int = 10) -> list[Contact]:
    if not 0 <= first <= MOST:
        raise BadInput(f"'first' is {first}; it must be between 0 and {MOST}.")
    words = query_words(text, field="text")
    if not words:
        return []
    given = {
        **_FOUND.constants,
        "tenant": info.context.tenant,
        "text": sort_key(text),
        "words": words,
        "first": first,
    }
    rows = await info.context.fetch(_FOUND.text, [given[name] for name in _FOUND.names])
    make = blueprint(info._raw_info.return_type).make
    return [make(row) for row in rows]


@extend(requires="contacts.read")
class ContactSuggestions(Query):
    contact_suggestions: list[Contact] = strawberry.field(
        resolver=_suggestions,
        description="The contacts that are meant most probably, best first: by reference, by the "
        "beginning of the name, then as `search` finds them. Archived ones come last.",
    )
