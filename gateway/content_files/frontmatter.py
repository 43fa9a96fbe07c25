"""A Markdown file with YAML front matter, read with the line of every key.

Values are taken as written, whatever YAML would make of them: ``title: No`` is the text No, not false, and
``title: 1.10`` keeps its last digit. The YAML is only composed, never constructed, so a tag makes no object.
"""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from gateway.content_files.faults import Faults
from gateway.content_files.text import read_text, unstorable

_FENCE = "---"
# The front matter's first line is the file's second: YAML counts from 0, people from 1.
_OFFSET = 2
_TOO_DEEP = "The front matter is nested too deeply."


@dataclass(slots=True)
class Page:
    """A file's keys and body; each getter notes a fault and returns a stand-in for a value that is no use."""

    path: Path
    body: str
    _nodes: dict[str, yaml.Node]
    _lines: dict[str, int]
    _faults: Faults

    def line_of(self, key: str) -> int:
        """Return the line of ``key``, 1 when it is absent."""
        return self._lines.get(key, 1)

    def allow(self, known: tuple[str, ...]) -> None:
        """Note every key that is not in ``known``, with the one probably meant."""
        for key, line in self._lines.items():
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
                self._faults.add(self.path, line, f"The key {key!r} is unknown here; {hint}")

    def text(self, key: str) -> str | None:
        """Return the text of ``key``, None when it is absent or was refused."""
        node = self._nodes.get(key)
        return None if node is None else self._text_of(node, key)

    def required(self, key: str) -> str:
        """Return the text of ``key``, which must be there and not be blank."""
        if key not in self._nodes:
            self._faults.add(self.path, 1, f"The front matter needs the key {key}.")
            return ""
        return self.text(key) or ""

    def number(self, key: str, least: int) -> int:
        """Return the whole number of ``key``, at least ``least``."""
        value = self.required(key)
        if value and (not re.fullmatch(r"-?[0-9]{1,9}", value) or int(value) < least):
            self._faults.add(self.path, self.line_of(key), f"{key} is a whole number from {least} on, not {value!r}.")
            return least
        return int(value) if value else least

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Return the one of ``choices`` (capitals) that ``key`` names in capitals or small letters."""
        value = self.required(key)
        if value and value.upper() not in choices:
            names = ", ".join(choice.lower() for choice in choices)
            self._faults.add(self.path, self.line_of(key), f"{key} is one of {names}, not {value!r}.")
        return value.upper()

    def texts(self, key: str) -> list[str]:
        """Return the list of texts of ``key``, empty when it is absent."""
        node = self._nodes.get(key)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self._faults.add(self.path, _line(node), f"{key} is a list, each item after a dash.")
            return []
        return [value for item in node.value if (value := self._text_of(item, f"Each item of {key}")) is not None]

    def _text_of(self, node: yaml.Node, name: str) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            message = f"{name} is text; quote it when it holds a colon or opens with a special sign."
            self._faults.add(self.path, _line(node), message)
            return None
        # The line end that closes a block written after | or > belongs to the block, not to the text.
        value: str = node.value.removesuffix("\n") if node.style in ("|", ">") else node.value
        if reason := unstorable(value):
            self._faults.add(self.path, _line(node), f"{name} {reason}.")
            return None
        if not value.strip():
            self._faults.add(self.path, _line(node), f"{name} is empty.")
            return None
        return value


def read_page(path: Path, faults: Faults) -> Page | None:
    """Read the Markdown file ``path``; None after noting why it cannot be taken apart."""
    text = read_text(path, faults)
    if text is None:
        return None
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        faults.add(path, 1, "The file opens with its front matter, between two lines of ---.")
        return None
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        faults.add(path, 1, "The front matter is not closed by a second line of ---.")
        return None
    front = "\n".join(lines[1:end]) + "\n"
    body = "\n".join(lines[end + 1 :]).removeprefix("\n").removesuffix("\n")
    mapping = _compose(path, front, faults)
    return None if mapping is None else _page(path, body, mapping, faults)


def _compose(path: Path, front: str, faults: Faults) -> yaml.MappingNode | None:
    try:
        node = yaml.compose(front, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        problem = error.problem or error.context or "it cannot be read"
        faults.add(path, line + _OFFSET, f"The front matter is not YAML: {problem} (column {column + 1}).")
        return None
    except yaml.reader.ReaderError as error:
        line = front.count("\n", 0, error.position) + _OFFSET
        faults.add(path, line, "The front matter holds a control character.")
        return None
    except RecursionError:
        faults.add(path, 1, _TOO_DEEP)
        return None
    if node is not None and not isinstance(node, yaml.MappingNode):
        faults.add(path, _line(node), "The front matter is made of keys with values, such as title: A page.")
        return None
    return node or yaml.MappingNode("tag:yaml.org,2002:map", [])


def _page(path: Path, body: str, mapping: yaml.MappingNode, faults: Faults) -> Page:
    nodes: dict[str, yaml.Node] = {}
    lines: dict[str, int] = {}
    for key, value in mapping.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.add(path, _line(key), "A key is a word.")
        elif key.value in nodes:
            faults.add(path, _line(key), f"The key {key.value!r} is here twice, first in line {lines[key.value]}.")
        else:
            nodes[key.value] = value
            lines[key.value] = _line(key)
    return Page(path, body, nodes, lines, faults)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + _OFFSET
