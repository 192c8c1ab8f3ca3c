"""Why there are alerts, how grave they are, and what they say."""

from __future__ import annotations

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
        "Alerte : ",
        "{title}\n\nContact : {contact}\nGravité : {severity}\n\n"
        "L'alerte est dans votre liste ; celui qui s'en occupe l'y acquitte pour tous.",
    ),
    "en": (
        "Alert: ",
        "{title}\n\nContact: {contact}\nSeverity: {severity}\n\n"
        "The alert is in your list; whoever sees to it acknowledges it there for all.",
    ),
}


def alert_mail(
    title: str, severity: AlertSeverity, contact: str, reference: str | None, language: str
) -> Filled:
    """An alert as its recipients are mailed it."""
    prefix, text = _MAILS[language]
    shown = f"{contact} ({reference})" if reference else contact
    word = _SEVERITIES[severity.value][language != "fr"]
    said = text.format(title=title, contact=shown, severity=word)
    return Filled(one_line(prefix + title)[:SUBJECT_LENGTH], None, said)
