"""What is done with contacts and their groups."""

from core.contacts.services.archive import archive_contact, unarchive_contact
from core.contacts.services.contacts import create_contact, update_contact
from core.contacts.services.groups import (
    IMPORTED,
    create_group,
    default_group,
    delete_group,
    rename_group,
)
from core.contacts.services.merge import merge_groups

__all__ = [
    "IMPORTED",
    "archive_contact",
    "create_contact",
    "create_group",
    "default_group",
    "delete_group",
    "merge_groups",
    "rename_group",
    "unarchive_contact",
    "update_contact",
]
