"""What can be done with persons, their tags and their consents."""

from __future__ import annotations

from plugins.people.mutations.consents import ConsentMutations
from plugins.people.mutations.erasures import ErasureMutations, PersonalDataMutations
from plugins.people.mutations.markings import ConsentMarkingMutations
from plugins.people.mutations.persons import PersonMutations, PersonsExport
from plugins.people.mutations.tags import PersonTaggingMutations, PersonTagMutations

TYPES: list[type] = [
    PersonMutations,
    PersonTagMutations,
    PersonTaggingMutations,
    ConsentMutations,
    ConsentMarkingMutations,
    ErasureMutations,
    PersonalDataMutations,
    PersonsExport,
]

__all__ = ["TYPES"]
