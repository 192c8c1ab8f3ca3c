"""Tables, and whose they are: every row has a tenant, and the tenant is part of every key."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import asyncpg as dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql import ColumnElement, FromClause, Select

from core.kit.ids import new_id

DIALECT = dialect.dialect()  # type: ignore[no-untyped-call]
#: The one parameter that every statement has: ``owned`` compares each table's owner with it.
TENANT = bindparam("tenant", type_=Uuid)
#: Who asks, for what is their own: the name of the session's actor.
CALLER = bindparam("caller", type_=Text)
#: Permissions that decide over rows instead of fields, by the parameter that says who has them.
MAY: dict[str, str] = {}
Money = Numeric(14, 2)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_1_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        int: Integer,
        str: Text,
        datetime: DateTime(timezone=True),
        date: Date,
        Decimal: Money,
        UUID: Uuid,
        list[str]: ARRAY(Text),
        list[int]: ARRAY(Integer),
        dict[str, Any]: JSONB,
    }


class TenantOwned:
    """Mixin for tables whose rows belong to one tenant; the owner is part of every key."""

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-100)


class Entity(TenantOwned):
    """Mixin for tables whose rows have an id; what happens to them is kept in the audit log."""

    __audited__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-99)


class Stamped:
    """Mixin for rows that say when they were made and changed, and by whom (null: a job)."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    created_by: Mapped[UUID | None] = mapped_column(sort_order=91)
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=92)
    updated_by: Mapped[UUID | None] = mapped_column(sort_order=93)


class Versioned(Stamped):
    """Mixin for rows that people edit: each write counts ``version`` up, a lost race is refused."""

    version: Mapped[int] = mapped_column(server_default="1", sort_order=94)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return (
            {"version_id_col": cls.__table__.c.version}
            if hasattr(cls, "__table__")
            else {"version_id_col": cls.version}
        )


def belongs_to(column: str, table: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """A reference that can't point into another tenant."""
    return ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{table}.tenant_id", f"{table}.id"],
        ondelete=ondelete,
    )


def owned(table: FromClause) -> ColumnElement[bool]:
    """The tenant's own predicate: every statement says it, whatever row-level security does."""
    return table.c.tenant_id == TENANT


def may(permission: str) -> ColumnElement[bool]:
    """Whether the caller has *permission*: for the ``seen`` of a type."""
    name = f"may_{permission.replace('.', '_')}"
    MAY[name] = permission
    return bindparam(name, type_=Boolean)


def is_given(name: str) -> bool:
    """Whether a parameter says something of the caller."""
    return name in (TENANT.key, CALLER.key) or name in MAY


def view(name: str, sql: str, *columns: SchemaItem) -> Table:
    """A view that reads like a table. Row-level security is that of the caller.

    Migrations make it with ``create_view``; *sql* is its select.
    """
    return Table(name, Base.metadata, *columns, info={"view": " ".join(sql.split())})


def create_view(table: Table) -> str:
    return (
        f"create or replace view {table.name} with (security_invoker = true) as "
        f"{table.info['view']}"
    )


class Statement:
    """SQL text, compiled once, and the names of its parameters in positional order."""

    __slots__ = ("constants", "names", "text")

    def __init__(self, select: Select[Any]) -> None:
        compiled = select.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        self.text = str(compiled)
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        #: Values SQLAlchemy knows itself, such as those inside a module's ``where=``.
        self.constants: dict[str, Any] = dict(compiled.params)
