"""What an erased person is called, what must be confirmed, and what an erasure can't look for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.personal import Said

#: The most spellings that may be given besides, and the fewest letters of one.
MOST_SPELLINGS, FEWEST_LETTERS = 20, 4
LONGEST_SPELLING = 200
REMARKS = {
    "NAME_SHARED": Said(
        "Quelqu'un d'autre porte le même nom : il n'a pas été cherché dans les textes, seulement "
        "dans ce qui concerne la personne.",
        "Somebody else is called the same: texts were not looked through for the name, only what "
        "is about the person.",
    ),
    "NAME_TOO_SHORT": Said(
        "Un seul mot comme nom : il n'a pas été cherché dans les textes.",
        "The name is a single word: texts were not looked through for it.",
    ),
    "ADDRESS_SHARED": Said(
        "Quelqu'un d'autre a la même adresse : elle n'a pas été cherchée dans les textes.",
        "Somebody else has the same address: texts were not looked through for it.",
    ),
    "NUMBER_SHARED": Said(
        "Quelqu'un d'autre a le même numéro : il n'a pas été cherché dans les textes.",
        "Somebody else has the same number: texts were not looked through for it.",
    ),
    "EXPORTS_EXPIRE": Said(
        "Des exports de listes des sept derniers jours existent encore; ils expirent d'eux-mêmes.",
        "Lists that were exported within the last seven days are still there; they expire by "
        "themselves.",
    ),
}


def pseudonym(key: UUID, locale: str | None) -> str:
    """The same for a person whenever it is asked, and of no meaning: the end of a random id."""
    word = "Erased person" if (locale or "fr").startswith("en") else "Personne effacée"
    return f"{word} {key.hex[-8:].upper()}"


def known(erased_at: datetime | None, field: str = "id") -> None:
    """Refuse to do anything with somebody of whom nothing is known any more."""
    if erased_at is not None:
        message = f"They were erased at {erased_at.isoformat(timespec='seconds')}: nothing is known"
        raise Refused("PERSON_ERASED", f"{message} of them, and nothing can be.", field)


def confirmed(full_name: str, given: str) -> None:
    if sort_key(given) != sort_key(full_name):
        message = "To erase a person, write their full name as it is shown."
        raise Refused("CONFIRMATION_MISMATCH", message, "confirmName")


def spellings(given: Sequence[str] | None) -> list[str]:
    """Other names that texts have for them: nicknames, what they were called before."""
    kept = [" ".join(each.split()) for each in given or ()]
    if len(kept) > MOST_SPELLINGS:
        message = f"{len(kept)} spellings are too many; {MOST_SPELLINGS} are allowed."
        raise Refused("TOO_MANY_SPELLINGS", message, "alsoNamed")
    for each in kept:
        if sum(c.isalnum() for c in each) < FEWEST_LETTERS:
            message = f"'{each}' is too short: it would be found in words that mean others."
            raise Refused("SPELLING_TOO_SHORT", message, "alsoNamed")
        if len(each) > LONGEST_SPELLING:
            message = f"A spelling has {len(each)} characters; {LONGEST_SPELLING} are allowed."
            raise Refused("TOO_LONG", message, "alsoNamed")
    return kept
