"""The table of what a test may do with a page's values: rows from ``values/*.js``, and the same table for the docs.

A file is a group: its first line is the group's title. A row starts with ``// == what works``, then come options, one a
line (``// html: <p></p>``), the page's script, ``// -- test`` and the test's code. A row without HTML and CSS is tried
with a document and without one. ``only here`` gives the reason why a row is not so in a browser with one world.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sandbox.work import PageLibrary, Test, Work

FOLDER = Path(__file__).parent / "values"
DOCS = Path(__file__).parents[2] / "docs" / "tests.md"
START = "## What a test may do with a page's values\n"
HOOKS = ("before page", "before all", "before each", "after each")
OPTIONS = ("html", "css", "declared", "library", "page script", "page style", "only here", "pages", *HOOKS)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a test may do; ``options`` are texts under the names of ``OPTIONS``."""

    group: str
    what: str
    page: str
    test: str
    options: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.group}: {self.what}"

    @property
    def pages(self) -> tuple[str, ...]:
        """The kinds of page that it is tried on."""
        if "pages" in self.options:
            return (self.options["pages"],)
        return (
            ("with a document",) if "html" in self.options or "css" in self.options else ("script", "with a document")
        )

    def work(self, page: str) -> Work:
        """What a run is given; ``page`` is one of ``pages``."""
        kinds: tuple[Literal["script", "style"], ...] = ("script", "style")
        return Work(
            html="" if page == "script" else self.options.get("html", "<p></p>"),
            css=self.options.get("css", ""),
            js=self.page,
            tests=(Test("1", self.test),),
            declared=tuple(self.options.get("declared", "").split()),
            libraries=tuple(filter(None, [self.options.get("library")])),
            page_libraries=tuple(
                PageLibrary(kind, self.options[f"page {kind}"]) for kind in kinds if f"page {kind}" in self.options
            ),
            **{hook.replace(" ", "_"): self.options.get(hook, "") for hook in HOOKS},
        )

    def in_one_world(self, chai: str) -> Work:
        """The test as a script of the page itself, as a browser without a sandbox would run it."""
        option = self.options.get
        parts = (option("before all", ""), option("before each", ""), self.test, option("after each", ""))
        body = "\n".join(parts)
        scripts = (chai, START_LATER, option("library", ""), option("page script", ""), option("before page", ""))
        head = "".join(f"<script>{text}</script>" for text in scripts)
        if "page style" in self.options:
            head += f"<style>{self.options['page style']}</style>"
        end = f"startLater(async () => {{ {body}\n}})"
        return Work(
            html=f"<!DOCTYPE html><html><head>{head}</head><body>{option('html', '')}"
            f"<script src='script.js'></script><script>{end}</script>",
            css=option("css", ""),
            js=self.page,
            tests=(Test("1", WAIT),),
        )


# taken before the page's script, which may declare these names
START_LATER = """
    window.assert = chai.assert;
    window.startLater = ((Promise, setTimeout, root, set, listen) => (test) =>
      new Promise((done) => { listen('load', () => setTimeout(done)); }).then(test)
        .then(() => 'passed', (error) => `${error?.stack ?? error}`)
        .then((end) => { set.call(root, 'data-end', end); })
    )(Promise, setTimeout, document.documentElement, Element.prototype.setAttribute, addEventListener.bind(window));
"""
WAIT = """
    const read = () => document.documentElement.getAttribute('data-end');
    while (read() === null) await new Promise((done) => setTimeout(done, 5));
    assert.strictEqual(read(), 'passed');
"""


def read(path: Path) -> list[Row]:
    """The rows of a file."""
    head, *parts = path.read_text().split("\n// == ")
    return [_row(head.strip().removeprefix("// "), part) for part in parts]


def _row(group: str, part: str) -> Row:
    what, _, rest = part.partition("\n")
    page, _, test = rest.partition("// -- test\n")
    options: dict[str, str] = {}
    lines = page.split("\n")
    while (name := lines[0].removeprefix("// ").partition(": ")[0]) in OPTIONS and lines[0].startswith("// "):
        text = lines.pop(0).partition(": ")[2]
        options[name] = f"{options[name]}\n{text}" if name in options else text
    return Row(group, what.strip(), "\n".join(lines).strip(), test.strip(), options)


ROWS = [row for path in sorted(FOLDER.glob("*.js")) for row in read(path)]


def table() -> str:
    """The table of the docs, from its heading to its end."""
    kinds = {("script", "with a document"): "all", ("script",): "JavaScript only", ("with a document",): "document"}
    lines = [f"| {row.group} | {row.what} | {kinds[row.pages]} |" for row in ROWS]
    return "\n".join([START, f"{INTRODUCTION}\n", "| group | what works | pages |", "|---|---|---|", *lines, ""])


INTRODUCTION = (
    f"Each of the {len(ROWS)} lines is a test in `tests/sandbox/values/`. Pages: `document` is a challenge with HTML"
    " or CSS,\n`JavaScript only` one without, `all` both. `python -m tests.sandbox.value_rows` writes the table anew."
)


def in_docs() -> str:
    """The table as the docs have it."""
    _, heading, after = DOCS.read_text().partition(START)
    return heading + after.partition("\n## ")[0]


if __name__ == "__main__":
    text = DOCS.read_text()
    before, _, after = text.partition(START)
    _, following, end = after.partition("\n## ")
    DOCS.write_text(f"{before.rstrip()}\n\n{table()}" + (following + end if following else ""))
