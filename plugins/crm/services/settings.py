"""What a tenant has decided for its sites."""

from __future__ import annotations

from sqlalchemy import select

from core.kit.session import TenantSession, check_version
from plugins.crm.models import SiteSettings
from plugins.crm.rules.geofences import DEFAULT_RADIUS_M, MAX_DEFAULT_RADIUS_M, radius


async def geofence_radius_m(session: TenantSession) -> float:
    """Of the circle around a position that becomes known now."""
    found: float | None = await session.scalar(select(SiteSettings.geofence_radius_m))
    return DEFAULT_RADIUS_M if found is None else found


async def update_settings(
    session: TenantSession, geofence_radius_m: float | None = None, version: int | None = None
) -> SiteSettings:
    """Change what is given. No geofence that is there changes."""
    settings = await session.scalar(select(SiteSettings).with_for_update())
    if settings is None:
        settings = SiteSettings(geofence_radius_m=DEFAULT_RADIUS_M)
        session.add(settings)
    else:
        check_version(settings, version)
    if geofence_radius_m is not None:
        settings.geofence_radius_m = radius(
            geofence_radius_m, "geofenceRadiusM", MAX_DEFAULT_RADIUS_M
        )
    await session.flush()
    return settings
