"""When a contact's site may be entered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from core.kit.db import Base, Entity, Versioned, belongs_to


class AccessHours(Entity, Versioned, Base):
    """A contact's access hours; one without a row is open at all times."""

    __tablename__ = "crm_access_hours"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        UniqueConstraint(
            "tenant_id",
            "contact_id",
            info={"refused": ("STALE_VERSION", "Somebody has just set them.", "version")},
        ),
    )
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID]
    #: What ``plugins.crm.rules.hours.Hours`` writes: minutes from midnight.
    hours: Mapped[dict[str, Any]]
    #: IANA name; null: that of the position, or the tenant's.
    time_zone: Mapped[str | None]
    #: Whose public holidays, ISO 3166-1 alpha-2; null: the contact's, or the tenant's.
    country: Mapped[str | None]
    #: MANUAL, PROVIDER or IMPORT.
    provenance: Mapped[str]
