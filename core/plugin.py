"""The door of module zero."""

from __future__ import annotations

from pathlib import Path

import core.charts.models
import core.custom_fields.models
from core.contacts import mutations as contact_mutations
from core.contacts import schema as contacts
from core.kit.modules import Migrations, ModuleInfo, hookimpl
from core.tenancy import mutations as tenancy_mutations
from core.tenancy import schema as tenancy


@hookimpl
def module_info() -> ModuleInfo:
    return ModuleInfo(
        title="Contacts",
        permissions={
            "contacts.read": "See contacts, their groups, hierarchy and custom values.",
            "contacts.write": "Add, change, move and archive contacts.",
            "contacts.configure": "Define groups and custom fields.",
            "audit.read": "See who changed what.",
            "tenancy.read": "See users, roles and partner keys.",
            "tenancy.write": "Manage users, roles and partner keys.",
            "schema.read": "Ask for the schema itself (introspection).",
        },
    )


@hookimpl
def graphql_types() -> list[type]:
    return [
        contacts.ContactQueries,
        contact_mutations.ContactGroupMutations,
        tenancy.TenancyQueries,
        tenancy_mutations.TenancyMutations,
    ]


@hookimpl
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations", after=())
