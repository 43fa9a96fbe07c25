"""The page that is put together from HTML, CSS and JavaScript, and where its lines stand in what the learner wrote.

HTML that links ``styles.css`` or ``script.js`` gets them where it links them. Otherwise the style sheet is linked at
the end of the head and the script at the end of the body. They are linked, not written into the page: so no text in
them can end an element early, ``document.querySelector('style')`` still finds what the author wrote, and so does who
reads the text of the body. Where there is no HTML the script is written into the page, which saves a third of the time,
unless something in it would end its element early.

Page libraries are linked before the first element of the head. The agent takes a library's script element away as soon
as it has run. The link of a library's style sheet stays: without it there are no rules.

No element of the learner gets an attribute. The page's sandbox keeps its origin (``allow-same-origin``), so its own
files are of the same origin: the rules of a linked style sheet can be read, and errors of a linked script keep their
text and place. Storage then is the browser's own; ``Visit.load`` clears it before every further page.
"""

import re
import struct
import zlib
from dataclasses import dataclass, replace
from html import unescape
from typing import get_args
from urllib.parse import urljoin, urlsplit

from sandbox.work import MAX_TESTS, ErrorKind, PageError, PageLibrary

ORIGIN = "https://page.invalid"
URL = f"{ORIGIN}/"
STYLES = "/styles.css"
SCRIPT = "/script.js"
LIBRARY = "/page-library-{}.{}"
ENDS_EARLY = re.compile("</script|<!--|\0", re.IGNORECASE)
LINE_END = re.compile("\r\n|\r|\n")
DOCTYPE = "<!DOCTYPE html>\n"
MAX_ERROR = 500  # characters of an error's message

POLICY = (
    "sandbox allow-scripts allow-forms allow-same-origin; worker-src 'none'; child-src 'none'; frame-src 'none'; "
    "connect-src 'none'; object-src 'none'; manifest-src 'none'"
)

# A module's names can be reached only by an `eval` inside it. The line comes first, so that names are within reach even
# when the module throws, and it ends before the learner's first character. `bridge/modules.js` hears the event.
MODULE_HEAD = (
    "try{globalThis.document.dispatchEvent(new globalThis.CustomEvent('palimpsest module',{detail:{__proto__:null,"
    "get(){return eval(arguments[0])},set(){eval(arguments[0]+'=arguments[1]')},self:()=>import(import.meta.url)}}))}"
    "catch{}"
)
NOT_DEFINED = re.compile(r"(?:ReferenceError: )?\S+ is not defined")
INLINE_MODULE = "; the page declares its names in an inline module, which tests cannot reach: link script.js instead."


def _empty_picture(width: int, height: int) -> bytes:
    """A transparent picture, as PNG of one bit a pixel."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    rows = zlib.compress(bytes(((width + 7) // 8 + 1) * height))
    parts = ((b"IHDR", header), (b"PLTE", bytes(3)), (b"tRNS", b"\0"), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


# What the page gets for a picture that it may not load. 300 by 150 is what CSS gives to what has no size of its own; a
# size and a ratio as pictures have them also keep `naturalWidth` above zero and `height: auto` in proportion.
EMPTY_PICTURE = _empty_picture(300, 150)


@dataclass(frozen=True, slots=True)
class File:
    """One file that the page's origin serves."""

    media_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Insertion:
    """A text put into the learner's HTML before the character ``place``.

    ``script`` is the position in ``text`` at which the whole of script.js begins; None when it is not in there.
    """

    place: int
    text: str
    script: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An assembled page: its files by path, the page itself at ``/``, and how it came from the learner's sources."""

    files: dict[str, File]
    html: str
    js: str
    insertions: tuple[Insertion, ...]
    is_module: bool
    has_inline_module: bool


def assemble(html: str, css: str, js: str, libraries: tuple[PageLibrary, ...] = ()) -> Page:
    """Put the page together."""
    outline = _Outline(html)
    insertions: list[Insertion] = []
    origin = f"{ORIGIN}/" if outline.has_base else ""  # a <base> of the learner's changes nothing for what is put in
    files: dict[str, File] = {}
    if outline.is_fragment:
        insertions.append(Insertion(0, DOCTYPE))
    for number, library in enumerate(libraries, 1):
        is_script = library.kind == "script"
        path = LIBRARY.format(number, "js" if is_script else "css")
        address = ORIGIN + path
        link = f'<script src="{address}"></script>' if is_script else f'<link rel="stylesheet" href="{address}">'
        insertions.append(Insertion(outline.content_start, link))
        files[path] = File(f"text/{'javascript' if is_script else 'css'}; charset=utf-8", library.text)
    if css.strip() and not outline.has_styles:
        place = max(outline.head_end, outline.content_start) if libraries else outline.head_end
        insertions.append(Insertion(place, f'<link rel="stylesheet" href="{origin}{STYLES[1:]}">'))
    if js.strip() and not outline.has_script:
        if not html.strip() and not ENDS_EARLY.search(js):
            insertions.append(Insertion(outline.body_end, f"<script>{js}</script>", len("<script>")))
        else:
            insertions.append(Insertion(outline.body_end, f'<script src="{origin}{SCRIPT[1:]}"></script>'))
    insertions.sort(key=lambda insertion: insertion.place)
    page = html
    for insertion in reversed(insertions):
        page = page[: insertion.place] + insertion.text + page[insertion.place :]
    files |= {
        "/": File("text/html; charset=utf-8", page),
        STYLES: File("text/css; charset=utf-8", css),
        SCRIPT: File("text/javascript; charset=utf-8", MODULE_HEAD + js if outline.has_module else js),
    }
    return Page(files, html, js, tuple(insertions), outline.has_module, outline.has_inline_module)


def read_error(error: object) -> PageError | None:
    """An error as the page's side reports it: ``[kind, message, file, line, column, during]``; None for any other
    value. ``during`` of what is returned is the place of the test among all, as a text."""
    if not isinstance(error, list) or len(error) != 6 or error[0] not in get_args(ErrorKind):
        return None
    kind, message, file, *numbers, during = error
    if not isinstance(message, str):
        return None
    line, column = (n if isinstance(n, int) and 0 < n < 1 << 31 else None for n in numbers)
    known = file if isinstance(file, str) and file in ("html", "css", "js") else None
    place = str(during) if isinstance(during, int) and 0 <= during < MAX_TESTS else None
    return PageError(
        kind, message[:MAX_ERROR], known, line if known else None, column if known and line else None, place
    )


def placed(error: PageError, page: Page) -> PageError:
    """The error with its line and column in the learner's file instead of in the file that was served.

    Columns count UTF-16 units, as browsers and editors count them. What stands in nothing that the learner wrote loses
    its place.
    """
    if error.line is None:
        return error
    if error.file == "js":
        is_shifted = page.is_module and error.line == 1 and error.column is not None
        return replace(error, column=max(1, error.column - len(MODULE_HEAD))) if is_shifted and error.column else error
    if error.file != "html":
        return error
    at = _offset(page.files["/"].text, error.line, error.column or 1)
    for insertion in page.insertions:
        if at < insertion.place:
            break
        if at < insertion.place + len(insertion.text):
            if insertion.script is None:
                return replace(error, file=None, line=None, column=None)
            within = min(max(0, at - insertion.place - insertion.script), len(page.js))
            return _at(error, "js", page.js, within)
        at -= len(insertion.text)
    return _at(error, "html", page.html, at)


def explained(message: str, page: Page) -> str:
    """The message of a test's error; one about an unknown name says why where the page has an inline module."""
    return message + INLINE_MODULE if page.has_inline_module and NOT_DEFINED.fullmatch(message) else message


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        found = LINE_END.search(text, start)
        if found is None:
            return len(text)
        start = found.end()
    found = LINE_END.search(text, start)
    units = text[start : found.start() if found else None].encode("utf-16-le", "surrogatepass")
    return start + len(units[: (column - 1) * 2].decode("utf-16-le", "ignore"))


def _at(error: PageError, file: str, text: str, offset: int) -> PageError:
    line, start = 1, 0
    for found in LINE_END.finditer(text):
        if found.end() > offset:
            break
        line, start = line + 1, found.end()
    column = len(text[start:offset].encode("utf-16-le", "surrogatepass")) // 2 + 1
    return replace(error, file=file, line=line, column=column if error.column is not None else None)


# Every alternative ends at its end or at the end of the text, and gives nothing back: so the time grows with the length
# of the text, where parsers that look for an end again from each beginning take its square.
TOKEN = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))
    |<!(?P<declared>[^>]*+)(?:>|\Z)
    |<\?[^>]*+(?:>|\Z)
    |</(?P<end>[a-zA-Z][^\s/>]*+)[^>]*+(?P<ended>>|\Z)
    |</[^>]*+(?:>|\Z)
    |<(?P<start>[a-zA-Z][^\s/>]*+)
        (?P<attributes>(?:=\s*+"[^"]*+(?:"|\Z)|=\s*+'[^']*+(?:'|\Z)|[^>])*+)(?P<started>>|\Z)""",
    re.DOTALL | re.VERBOSE,
)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s"'>][^\s>]*+)))?""")
RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "textarea", "title")}


class _Outline:
    """The places in the HTML that matter here, as offsets into its text."""

    def __init__(self, html: str) -> None:
        self.has_styles = False
        self.has_script = False
        self.has_module = False
        self.has_inline_module = False
        self.has_base = False
        self.is_fragment = True
        self._head_start: int | None = None
        self._head_end: int | None = None
        self._body_start: int | None = None
        self._body_end: int | None = None
        self._top = 0
        self._first: int | None = None  # what makes a parser open the head, or the body
        self._length = len(html)
        place = 0
        while token := TOKEN.search(html, place):
            self._text(html, place, token.start())
            place = token.end()
            if token["start"] and token["started"]:
                name = token["start"].lower()
                self._start(token, name)
                if name in RAW:
                    end = RAW[name].search(html, place)
                    place = end.start() if end else self._length
            elif token["end"] and token["ended"]:
                self._end(token.start(), token["end"].lower())
            elif token["declared"] and token["declared"].lower().startswith("doctype"):
                self.is_fragment = False
                self._top = place
        self._text(html, place, self._length)

    @property
    def content_start(self) -> int:
        """At the beginning of the head, where nothing that the learner wrote changes its place in the document."""
        return min(place for place in (self._head_start, self._first, self._length) if place is not None)

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

    def _start(self, token: re.Match[str], tag: str) -> None:
        if tag in ("html", "head"):
            self.is_fragment = False
            self._top = token.end()
            if tag == "head":
                self._head_start = self._top
        elif tag == "body" and self._body_start is None:
            self._body_start = token.start()
        if tag not in ("html", "head"):
            self._begin(token.start())
        self.has_base |= tag == "base"
        if tag not in ("link", "script"):
            return
        given: dict[str, str] = {}
        for found in ATTRIBUTE.finditer(token["attributes"]):
            value = next((part for part in found.groups()[1:] if part is not None), "")
            given.setdefault(found[1].lower(), unescape(value))
        if tag == "link" and "stylesheet" in given.get("rel", "").lower().split():
            self.has_styles |= _links(given, "href", STYLES)
        elif tag == "script":
            is_module = given.get("type", "").lower() == "module"
            self.has_inline_module |= is_module and "src" not in given
            if _links(given, "src", SCRIPT):
                self.has_script = True
                self.has_module |= is_module

    def _text(self, html: str, start: int, end: int) -> None:
        if self._first is None and (text := html[start:end].lstrip()):
            self._begin(end - len(text))

    def _end(self, place: int, tag: str) -> None:
        if tag in ("head", "body", "html", "br"):  # a parser ignores any other before the head
            self._begin(place)
        if tag == "head" and self._head_end is None:
            self._head_end = place
        elif tag == "body" or (tag == "html" and self._body_end is None):
            self._body_end = place

    def _begin(self, place: int) -> None:
        if self._first is None:
            self._first = place


def _links(given: dict[str, str], name: str, path: str) -> bool:
    return name in given and path_of(given[name]) == path


def path_of(address: str) -> str | None:
    """The path on the page's own origin that an address in it means; None when it means another origin."""
    try:
        parts = urlsplit(urljoin(URL, address.strip()))
    except ValueError:
        return None
    return parts.path if f"{parts.scheme}://{parts.netloc}" == ORIGIN else None
