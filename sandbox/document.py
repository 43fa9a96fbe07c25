"""The page that is put together from HTML, CSS and JavaScript.

HTML that links ``styles.css`` or ``script.js`` gets them where it links them. Otherwise the style sheet is linked at
the end of the head and the script at the end of the body. They are linked, not written into the page: so no text in
them can end an element early, ``document.querySelector('style')`` still finds what the author wrote, and so does who
reads the text of the body. Where there is no HTML the script is written into the page, which saves a third of the time,
unless something in it would end its element early.

A link to them also gets ``crossorigin``: the page is sandboxed and so of no origin, and without it neither the rules
of its own style sheet nor the messages of its own errors could be read.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

ORIGIN = "https://page.invalid"
URL = f"{ORIGIN}/"
STYLES = "/styles.css"
SCRIPT = "/script.js"
ENDS_EARLY = re.compile("</script|<!--|\0", re.IGNORECASE)

POLICY = (
    "sandbox allow-scripts allow-forms; worker-src 'none'; child-src 'none'; frame-src 'none'; connect-src 'none'; "
    "object-src 'none'; manifest-src 'none'"
)


@dataclass(frozen=True, slots=True)
class File:
    """One file that the page's origin serves."""

    media_type: str
    text: str


def assemble(html: str, css: str, js: str) -> dict[str, File]:
    """The files of the page by path: the page itself at ``/``, and what it links."""
    outline = _Outline(html)
    insertions: list[tuple[int, str]] = [(place, " crossorigin") for place in outline.links]
    if css.strip() and not outline.has_styles:
        insertions.append((outline.head_end, f'<link rel="stylesheet" href="{STYLES[1:]}" crossorigin>'))
    if js.strip() and not outline.has_script:
        linked = f'<script src="{SCRIPT[1:]}" crossorigin></script>'
        is_written = not html.strip() and not ENDS_EARLY.search(js)
        insertions.append((outline.body_end, f"<script>{js}</script>" if is_written else linked))
    insertions.sort(key=lambda insertion: insertion[0])
    page = html
    for place, text in reversed(insertions):
        page = page[:place] + text + page[place:]
    if outline.is_fragment:
        page = f"<!DOCTYPE html>\n{page}"
    return {
        "/": File("text/html; charset=utf-8", page),
        STYLES: File("text/css; charset=utf-8", css),
        SCRIPT: File("text/javascript; charset=utf-8", js),
    }


class _Outline(HTMLParser):
    """The places in the HTML that matter here, as offsets into its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.links: list[int] = []
        self.has_styles = False
        self.has_script = False
        self.is_fragment = True
        self._head_start: int | None = None
        self._head_end: int | None = None
        self._body_start: int | None = None
        self._body_end: int | None = None
        self._top = 0
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._length = len(html)
        self.feed(html)
        self.close()

    @property
    def head_end(self) -> int:
        """Before ``</head>``, else where a head would end; a parser makes a head for a link that comes first."""
        if self._head_end is not None:
            return self._head_end
        if self._body_start is not None:
            return self._body_start
        return self._head_start if self._head_start is not None else self._top

    @property
    def body_end(self) -> int:
        """Before the last ``</body>``, else before ``</html>``, else at the end."""
        return self._body_end if self._body_end is not None else self._length

    def handle_decl(self, decl: str) -> None:
        if decl.lower().startswith("doctype"):
            self.is_fragment = False
            self._top = self._place() + len(decl) + 3

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start, text = self._place(), self.get_starttag_text() or ""
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag in ("html", "head"):
            self.is_fragment = False
            self._top = start + len(text)
            if tag == "head":
                self._head_start = self._top
        elif tag == "body" and self._body_start is None:
            self._body_start = start
        elif tag == "link" and "stylesheet" in given.get("rel", "").lower().split():
            self.has_styles |= self._links(given, "href", STYLES, start, text)
        elif tag == "script":
            self.has_script |= self._links(given, "src", SCRIPT, start, text)

    def handle_endtag(self, tag: str) -> None:
        if tag == "head" and self._head_end is None:
            self._head_end = self._place()
        elif tag == "body" or (tag == "html" and self._body_end is None):
            self._body_end = self._place()

    def _links(self, given: dict[str, str], name: str, path: str, start: int, text: str) -> bool:
        if name not in given or path_of(given[name]) != path:
            return False
        if "crossorigin" not in given:
            self.links.append(start + len(text) - (2 if text.endswith("/>") else 1))
        return True

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def path_of(address: str) -> str | None:
    """The path on the page's own origin that an address in it means; None when it means another origin."""
    try:
        parts = urlsplit(urljoin(URL, address.strip()))
    except ValueError:
        return None
    return parts.path if f"{parts.scheme}://{parts.netloc}" == ORIGIN else None
