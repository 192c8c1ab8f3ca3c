"""The end of a marketing mail: where to say that one wants no more."""

from __future__ import annotations

from html import escape

from core.mail.rules.templates import Filled

_TEXTS = {
    "fr": ("Vous ne souhaitez plus recevoir nos offres ?", "Se désabonner"),
    "en": ("You no longer want our news and offers?", "Unsubscribe"),
}


def with_unsubscribing(filled: Filled, link: str, language: str) -> Filled:
    """*filled* with the link at its end, in each part that doesn't have it already."""
    question, action = _TEXTS[language]
    html, text = filled.html, filled.text
    if link not in text:
        text = f"{text}\n\n-- \n{question}\n{action} : {link}"
    if html is not None and escape(link) not in html:
        html += (
            '<p style="margin-top:32px;font-size:12px;color:#667085">'
            f'{question} <a href="{escape(link)}" style="color:#667085">{action}</a></p>'
        )
    return Filled(filled.subject, html, text)
