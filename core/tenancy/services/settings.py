"""A tenant's own settings, changed by its administrators."""

from __future__ import annotations

from typing import Any

from core.contacts.services.references import check_references
from core.documents.services import check_way_back
from core.kit.session import TenantSession
from core.tenancy.models import Tenant
from core.tenancy.rules import check_settings, domains_of, name_of
from core.tenancy.services.access import access_changed


async def update_settings(session: TenantSession, **given: Any) -> Tenant:
    """Change what is given, by the names of the columns; null is as good as not given."""
    tenant = await session.get(Tenant, session.tenant_id, with_for_update=True)
    assert tenant is not None, "who asks has a tenant"
    changes = {name: value for name, value in given.items() if value is not None}
    if "name" in changes:
        changes["name"] = name_of(changes["name"])
    if "export_domains" in changes:
        changes["export_domains"] = domains_of(changes["export_domains"])
    check_settings(**{key: value for key, value in changes.items() if isinstance(value, str)})
    if changes.get("documents_only") and not tenant.documents_only:
        await check_way_back(session, "documentsOnly")
    if changes.get("reference_policy") == "ENFORCE" and tenant.reference_policy != "ENFORCE":
        await check_references(session, "referencePolicy")
    before = {name: getattr(tenant, name) for name in changes}
    for name, value in changes.items():
        setattr(tenant, name, value)
    differing = {n: [before[n], value] for n, value in changes.items() if before[n] != value}
    if differing:
        session.record(tenant, differing)
    access_changed(session)
    return tenant
