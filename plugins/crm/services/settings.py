"""What a tenant has decided for its sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.kit.addresses import AddressProvider
from core.kit.errors import Refused
from core.kit.sealing import Seal
from core.kit.session import TenantSession, check_version
from core.kit.settings import ConfigurationError, Settings
from core.kit.text import checked
from plugins.crm.models import SiteSettings
from plugins.crm.rules.geofences import DEFAULT_RADIUS_M, MAX_DEFAULT_RADIUS_M, radius

KEY_LENGTH = 200


async def geofence_radius_m(session: TenantSession) -> float:
    """Of the circle around a position that becomes known now."""
    found: float | None = await session.scalar(select(SiteSettings.geofence_radius_m))
    return DEFAULT_RADIUS_M if found is None else found


async def update_settings(
    session: TenantSession,
    providers: Mapping[str, AddressProvider],
    installation: Settings,
    version: int | None = None,
    **changes: Any,
) -> SiteSettings:
    """Change what is given. No geofence that is there changes, and no position."""
    settings = await session.scalar(select(SiteSettings).with_for_update())
    if settings is None:
        settings = SiteSettings(geofence_radius_m=DEFAULT_RADIUS_M)
        session.add(settings)
    else:
        check_version(settings, version)
    if (radius_m := changes.get("geofence_radius_m")) is not None:
        settings.geofence_radius_m = radius(radius_m, "geofenceRadiusM", MAX_DEFAULT_RADIUS_M)
    if changes.get("look_up_on_save") is not None:
        settings.look_up_on_save = changes["look_up_on_save"]
    if changes.keys() & {"address_provider", "address_key"}:
        _choose(session.tenant_id, settings, providers, installation, changes)
    await session.flush()
    return settings


def _sealed(tenant: UUID, key: str, installation: Settings) -> str:
    try:
        return Seal.of(installation).close(tenant, key)
    except ConfigurationError:
        message = "This installation has no key to keep yours with; whoever runs it must set one."
        raise Refused("ENCRYPTION_KEY_MISSING", message, "addressKey") from None


def _choose(
    tenant: UUID,
    settings: SiteSettings,
    providers: Mapping[str, AddressProvider],
    installation: Settings,
    changes: dict[str, Any],
) -> None:
    """Ask somebody else for addresses; another provider's key is no use to them."""
    name = changes.get("address_provider", settings.address_provider) or None
    if name is not None and name not in providers:
        known = ", ".join(providers)
        message = f"Nobody is called '{name[:40]}'; there are {known}."
        raise Refused("UNKNOWN_PROVIDER", message, "addressProvider")
    if name != settings.address_provider:
        settings.address_key = None
    if "address_key" in changes:
        key = checked(changes["address_key"], "addressKey", KEY_LENGTH)
        settings.address_key = None if key is None else _sealed(tenant, key, installation)
    if name is None and settings.address_key is not None:
        message = "Say whose key it is: choose a provider."
        raise Refused("PROVIDER_MISSING", message, "addressProvider")
    needs = name is not None and providers[name].needs_key
    if needs and settings.address_key is None and name not in installation.address_keys:
        raise Refused("KEY_MISSING", f"'{name}' answers nobody without a key.", "addressKey")
    settings.address_provider = name
