"""How tests of persons make contacts and persons, and ask who is primary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.cast import Tenant

PERSON = "person { id version isPrimary fullName contact { id } }"


async def contact(tenant: Tenant, name: str = "Résidence du Parc") -> str:
    found = await tenant.ask("{ contactGroups(first: 1) { nodes { id } } }")
    groups = found["contactGroups"]["nodes"]
    if not groups:
        made = await tenant.do("contactGroupCreate", "contactGroup { id }", name="Sites")
        groups = [made["contactGroup"]]
    made = await tenant.do("contactCreate", "contact { id }", name=name, groupId=groups[0]["id"])
    return str(made["contact"]["id"])


async def person(tenant: Tenant, contact: str | None, last_name: str, **more: Any) -> Any:
    made = await tenant.do("personCreate", PERSON, contactId=contact, lastName=last_name, **more)
    return made["person"]


async def persons(tenant: Tenant, contact: str) -> dict[str, bool]:
    """The persons of a contact by last name, and whether each is the primary one."""
    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { persons { nodes { lastName isPrimary } } "
        "primaryPerson { lastName } } }",
        id=contact,
    )
    nodes = found["contact"]["persons"]["nodes"]
    primary = [node["lastName"] for node in nodes if node["isPrimary"]]
    seen = found["contact"]["primaryPerson"]
    assert ([] if seen is None else [seen["lastName"]]) == primary
    return {node["lastName"]: node["isPrimary"] for node in nodes}


@contextmanager
def counted(tenant: Tenant) -> Iterator[list[str]]:
    """The statements that writing sessions send until the block ends."""
    engine = tenant.house.sessions._engine.sync_engine
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
