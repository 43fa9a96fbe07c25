"""One value of the front matter: its lines as text, with nothing of what the author wrote left out.

YAML alone would drop text without a word: a ``#`` opens a comment, ``!`` a tag, ``&`` an anchor, and U+0085,
U+2028 and U+2029 end a line. So what stands on one line is text as it is, up to the line's end. YAML reads only
what it was asked for (a pair of quotes, a block after ``|`` or ``>``, a value of several lines), and its answer
counts only when it holds every character between the first and the last.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

_PAIR = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'')
_BLOCK = re.compile(r"[|>](?:[+-][1-9]?|[1-9][+-]?)?")
_DASH = re.compile(r"-(?:[ \t]+(.*))?")
_BLANK = " \t"
# What YAML takes for line ends and this format does not.
_SEPARATORS = "\x85\u2028\u2029"
_PRIVATE = (*range(0xE000, 0xF900), *range(0xF0000, 0xFFFFE))

ESCAPE = "has a backslash that opens no escape; write two, or use single quotes."
SEVERAL_LINES = "goes over several lines in a way that would lose text; quote it or write it as a block after |."


class UnreadableError(Exception):
    """The value cannot be read as it stands; the message goes after its name, ``line`` is where it is."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Value:
    """What follows a key or a dash: ``first`` on its own line, ``more`` below it, indented; ``line`` is the file's.

    A line of ``more`` that is not indented is a remark or, in a list, opens an item.
    """

    line: int
    first: str
    more: Sequence[str] = ()

    def text(self) -> str:
        """Return the text; raises ``UnreadableError``."""
        if any(map(_continues, self.more)):
            return self._of_several_lines()
        if not _PAIR.fullmatch(self.first):
            return self.first
        if self.first[0] == "'":
            return self.first[1:-1].replace("''", "'")
        composed = _composed(f"x: {self.first}\n")
        if composed is None:
            raise UnreadableError(ESCAPE, self.line)
        return composed[1]

    def _of_several_lines(self) -> str:
        more = list(self.more)
        remark = next((at for at, line in enumerate(more) if line.startswith("#")), None)
        if remark is not None:
            if any(map(_continues, more[remark:])):
                raise UnreadableError(SEVERAL_LINES, self.line)
            del more[remark:]
        lines = [line.strip(_BLANK) for line in (self.first, *more)]
        while not lines[0]:
            del lines[0]
        opening = lines[0][0] if lines[0][0] in "\"'" or _BLOCK.fullmatch(lines[0]) else None
        composed = _composed(f"x: {self.first}\n" + "".join(f"{line}\n" for line in more))
        if composed is None or composed[0] != opening or (opening is None and composed[1] != _folded(lines)):
            raise UnreadableError(SEVERAL_LINES, self.line)
        # The line end that closes a block belongs to the block, not to the text.
        return composed[1].removesuffix("\n") if opening in ("|", ">") else composed[1]

    def items(self) -> list["Value"]:
        """Return the values of a list, each after a dash; raises ``UnreadableError``."""
        if self.first:
            return self._items_in_brackets()
        items: list[Value] = []
        more: list[str] = []
        indent: int | None = None
        for number, line in enumerate(self.more, self.line + 1):
            text = line.strip(_BLANK)
            at = len(line) - len(line.lstrip(_BLANK))
            level = at if indent is None else indent
            if text.startswith("#") and at <= level:
                more.append(text)
            elif at == level and (dash := _DASH.fullmatch(text)):
                indent, more = at, []
                items.append(Value(number, dash[1] or "", more))
            elif not text or (items and at > level):
                more.append(line[level:])
            else:
                raise UnreadableError("is a list, each item after a dash.", number if items else self.line)
        return items

    def _items_in_brackets(self) -> list["Value"]:
        """Return the items of ``[one, "two"]``: words without a sign of their own, and pairs of quotes."""
        if not (self.first.startswith("[") and self.first.endswith("]")) or any(map(_continues, self.more)):
            raise UnreadableError("is a list, each item after a dash.", self.line)
        inside = self.first[1:-1].strip(_BLANK)
        items: list[Value] = []
        while inside:
            found = re.match(rf"(?:({_PAIR.pattern})|([\w(][^\[\]{{}},:#\"]*))[ \t]*(?:,[ \t]*|$)", inside)
            if found is None:
                raise UnreadableError("is a list, each item after a dash.", self.line)
            items.append(Value(self.line, found[1] or found[2].rstrip(_BLANK)))
            inside = inside[found.end() :]
        return items


def _continues(line: str) -> bool:
    return line.strip(_BLANK) != "" and not line.startswith("#")


def _composed(source: str) -> tuple[str | None, str] | None:
    """Return the style and the text of the one scalar ``source`` gives the key x, None when YAML reads less or more."""
    spare = list(itertools.islice((chr(code) for code in _PRIVATE if chr(code) not in source), len(_SEPARATORS)))
    if len(spare) < len(_SEPARATORS):
        return None
    hidden = source.translate({ord(one): other for one, other in zip(_SEPARATORS, spare, strict=True)})
    try:
        root = yaml.compose(hidden, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return None
    if not isinstance(root, yaml.MappingNode) or len(root.value) != 1:
        return None
    node = root.value[0][1]
    if not isinstance(node, yaml.ScalarNode) or hidden[node.end_mark.index :].strip(" \t\n"):
        return None
    return node.style, node.value.translate({ord(one): other for one, other in zip(spare, _SEPARATORS, strict=True)})


def _folded(lines: Sequence[str]) -> str:
    """Return stripped lines as one text: a line end is a space, each blank line a line end."""
    text, blank = lines[0], 0
    for line in lines[1:]:
        if not line:
            blank += 1
            continue
        text += ("\n" * blank or " ") + line
        blank = 0
    return text
