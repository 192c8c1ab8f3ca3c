"""Persons, their tags and their consents in the API."""

from __future__ import annotations

from plugins.people.schema.erasures import ErasureQueries, PersonErasure
from plugins.people.schema.markings import ConsentMarkingQueries
from plugins.people.schema.persons import (
    PERSON_ORDERS,
    ContactPersons,
    OverviewPerson,
    Person,
    PersonFilter,
    PersonQueries,
)
from plugins.people.schema.retention import RetentionQueries
from plugins.people.schema.tags import PersonTagQueries

TYPES: list[type] = [
    ContactPersons,
    OverviewPerson,
    PersonQueries,
    PersonTagQueries,
    ConsentMarkingQueries,
    ErasureQueries,
    PersonErasure,
    RetentionQueries,
]

__all__ = ["PERSON_ORDERS", "TYPES", "Person", "PersonFilter"]
