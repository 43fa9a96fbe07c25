"""A challenge's tests file: blocks of JavaScript, each opened by a comment that names the test.

::

    // @test one-h1 weight=2 hidden: The page has exactly one h1.
    assert.lengthOf(document.querySelectorAll("h1"), 1);

The file stays JavaScript, so an editor colours and checks it. Blank lines around a test's code are not part
of it, because a changed test makes a major version and an added blank line should not. Code that must keep
them is closed by ``// @end``. A line ``//: …`` right below the opening one continues its text on a new line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.content.faults import Faults
from gateway.content.text import read_text

_OPENING = re.compile(r"//[ \t]*@test(?![\w-])(?P<rest>.*)")
_END = re.compile(r"//[ \t]*@end[ \t]*")
_MORE = "//:"
_WEIGHT = "[0-9]{1,9}"
_SHAPE = "A test opens with a line such as // @test one-h1 weight=2 hidden: The page has one h1."


@dataclass(slots=True)
class _Block:
    line: int
    rest: str
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    exact: bool = False


def read_tests(path: Path, faults: Faults) -> list[dict[str, object]]:
    """Return the tests of ``path`` in the shape of ``ChallengeTestInput``, every field filled."""
    text = read_text(path, faults)
    if text is None:
        return []
    tests: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for block in _blocks(path, text.removesuffix("\n").split("\n"), faults):
        test = _test(path, block, faults)
        if test is None:
            continue
        name = str(test["id"])
        if name in seen:
            message = f"The test id {name!r} is here twice, first in line {seen[name]}."
            faults.add(path, block.line, message)
        seen.setdefault(name, block.line)
        tests.append(test)
    return tests


def format_tests(tests: list[dict[str, object]], place: str, faults: Faults) -> str:
    """Return the file that ``read_tests`` turns into ``tests``; what no file can say is noted as a fault."""
    blocks = []
    for test in tests:
        name, text, code = str(test["id"]), str(test["text"]), str(test["code"])
        where = f"{place} test {name}"
        lines = code.split("\n")
        if not _is_id(name):
            faults.add_named(where, "A test id is not the word hidden and holds no white space, : or =.")
        if not re.fullmatch(_WEIGHT, str(test["weight"])):
            faults.add_named(where, "A test's weight is a whole number from 0 on.")
        if not text.strip():
            faults.add_named(where, "A test needs a text.")
        if not code.strip():
            faults.add_named(where, "A test needs code.")
        if lines[0].startswith(_MORE) or any(_OPENING.match(x) or _END.fullmatch(x) for x in lines):
            faults.add_named(where, "The code has a line that the tests file would take for one of its own.")
        words = [name]
        if test["weight"] != 1:
            words.append(f"weight={test['weight']}")
        if test["hidden"]:
            words.append("hidden")
        first, *more = text.split("\n")
        opening = [f"// @test {' '.join(words)}: {first}", *(f"{_MORE} {line}" for line in more)]
        end = [] if _trimmed(lines) == lines else ["// @end"]
        blocks.append("\n".join([*opening, *lines, *end]) + "\n")
    return "\n".join(blocks)


def _blocks(path: Path, lines: list[str], faults: Faults) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(lines, 1):
        if opening := _OPENING.match(line):
            if block:
                yield block
            block = _Block(number, opening["rest"])
        elif block and _END.fullmatch(line):
            block.exact = True
            yield block
            block = None
        elif block and not block.code and line.startswith(_MORE):
            block.text.append(line.removeprefix(_MORE).removeprefix(" "))
        elif block:
            block.code.append(line)
        elif _END.fullmatch(line):
            faults.add(path, number, "This // @end closes no test.")
        elif line.strip() and not line.startswith("//"):
            faults.add(path, number, f"Outside a test only // comments can stand. {_SHAPE}")
    if block:
        yield block


def _test(path: Path, block: _Block, faults: Faults) -> dict[str, object] | None:
    head, colon, first = block.rest.partition(":")
    words = head.split()
    if not colon or not words or not _is_id(words[0]):
        faults.add(path, block.line, _SHAPE)
        return None
    weight, hidden = 1, False
    for word in words[1:]:
        if word == "hidden":
            hidden = True
        elif match := re.fullmatch(f"weight=({_WEIGHT})", word):
            weight = int(match[1])
        else:
            message = f"{word!r} is neither hidden nor weight= with a whole number. {_SHAPE}"
            faults.add(path, block.line, message)
    text = "\n".join([first.removeprefix(" "), *block.text])
    code = "\n".join(block.code if block.exact else _trimmed(block.code))
    if not text.strip():
        faults.add(path, block.line, f"The test {words[0]} needs a text after the colon.")
    if not code.strip():
        faults.add(path, block.line, f"The test {words[0]} has no code below it.")
    return {"id": words[0], "text": text, "code": code, "weight": weight, "hidden": hidden}


def _trimmed(lines: list[str]) -> list[str]:
    full = [at for at, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def _is_id(word: str) -> bool:
    return word != "hidden" and re.fullmatch(r"[^\s:=]+", word) is not None
