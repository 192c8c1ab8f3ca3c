"""What every table of custom values is made of: one for contacts, one for each target of a module.

A module that has a target declares its table over :class:`Values`, and a view of what shows::

    class CustomValue(Values, Base):
        __tablename__ = "people_custom_value"
        __table_args__ = value_table("person_id", "people_person")

        person_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-90)

    ShownValue = shown_view("people_custom_value", "person_id", "people_person", "tenant_id")
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import TenantOwned, belongs_to, view


class Values(TenantOwned):
    """What something has in a custom field: one of the columns, by the field's type.

    A field has one row, with ``place`` 0; but for a list of which several are chosen: a row each.
    """

    field_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-89)
    place: Mapped[int] = mapped_column(
        primary_key=True, default=0, server_default="0", sort_order=-88, autoincrement=False
    )
    text_value: Mapped[str | None]
    #: The beginning of the text as it sorts: lower case, without accents.
    text_key: Mapped[str | None] = mapped_column(
        Computed("left(core_sort_key(text_value), 200)", True)
    )
    #: What the text of a PHONE means.
    e164_value: Mapped[str | None]
    decimal_value: Mapped[Decimal | None] = mapped_column(Numeric())
    #: The number nearly: PostgreSQL compares no exact one by an index under row-level security.
    rough_value: Mapped[float | None] = mapped_column(
        Double, Computed("decimal_value::double precision", True)
    )
    date_value: Mapped[date | None]
    instant_value: Mapped[datetime | None]
    boolean_value: Mapped[bool | None]
    option_id: Mapped[UUID | None]
    file_id: Mapped[UUID | None]
    #: What a REFERENCE names: one of these.
    user_id: Mapped[UUID | None]
    referred_id: Mapped[UUID | None]


#: Where values point to, besides what has them and their field.
_POINTERS = {
    "option_id": "core_custom_option",
    "file_id": "core_file",
    "user_id": "core_user",
    "referred_id": "core_contact",
}


def value_table(key: str, table: str, *, of_tenant: bool = False) -> tuple[Any, ...]:
    """The keys and indexes of a table of values that rows of *table* have; *key* names them.

    Texts are found by their beginning: a long one is no entry of an index. With *of_tenant*, all
    rows have the same fields: so whoever passes a test is known from the index alone.
    """
    by_value = ("e164_value", "rough_value", "date_value", "instant_value")
    indexes = (
        _that_say_whose(key, table, by_value)
        if of_tenant
        else (
            *(_partial(column, "tenant_id", "field_id", column) for column in by_value),
            *(_partial(column, "tenant_id", column) for column in _POINTERS),
        )
    )
    return (
        belongs_to(key, table, ondelete="CASCADE"),
        belongs_to("field_id", "core_custom_field", ondelete="CASCADE"),
        *(belongs_to(column, to) for column, to in _POINTERS.items()),
        Index(None, "tenant_id", "field_id", "text_key"),
        *indexes,
    )


def _that_say_whose(key: str, table: str, by_value: tuple[str, ...]) -> tuple[Index, ...]:
    """Indexes of values that end with whose they are."""
    module = table.partition("_")[0]
    own: dict[str, tuple[str, ...]] = {
        column: ("tenant_id", "field_id", column, key) for column in by_value
    }
    own |= {"boolean_value": ("tenant_id", "field_id", "boolean_value", key)}
    own |= {column: ("tenant_id", column, key) for column in _POINTERS}
    return tuple(
        Index(
            f"ix_{module}_custom_value_{column}",
            *columns,
            postgresql_where=text(f"{column} is not null"),
        )
        for column, columns in own.items()
    )


def _partial(column: str, *columns: str) -> Index:
    return Index(None, *columns, postgresql_where=text(f"{column} is not null"))


def shown_view(values: str, key: str, table: str, scope: str) -> Table:
    """The values that show: of fields of a row's own scope that aren't archived.

    What another group or an archived field keeps is hidden, not lost.
    """
    return view(
        f"{values}_shown",
        f"""
        select v.tenant_id, v.{key}, v.field_id, f.position, f.key, f.label, f.label_fr,
               f.label_en, f.type, f.unit, f.currency, f.audience, v.text_value, v.e164_value,
               v.decimal_value, v.date_value, v.instant_value, v.boolean_value, v.option_id,
               v.file_id, v.user_id, v.referred_id,
               case when f.type = 'MULTI_LIST' then (
                   select string_agg(replace(replace(chosen.label, '\\', '\\\\'), ',', '\\,'), ', '
                                     order by chosen.position, chosen.id)
                   from {values} each
                   join core_custom_option chosen
                     on chosen.tenant_id = each.tenant_id and chosen.id = each.option_id
                   where each.tenant_id = v.tenant_id and each.{key} = v.{key}
                     and each.field_id = v.field_id) else o.label end as option_label,
               case f.type
                   when 'FILE' then (
                       select file.filename from core_file file
                       where file.tenant_id = v.tenant_id and file.id = v.file_id)
                   when 'REFERENCE' then coalesce(
                       (select named.name from core_contact named
                        where named.tenant_id = v.tenant_id and named.id = v.referred_id),
                       (select named.name from core_user named
                        where named.tenant_id = v.tenant_id and named.id = v.user_id))
                   end as named
        from {values} v
        join core_custom_field f on f.tenant_id = v.tenant_id and f.id = v.field_id
        join {table} s on s.tenant_id = v.tenant_id and s.id = v.{key}
        left join core_custom_option o on o.tenant_id = v.tenant_id and o.id = v.option_id
        where v.place = 0 and f.archived_at is null and f.scope_id = s.{scope}
        """,
        Column("tenant_id", Uuid, primary_key=True),
        Column(key, Uuid, primary_key=True),
        Column("field_id", Uuid, primary_key=True),
        Column("position", Integer, nullable=False),
        Column("key", Text, nullable=False),
        Column("label", Text, nullable=False),
        Column("label_fr", Text),
        Column("label_en", Text),
        Column("type", Text, nullable=False),
        Column("unit", Text),
        Column("currency", Text),
        Column("audience", Text, nullable=False),
        Column("text_value", Text),
        Column("e164_value", Text),
        Column("decimal_value", Numeric()),
        Column("date_value", Date),
        Column("instant_value", DateTime(timezone=True)),
        Column("boolean_value", Boolean),
        Column("option_id", Uuid),
        Column("file_id", Uuid),
        Column("user_id", Uuid),
        Column("referred_id", Uuid),
        Column("option_label", Text),
        Column("named", Text),
        *(
            ForeignKeyConstraint(["tenant_id", column], [f"{to}.tenant_id", f"{to}.id"])
            for column, to in {
                key: table, "field_id": "core_custom_field", **_POINTERS,
            }.items()
        ),
    )  # fmt: skip
