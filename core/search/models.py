"""Tables of the search: written by the database itself, whichever way a contact is written."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, TenantOwned, belongs_to


class ContactSearch(TenantOwned, Base):
    """The words of a contact's name, reference, address and phone, with blanks between them.

    A table of its own, because each write to a contact would else rewrite a large index. Beside
    the words is what contacts are ordered, filtered and counted by: so a page of what is found,
    or how many there are, is known before a contact is looked at.
    """

    __tablename__ = "core_contact_search"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        Index(
            "ix_core_contact_search_words",
            "tenant_id",
            "words",
            postgresql_using="gin",
            postgresql_ops={"words": "gin_trgm_ops"},
        ),
    )

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[str]
    name_key: Mapped[str]
    town_key: Mapped[str | None]
    group_id: Mapped[UUID]
    archived_at: Mapped[datetime | None]


class SearchWord(TenantOwned, Base):
    """A word that some contact has, for those who misspell it.

    Two writers who meet a word at the same moment both keep it: were it unique, one would have
    to wait for the other.
    """

    __tablename__ = "core_search_word"
    __table_args__ = (
        Index("ix_core_search_word_slips", "tenant_id", "slips", postgresql_using="gin"),
    )

    word: Mapped[str] = mapped_column(primary_key=True)
    first_seen_in: Mapped[UUID] = mapped_column(primary_key=True)
    #: The word, and the word without each of its letters: two words that have one of these in
    #: common are a letter apart, or two letters have changed places.
    slips: Mapped[list[str]] = mapped_column(ARRAY(Text))
