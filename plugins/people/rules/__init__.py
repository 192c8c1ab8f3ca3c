"""What persons, their tags and their consents must be like; nothing here needs a database."""

from __future__ import annotations

from plugins.people.rules.consents import barriers, consent, given_at
from plugins.people.rules.erasures import known, pseudonym
from plugins.people.rules.parts import email_pattern, name_pattern, name_words, phone_patterns
from plugins.people.rules.persons import checked, name_key
from plugins.people.rules.retention import months_before
from plugins.people.rules.tags import MOST_TAGS, colour, tag_name

__all__ = [
    "MOST_TAGS",
    "barriers",
    "checked",
    "colour",
    "consent",
    "email_pattern",
    "given_at",
    "known",
    "months_before",
    "name_key",
    "name_pattern",
    "name_words",
    "phone_patterns",
    "pseudonym",
    "tag_name",
]
