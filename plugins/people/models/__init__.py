"""Tables of the people module."""

from __future__ import annotations

from plugins.people.models.consents import Consent
from plugins.people.models.erasures import Erasure
from plugins.people.models.markings import ConsentMark, ConsentMarking, ConsentMarkingChoice
from plugins.people.models.persons import FULL_NAME, Person
from plugins.people.models.search import PersonSearch
from plugins.people.models.tags import PersonTag, PersonTagging
from plugins.people.models.values import PersonCustomValue, ShownPersonValue

__all__ = [
    "FULL_NAME",
    "Consent",
    "ConsentMark",
    "ConsentMarking",
    "ConsentMarkingChoice",
    "Erasure",
    "Person",
    "PersonCustomValue",
    "PersonSearch",
    "PersonTag",
    "PersonTagging",
    "ShownPersonValue",
]
