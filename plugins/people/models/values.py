"""What persons have in the fields that the tenant defines for them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from core.custom_fields.tables import Values, shown_view, value_table
from core.kit.db import Base


class PersonCustomValue(Values, Base):
    """What a person has in a custom field. All persons have the same fields."""

    __tablename__ = "people_custom_value"
    __table_args__ = value_table("person_id", "people_person", of_tenant=True)

    person_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-90)


ShownPersonValue = shown_view("people_custom_value", "person_id", "people_person", "tenant_id")
