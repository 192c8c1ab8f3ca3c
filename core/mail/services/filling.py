"""Keywords meet what they are about: checked before anything is sent, then filled for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from core.kit.errors import NotFound, Refused, RefusedTogether
from core.kit.ids import key_in
from core.kit.keywords import KeywordSource, Words
from core.kit.modules import Modules
from core.kit.session import TenantSession
from core.mail.keywords import TENANT, UNSUBSCRIBE, UNSUBSCRIBE_WORDS, USER
from core.mail.rules import templates as rules
from core.mail.rules.templates import Filled, Wording

#: What a mail is about: keys, by how the global ids of such things begin.
Subjects = Mapping[str, UUID | None]


def known(modules: Modules) -> dict[str, Iterable[str]]:
    """All keywords there are: the words by what stands before the dot."""
    sources = modules.template_keywords
    return {UNSUBSCRIBE: UNSUBSCRIBE_WORDS, **{p: sources[p].words for p in sources}}


def check(modules: Modules, wording: Wording, offered: Collection[str], marketing: bool) -> None:
    """Refuse keywords that nobody knows, or that are about what this mail is not."""
    refusals = rules.unknown(wording, known(modules))
    given = {*offered, USER, TENANT}
    for keyword, field in dict.fromkeys(wording.keywords()):
        source = modules.template_keywords.get(keyword.prefix)
        if source is not None and source.of not in given:
            message = f"{keyword} is about {source.what}, and this mail is about none."
            refusals.append(Refused("KEYWORD_WITHOUT_SUBJECT", message, field))
        elif keyword.prefix == UNSUBSCRIBE and not marketing:
            message = f"{keyword} is for marketing mails: others can't be unsubscribed from."
            refusals.append(Refused("KEYWORD_WITHOUT_SUBJECT", message, field))
    if refusals:
        raise RefusedTogether(refusals)


def about(modules: Modules, ids: Iterable[str], field: str = "aboutIds") -> dict[str, UUID]:
    """What else a mail is about, by how the ids begin."""
    prefixes = [
        of for of in dict.fromkeys(s.of for s in modules.template_keywords.values())
        if of not in (USER, TENANT) and of not in modules.mail_audiences
    ]  # fmt: skip
    return {prefix_of(each): key_in(each, *prefixes, field=field) for each in ids}


def prefix_of(identifier: str) -> str:
    return identifier.rpartition("_")[0]


async def require(
    session: TenantSession, modules: Modules, subjects: Mapping[str, UUID], field: str = "aboutIds"
) -> None:
    """Refuse subjects that are not there."""
    for of, key in subjects.items():
        source = next(s for s in modules.template_keywords.values() if s.of == of)
        if key not in await source.read(session, [key], rules.LANGUAGES[0]):
            raise NotFound(of.replace("_", " "), key, field)


async def fill(
    session: TenantSession, modules: Modules, wording: Wording, subjects: Subjects, link: str | None
) -> Filled:
    """*wording* as one recipient reads it; *link* is where they unsubscribe."""
    words: dict[str, Words] = {UNSUBSCRIBE: {"link": link}}
    for prefix in {keyword.prefix for keyword, _ in wording.keywords()} - {UNSUBSCRIBE}:
        source = modules.template_keywords.get(prefix)
        if source is None:
            raise Refused("UNKNOWN_KEYWORD", f"There is no keyword {{{{{prefix}.…}}}} any more.")
        words[prefix] = await _words(session, source, subjects, wording.language)
    return rules.filled(wording, words)


async def _words(
    session: TenantSession, source: KeywordSource, subjects: Subjects, language: str
) -> Words:
    key = subjects.get(source.of)
    if key is None:
        return {}
    return (await source.read(session, [key], language)).get(key, {})
