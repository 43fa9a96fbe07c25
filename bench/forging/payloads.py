"""Code by which a page tries to pass tests that it does not pass, to be put before a starter or a solution.

Behind any of it a starter must still fail, and a solution must still pass wherever the payload does not itself break
the page; ``breaks`` says why where it does. The code itself is in ``forging.js``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.work import Work

FILE = Path(__file__).with_name("payloads.js")
NAMES = "assert chai document Object palimpsest code eval getComputedStyle window page Array JSON"


@dataclass(frozen=True, slots=True)
class Payload:
    """``js`` runs before the page's own script, ``html`` stands before its own elements."""

    name: str
    js: str
    html: str
    breaks: str


def _read() -> Iterator[Payload]:
    for section in FILE.read_text().split("// == ")[1:]:
        name, *lines = section.strip().splitlines()
        told = {"breaks": "", "html": ""}
        while lines and (key := lines[0].removeprefix("// ").partition(":")[0]) in told:
            told[key] = lines.pop(0).partition(": ")[2]
        if told["html"] == "ids":
            told["html"] = "".join(f"<i id='{name}'></i>" for name in NAMES.split())
        yield Payload(name, "\n".join(lines), **told)


PAYLOADS = tuple(_read())


def behind(payload: Payload, work: Work) -> Work:
    """The work with the payload before its sources; its tests see the sources as the learner's."""
    script = f"try {{ {payload.js}\n}} catch (error) {{ console.log(String(error)); }}"
    if work.html.strip():
        at = work.html.find("<head>")
        at = at + len("<head>") if at >= 0 else 0
        elements = payload.html if at == 0 else ""
        return replace(work, html=f"{work.html[:at]}<script>{script}</script>{elements}{work.html[at:]}")
    return replace(work, js=f"{script}\n{work.js}")
