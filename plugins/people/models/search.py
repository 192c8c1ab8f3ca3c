"""What persons are found by: written by the database itself, whichever way a person is written."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, TenantOwned, belongs_to


class PersonSearch(TenantOwned, Base):
    """A person's names, address and numbers, in forms in which a part of them can be found."""

    __tablename__ = "people_person_search"
    __table_args__ = (
        belongs_to("person_id", "people_person", ondelete="CASCADE"),
        Index(
            "ix_people_person_search_parts",
            "tenant_id",
            "names",
            "email",
            "numbers",
            postgresql_using="gin",
            postgresql_ops={
                "names": "gin_trgm_ops",
                "email": "gin_trgm_ops",
                "numbers": "gin_trgm_ops",
            },
            # What is pending is read through by each search: little, so that none is slow.
            postgresql_with={"gin_pending_list_limit": 256},
        ),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: First and last name as words: " camille da silva ".
    names: Mapped[str]
    #: In lower case.
    email: Mapped[str]
    #: Each number as typed, as dialled abroad and at home: " 0639981234 33639981234 ".
    numbers: Mapped[str]
    #: What persons are ordered by: a page of those that are found is known before a look at them.
    name_key: Mapped[str]
