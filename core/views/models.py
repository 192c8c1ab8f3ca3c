"""Tables of saved views, and of the tab that opens first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id


class SavedView(Entity, Versioned, Base):
    """Which columns of a list somebody looks at, which rows, and in which order."""

    __tablename__ = "core_saved_view"
    __table_args__ = (
        belongs_to("user_id", "core_user", ondelete="CASCADE"),
        UniqueConstraint(
            "tenant_id",
            "user_id",
            "list_name",
            "name_key",
            info={"refused": ("NAME_TAKEN", "You have a view of that name already.", "name")},
        ),
        Index(None, "tenant_id", "list_name", "name_key", "id"),
        # Its ids are opaque like any others, but ``node`` doesn't open it: it may be personal.
        {"info": {"prefix": "saved_view"}},
    )

    #: The list's field of ``Query``: contacts, missions …
    list_name: Mapped[str]
    name: Mapped[str]
    #: The name as it sorts: lower case, without accents.
    name_key: Mapped[str]
    user_id: Mapped[UUID]
    is_shared: Mapped[bool]
    #: As paths below a row of the list: name, group.name, customValues.energy.
    columns: Mapped[list[str]]
    #: The list's own arguments: where, orderBy, search …
    arguments: Mapped[dict[str, Any]]


class DefaultTab(TenantOwned, Base):
    """The tab that opens first: for a user, for those of a role, or (both null) for all."""

    __tablename__ = "core_default_tab"
    __table_args__ = (
        belongs_to("user_id", "core_user", ondelete="CASCADE"),
        belongs_to("role_id", "core_role", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "user_id", "role_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID | None]
    role_id: Mapped[UUID | None]
    tab: Mapped[str]
