"""Where contacts are, and the geofences around them.

What follows from a contact's position is written by the database itself, whichever way the
contact is written: its place on the index, and the default circle.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Computed, Double, Index, UniqueConstraint, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to


class SiteSettings(Entity, Versioned, Base):
    """What the tenant has decided for its sites; without a row, the defaults hold."""

    __tablename__ = "crm_site_settings"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    #: Of the circle around a position that becomes known; those that are there keep theirs.
    geofence_radius_m: Mapped[float] = mapped_column(Double, server_default="20")
    #: Who is asked for addresses; null: whom the installation asks.
    address_provider: Mapped[str | None]
    #: The tenant's own, for its provider, sealed (``core.kit.sealing``). Shown to nobody.
    address_key: Mapped[str | None] = mapped_column(info={"secret": True, "sealed": True})
    #: Whether a contact without a position is looked up once it is saved.
    look_up_on_save: Mapped[bool] = mapped_column(server_default=true())


class Site(TenantOwned, Base):
    """What is kept of a contact that has an address or a position."""

    __tablename__ = "crm_site"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        Index(None, "tenant_id", "place"),
    )

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: As the contact has them, but as numbers that compute fast.
    longitude: Mapped[float | None] = mapped_column(Double)
    latitude: Mapped[float | None] = mapped_column(Double)
    #: Both in one number: what is near is mostly near in it, too.
    place: Mapped[int | None] = mapped_column(
        BigInteger, Computed("crm_place(longitude, latitude)", True)
    )
    #: MANUAL, PROVIDER or IMPORT; null while there is none.
    position_provenance: Mapped[str | None]
    address_provenance: Mapped[str | None]
    #: When the address was last looked up, by whom, and why that found nothing.
    looked_up_at: Mapped[datetime | None]
    looked_up_by: Mapped[str | None]
    look_up_error: Mapped[str | None]
    #: What the provider calls the place.
    place_id: Mapped[str | None]


class Geofence(Entity, Versioned, Base):
    """The area in which one counts as being at a contact: a circle, or an outline."""

    __tablename__ = "crm_geofence"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        UniqueConstraint(
            "tenant_id",
            "contact_id",
            info={"refused": ("STALE_VERSION", "Somebody has just drawn one.", "version")},
        ),
    )
    __audit_root__ = "contact_id"

    contact_id: Mapped[UUID]
    #: CIRCLE, POLYGON or MULTI_POLYGON.
    kind: Mapped[str]
    #: The centre of a circle, the centroid of an outline.
    longitude: Mapped[float] = mapped_column(Double)
    latitude: Mapped[float] = mapped_column(Double)
    radius_m: Mapped[float | None] = mapped_column(Double)
    #: GeoJSON, unless it is a circle.
    outline: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    west: Mapped[float] = mapped_column(Double)
    south: Mapped[float] = mapped_column(Double)
    east: Mapped[float] = mapped_column(Double)
    north: Mapped[float] = mapped_column(Double)
    area_m2: Mapped[float] = mapped_column(Double)
    perimeter_m: Mapped[float] = mapped_column(Double)
    #: MANUAL, PROVIDER or IMPORT; null for the default circle, which follows the position.
    provenance: Mapped[str | None]


class GeofenceCell(TenantOwned, Base):
    """A square of a grid that a geofence touches; the database files each under four at most.

    A place lies in one square of each size, so equality finds every geofence that may hold it.
    Row-level security keeps an index usable for equality, as it does for no operator on boxes.
    """

    __tablename__ = "crm_geofence_cell"
    __table_args__ = (
        belongs_to("geofence_id", "crm_geofence", ondelete="CASCADE"),
        Index(None, "tenant_id", "geofence_id"),
    )

    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    geofence_id: Mapped[UUID] = mapped_column(primary_key=True)


class GeofenceEdges(TenantOwned, Base):
    """The sides of an outline, as the database looks through them: written by itself."""

    __tablename__ = "crm_geofence_edges"
    __table_args__ = (belongs_to("geofence_id", "crm_geofence", ondelete="CASCADE"),)

    geofence_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: All x1, all y1, all x2, all y2.
    edges: Mapped[list[float]] = mapped_column(ARRAY(Double))
