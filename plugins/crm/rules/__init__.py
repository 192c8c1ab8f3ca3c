"""What is allowed in the contact's file: pure functions on values."""

from plugins.crm.rules.file import (
    MAX_AMOUNT,
    MAX_LEVEL,
    MAX_POSITION,
    NOTE_STEPS,
    OPPORTUNITY_STEPS,
    REASON_LENGTH,
    Levels,
    Reach,
    amount,
    colour,
    position,
    probability,
    reference,
    step,
    text,
)

__all__ = [
    "MAX_AMOUNT",
    "MAX_LEVEL",
    "MAX_POSITION",
    "NOTE_STEPS",
    "OPPORTUNITY_STEPS",
    "REASON_LENGTH",
    "Levels",
    "Reach",
    "amount",
    "colour",
    "position",
    "probability",
    "reference",
    "step",
    "text",
]
