"""A module that only the benchmark loads: one field that only graphql-core can run."""

from __future__ import annotations

import strawberry

from core.contacts.schema import Contact
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.modules import ModuleInfo, hookimpl


@extend(requires="contacts.read")
class ContactGreeting(Contact):
    @strawberry.field
    async def greeting(self, info: Info) -> str:
        return f"Hello {self.name}!"


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(title="Greeting")


@hookimpl
def graphql_types() -> list[type]:
    return [ContactGreeting]
