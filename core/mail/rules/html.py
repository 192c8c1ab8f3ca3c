"""HTML of mails: made harmless, and as a plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "div",
    "em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre",
    "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"style", "align", "dir", "lang", "title"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    **{
        tag: {"width", "height", "valign", "bgcolor", "colspan", "rowspan", "border",
              "cellpadding", "cellspacing"}
        for tag in ("table", "tr", "td", "th", "col", "colgroup")
    },
}  # fmt: skip
#: Nothing that covers what is around a mail, or loads anything.
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-radius", "border-right", "border-spacing", "border-style",
    "border-top", "border-width", "color", "display", "font-family", "font-size", "font-style",
    "font-weight", "height", "letter-spacing", "line-height", "list-style-type", "margin",
    "margin-bottom", "margin-left", "margin-right", "margin-top", "max-width", "min-width",
    "padding", "padding-bottom", "padding-left", "padding-right", "padding-top", "text-align",
    "text-decoration", "text-transform", "vertical-align", "white-space", "width",
}  # fmt: skip
#: Properties that compute (in browsers of old), or are written so that nobody sees what they are.
_SUSPECT = re.compile(r"(?i)expression|\\|/\*")


def _attribute(_tag: str, name: str, value: str) -> str | None:
    return None if name == "style" and _SUSPECT.search(value) else value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    filter_style_properties=_STYLES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel"},
    clean_content_tags={"script", "style", "title", "template", "noscript", "iframe"},
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = {
    "p", "div", "table", "tr", "ul", "ol", "blockquote", "pre", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_APART = {"p", "ul", "ol", "blockquote", "table", "h1", "h2", "h3", "h4", "h5", "h6"}


def harmless(html: str) -> str:
    """*html* with nothing in it that runs, loads or hides."""
    return _CLEANER.clean(html)


def plain(html: str) -> str:
    """What *html* says, for who reads no HTML: lines, list marks, and links with their address."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.said()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]
        self._links: list[tuple[str | None, int]] = []

    def said(self) -> str:
        lines = [line.strip() for line in self._lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._lines.append("")
        elif tag == "li":
            self._break()
            self._lines[-1] = "- "
        elif tag in _BLOCKS:
            self._break(apart=tag in _APART)
        elif tag in ("td", "th") and self._lines[-1]:
            self._lines[-1] += " "
        elif tag == "a":
            self._links.append((dict(attrs).get("href"), self._place()))
        elif tag == "img" and (alt := dict(attrs).get("alt")):
            self.handle_data(alt)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break(apart=tag in _APART)
        elif tag == "a" and self._links:
            href, start = self._links.pop()
            shown = "\n".join(self._lines)[start:].strip()
            if href and href.removeprefix("mailto:") != shown:
                self._lines[-1] += f" ({href})" if shown else href

    def handle_data(self, data: str) -> None:
        said = _BLANKS.sub(" ", data)
        line = self._lines[-1]
        self._lines[-1] = line + (said.lstrip() if not line or line[-1] == " " else said)

    def _break(self, *, apart: bool = False) -> None:
        if self._lines[-1].strip():
            self._lines.append("")
        if apart and len(self._lines) > 1 and self._lines[-2].strip():
            self._lines.append("")

    def _place(self) -> int:
        return len("\n".join(self._lines))
