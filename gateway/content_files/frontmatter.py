"""A Markdown file with front matter, read with the line of every key.

Values are taken as written, whatever YAML would make of them: ``title: No`` is the text No, not false,
``title: 1.10`` keeps its last digit, and ``title: The #main id`` is all text. See ``gateway.content_files.values``.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.content_files.faults import Faults
from gateway.content_files.text import read_text, unstorable
from gateway.content_files.values import UnreadableError, Value

_FENCE = "---"
# The front matter's first line is the file's second.
_OFFSET = 2
_KEY = re.compile(r"""(?:"([^"]*)"|'([^']*)'|([^\s#"'{\[-][^:]*?))[ \t]*:(?:[ \t]+(.*))?""")
_SHAPE = "The front matter is made of keys with values, such as title: A page."
# As in YAML: everything that is not printable, but for tabs and line ends.
_CONTROL = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Page:
    """A file's keys and body; each getter notes a fault and returns a stand-in for a value that is no use."""

    path: Path
    body: str
    _values: dict[str, Value]
    _faults: Faults

    def line_of(self, key: str) -> int:
        """Return the line of ``key``, 1 when it is absent."""
        return self._values[key].line if key in self._values else 1

    def allow(self, known: tuple[str, ...]) -> None:
        """Note every key that is not in ``known``, with the one probably meant."""
        for key, value in self._values.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
                self._faults.add(self.path, value.line, f"The key {key!r} is unknown here; {hint}")

    def text(self, key: str) -> str | None:
        """Return the text of ``key``, None when it is absent or was refused."""
        value = self._values.get(key)
        return None if value is None else self._text_of(value, key)

    def required(self, key: str) -> str:
        """Return the text of ``key``, which must be there and not be blank."""
        if key not in self._values:
            self._faults.add(self.path, 1, f"The front matter needs the key {key}.")
            return ""
        return self.text(key) or ""

    def number(self, key: str, least: int) -> int:
        """Return the whole number of ``key``, at least ``least``."""
        value = self.required(key)
        if value and (not re.fullmatch(r"-?[0-9]{1,9}", value) or int(value) < least):
            message = f"{key} is a whole number from {least} on, not {value!r}.{remark_hint(value)}"
            self._faults.add(self.path, self.line_of(key), message)
            return least
        return int(value) if value else least

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Return the one of ``choices`` (capitals) that ``key`` names in capitals or small letters."""
        value = self.required(key)
        if value and value.upper() not in choices:
            names = ", ".join(choice.lower() for choice in choices)
            message = f"{key} is one of {names}, not {value!r}.{remark_hint(value)}"
            self._faults.add(self.path, self.line_of(key), message)
        return value.upper()

    def texts(self, key: str) -> list[str]:
        """Return the list of texts of ``key``, empty when it is absent."""
        value = self._values.get(key)
        if value is None:
            return []
        try:
            items = value.items()
        except UnreadableError as error:
            self._faults.add(self.path, error.line, f"{key} {error}")
            return []
        return [text for item in items if (text := self._text_of(item, f"Each item of {key}")) is not None]

    def _text_of(self, value: Value, name: str) -> str | None:
        try:
            text = value.text()
        except UnreadableError as error:
            self._faults.add(self.path, error.line, f"{name} {error}")
            return None
        if reason := unstorable(text):
            self._faults.add(self.path, value.line, f"{name} {reason}.")
            return None
        if not text.strip():
            self._faults.add(self.path, value.line, f"{name} is empty.")
            return None
        return text


def remark_hint(value: str) -> str:
    """Say where a remark stands, to be told with a value that is refused and holds one."""
    return " A remark stands on a line of its own." if " #" in value else ""


def read_page(path: Path, faults: Faults) -> Page | None:
    """Read the Markdown file ``path``; None after noting why it cannot be taken apart."""
    text = read_text(path, faults)
    if text is None:
        return None
    lines = text.split("\n")
    if not _is_fence(lines[0]):
        faults.add(path, 1, "The file opens with its front matter, between two lines of ---.")
        return None
    end = next((at for at, line in enumerate(lines[1:], 1) if _is_fence(line)), None)
    if end is None:
        faults.add(path, 1, "The front matter is not closed by a second line of ---.")
        return None
    body = "\n".join(lines[end + 1 :]).removeprefix("\n").removesuffix("\n")
    values = _values(path, lines[1:end], faults)
    return None if values is None else Page(path, body, values, faults)


def _is_fence(line: str) -> bool:
    return line.rstrip(" \t") == _FENCE


def _values(path: Path, lines: Sequence[str], faults: Faults) -> dict[str, Value] | None:
    """Return the values by key; None after noting a line that belongs to none."""
    for number, line in enumerate(lines, _OFFSET):
        if _CONTROL.search(line):
            faults.add(path, number, "The front matter holds a control character.")
            return None
    values: dict[str, Value] = {}
    sound = True
    base: str | None = None
    below: list[str] = []  # what continues the value of the last key
    for number, line in enumerate(lines, _OFFSET):
        text = line.lstrip(" \t")
        indent = line[: len(line) - len(text)]
        if text and not text.startswith("#"):
            base = indent if base is None else base
        if base is None or (text.startswith("#") and len(indent) <= len(base)):
            below.append(text)
        elif not text or len(indent) > len(base) or (values and (text == "-" or text.startswith(("- ", "-\t")))):
            below.append(line[len(base) :])
        elif found := _KEY.fullmatch(text):
            key = next(name for name in found.groups()[:3] if name is not None)
            below = []
            if key in values:
                first = values[key].line
                faults.add(path, number, f"The key {key!r} is here twice, first in line {first}.")
            else:
                values[key] = Value(number, (found[4] or "").rstrip(" \t"), below)
        else:
            faults.add(path, number, _SHAPE)
            sound = False
    return values if sound else None
