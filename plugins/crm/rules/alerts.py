"""Why there are alerts, how grave they are, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from core.mail.rules.addresses import one_line
from core.mail.rules.templates import SUBJECT_LENGTH, Filled

#: What those are told by who watch the alerts of all.
TOPIC = "alerts"


def topic_of(user: UUID) -> str:
    """What a user is told by who watches their own."""
    return f"{TOPIC}:{user.hex}"


class AlertCause(StrEnum):
    """What made somebody be told."""

    FLAGGED = "FLAGGED"
    SUSPENDED = "SUSPENDED"
    CREDIT_EXCEEDED = "CREDIT_EXCEEDED"
    MISSION_LATE = "MISSION_LATE"


class AlertSeverity(StrEnum):
    """How grave an alert is."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


#: How grave alerts are unless the tenant says else.
SEVERITIES = {
    AlertCause.FLAGGED: AlertSeverity.INFO,
    AlertCause.SUSPENDED: AlertSeverity.WARNING,
    AlertCause.CREDIT_EXCEEDED: AlertSeverity.CRITICAL,
    AlertCause.MISSION_LATE: AlertSeverity.WARNING,
}
#: Never what a flag says: an alert goes to more people than may see flags.
_TITLES = {
    "FLAGGED": ("Contact marqué", "Contact flagged"),
    "SUSPENDED": ("Contact suspendu : {reason}", "Contact suspended: {reason}"),
    "CREDIT_EXCEEDED": (
        "Plafond de crédit dépassé : {balance} {currency} pour {limit} {currency}",
        "Credit limit exceeded: {balance} {currency} of {limit} {currency}",
    ),
    "MISSION_LATE.START": (
        "Mission {reference} commencée en retard",
        "Mission {reference} began late",
    ),
    "MISSION_LATE.OVERDUE": (
        "Mission {reference} non commencée à l'heure prévue",
        "Mission {reference} has not begun on time",
    ),
    "MISSION_LATE.FINISH": (
        "Mission {reference} terminée en retard",
        "Mission {reference} ended late",
    ),
}


def alert_title(cause: AlertCause, locale: str, what: str = "", **facts: str) -> str:
    """What an alert says, in French or else in English."""
    french, english = _TITLES[f"{cause.value}.{what}" if what else cause.value]
    return (french if locale == "fr" else english).format(**facts)


_SEVERITIES = {
    "INFO": ("information", "for information"),
    "WARNING": ("avertissement", "warning"),
    "CRITICAL": ("critique", "critical"),
}
_MAILS = {
    "fr": (
        "Alerte : {title}",
        "{count} alertes",
        "{title}\n\nContact : {contact}\nGravité : {severity}",
        "{title}\n{contact} · {severity}",
        "… et {count} autres.",
        "Dans votre liste, qui s'occupe d'une alerte l'acquitte pour tous.",
    ),
    "en": (
        "Alert: {title}",
        "{count} alerts",
        "{title}\n\nContact: {contact}\nSeverity: {severity}",
        "{title}\n{contact} · {severity}",
        "… and {count} more.",
        "In your list, whoever sees to an alert acknowledges it for all.",
    ),
}
#: Of those that one mail tells together, so many are written out.
MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Told:
    """An alert as a mail tells it."""

    title: str
    severity: AlertSeverity
    contact: str
    reference: str | None


def alert_mail(told: Sequence[Told], language: str) -> Filled:
    """The mail that tells one of its recipients of alerts that came together."""
    one, many, whole, short, more, end = _MAILS[language]
    said = [_said(whole if len(told) == 1 else short, each, language) for each in told[:MOST_TOLD]]
    if len(told) > MOST_TOLD:
        said.append(more.format(count=len(told) - MOST_TOLD))
    subject = one.format(title=told[0].title) if len(told) == 1 else many.format(count=len(told))
    return Filled(one_line(subject)[:SUBJECT_LENGTH], None, "\n\n".join([*said, end]))


def _said(form: str, told: Told, language: str) -> str:
    shown = f"{told.contact} ({told.reference})" if told.reference else told.contact
    word = _SEVERITIES[told.severity.value][language != "fr"]
    return form.format(title=told.title, contact=shown, severity=word)
