"""What the tests of missions do again and again."""

from __future__ import annotations

from typing import Any

from tests.cast import Tenant

TOMORROW = "2031-03-04T08:00:00+00:00"
LATER = "2031-03-04T10:00:00+00:00"


async def mission_type(tenant: Tenant, name: str = "Repair") -> str:
    """The id of a type, made on first use."""
    found = await tenant.ask("{ missionTypes(first: 100) { nodes { id name } } }")
    for node in found["missionTypes"]["nodes"]:
        if node["name"] == name:
            return str(node["id"])
    made = await tenant.do("missionTypeCreate", "missionType { id }", name=name, colour="#1d4ed8")
    return str(made["missionType"]["id"])


async def mission(
    tenant: Tenant, contact: str, returns: str = "id version status reference", **input_: Any
) -> dict[str, Any]:
    """A new mission, of the type "Repair" unless *input_* says which."""
    type_ = input_.pop("typeId", None) or await mission_type(tenant)
    payload = await tenant.do(
        "missionCreate", f"mission {{ {returns} }}", contactId=contact, typeId=type_, **input_
    )
    return dict(payload["mission"])


async def move(tenant: Tenant, mission_id: str, *statuses: str) -> dict[str, Any]:
    """Take a mission through *statuses*."""
    found: dict[str, Any] = {}
    for status in statuses:
        payload = await tenant.do(
            "missionSetStatus",
            "mission { status version actualStart actualEnd lateStart lateFinish }",
            id=mission_id,
            to=status,
        )
        found = payload["mission"]
    return found


async def seen(tenant: Tenant, mission_id: str, fields: str) -> dict[str, Any]:
    data = await tenant.ask(f"query($id: ID!) {{ mission(id: $id) {{ {fields} }} }}", id=mission_id)
    return dict(data["mission"])
