"""What happens to persons."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class PersonCreated(Event, name="people.person_created"):
    person_id: UUID
    contact_id: UUID | None


@dataclass(frozen=True)
class PersonChanged(Event, name="people.person_changed"):
    person_id: UUID
    contact_id: UUID | None
    #: The columns that have another value now, with commas between them.
    fields: str


@dataclass(frozen=True)
class PersonDeleted(Event, name="people.person_deleted"):
    person_id: UUID
    contact_id: UUID | None


@dataclass(frozen=True)
class PersonErased(Event, name="people.person_erased"):
    """Nothing is known of a person any more; *contact_id* is where they were until then."""

    person_id: UUID
    contact_id: UUID | None
    erasure_id: UUID


@dataclass(frozen=True)
class PrimaryChanged(Event, name="people.primary_changed"):
    """Somebody else is now the primary person of a contact; nobody, if it has no person left."""

    contact_id: UUID
    old_person_id: UUID | None
    new_person_id: UUID | None


@dataclass(frozen=True)
class PersonsTagged(Event, name="people.persons_tagged"):
    """Many persons were given tags, or had some taken, at once."""

    count: int


@dataclass(frozen=True)
class ConsentRecorded(Event, name="people.consent_recorded"):
    """An entry came to a person's ledger; an older one may be what holds."""

    person_id: UUID
    contact_id: UUID | None
    status: str


@dataclass(frozen=True)
class ConsentsMarked(Event, name="people.consents_marked"):
    """One answer was recorded for many persons at once; no event is told for each."""

    marking_id: UUID
    status: str
    count: int


@dataclass(frozen=True)
class ConsentsUnmarked(Event, name="people.consents_unmarked"):
    """That was taken back, but for *left* persons of whom somebody has recorded more since."""

    marking_id: UUID
    count: int
    left: int
