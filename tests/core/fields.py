"""How tests of custom fields define them, and write and read values."""

from __future__ import annotations

from typing import Any

from tests.cast import Tenant

FIELD = "customField { id version key label type position mandatory options { key label } }"
VALUES = (
    "query($id: ID!) { contact(id: $id) { version customValues "
    "{ key label type text decimal date boolean option { key label } display } } }"
)
DISPLAYED = "query($id: ID!) { contact(id: $id) { version customValues { key display } } }"


async def group(tenant: Tenant, name: str = "Sites") -> str:
    made = await tenant.do("contactGroupCreate", "contactGroup { id }", name=name)
    return str(made["contactGroup"]["id"])


async def field(tenant: Tenant, group: str, label: str, type: str = "TEXT", **more: Any) -> Any:
    made = await tenant.do(
        "customFieldCreate", FIELD, groupId=group, label=label, type=type, **more
    )
    return made["customField"]


async def labels(tenant: Tenant, group: str) -> list[str]:
    found = await tenant.ask(
        "query($id: ID!) { contactGroup(id: $id) { customFields { label } } }", id=group
    )
    return [one["label"] for one in found["contactGroup"]["customFields"]]


def pairs(options: Any) -> list[tuple[str, str]]:
    return [(option["key"], option["label"]) for option in options]


async def contact(tenant: Tenant, group: str, name: str = "Lycée Gutenberg") -> str:
    made = await tenant.do("contactCreate", "contact { id }", name=name, groupId=group)
    return str(made["contact"]["id"])


async def site_with_fields(tenant: Tenant) -> tuple[str, str]:
    """A contact, and its group, which has a field of each type."""
    sites = await group(tenant)
    await field(tenant, sites, "Access code")
    await field(tenant, sites, "Energy", "LIST", optionsText="Gaz,Fioul,Bois")
    await field(tenant, sites, "Built", "DATE")
    await field(tenant, sites, "Floor area", "DECIMAL")
    await field(tenant, sites, "Listed", "BOOLEAN")
    return await contact(tenant, sites), sites


async def displayed(tenant: Tenant, id: str) -> dict[str, str]:
    found = await tenant.ask(DISPLAYED, id=id)
    return {value["key"]: value["display"] for value in found["contact"]["customValues"]}


async def put(tenant: Tenant, id: str, *values: dict[str, Any], **more: Any) -> int:
    made = await tenant.do(
        "contactSetCustomValues", "contact { version }", id=id, values=list(values), **more
    )
    return int(made["contact"]["version"])


async def wrong(tenant: Tenant, id: str, *values: dict[str, Any]) -> list[tuple[str, str | None]]:
    return await tenant.refused("contactSetCustomValues", id=id, values=list(values))
