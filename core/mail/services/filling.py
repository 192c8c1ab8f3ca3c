"""Keywords meet what they are about: checked before anything is sent, then filled for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from core.kit.errors import NotFound, Refused, RefusedTogether
from core.kit.ids import key_in
from core.kit.keywords import Words
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
    (words,) = await words_for(session, modules, wording, [subjects])
    return filled_with(wording, words, link)


async def words_for(
    session: TenantSession, modules: Modules, wording: Wording, everybody: Sequence[Subjects]
) -> list[dict[str, Words]]:
    """What the keywords of *wording* mean to each, in their order; read once for all of them."""
    words: list[dict[str, Words]] = [{} for _ in everybody]
    for prefix in {keyword.prefix for keyword, _ in wording.keywords()} - {UNSUBSCRIBE}:
        source = modules.template_keywords.get(prefix)
        if source is None:
            raise Refused("UNKNOWN_KEYWORD", f"There is no keyword {{{{{prefix}.…}}}} any more.")
        keys = [subjects.get(source.of) for subjects in everybody]
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        read = await source.read(session, wanted, wording.language) if wanted else {}
        for each, key in zip(words, keys, strict=True):
            each[prefix] = {} if key is None else read.get(key, {})
    return words


def filled_with(wording: Wording, words: Mapping[str, Words], link: str | None) -> Filled:
    return rules.filled(wording, {**words, UNSUBSCRIBE: {"link": link}})
