"""A challenge's tests file: blocks of JavaScript, each opened by a comment that names the test.

::

    // @library dom-helpers
    // @before-each
    const heading = document.querySelector("h1");

    // @test one-h1 weight=2 hidden timeout=3000 fresh: The page has exactly one h1.
    assert.lengthOf(document.querySelectorAll("h1"), 1);

The file stays JavaScript, so an editor colours and checks it. Blank lines around a test's code are not part
of it, because a changed test makes a major version and an added blank line should not. Code that must keep
them is closed by ``// @end``. A line ``//: …`` right below the opening one continues its text on a new line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.content_files.faults import Faults
from gateway.content_files.text import read_text
from versioning.content.definition import TIMEOUT_MS

_OPENING = re.compile(r"//[ \t]*@(?P<kind>test|before-all|before-each|after-each|library)(?![\w-])(?P<rest>.*)")
HOOKS = {"before-all": "beforeAll", "before-each": "beforeEach", "after-each": "afterEach"}
_END = re.compile(r"//[ \t]*@end[ \t]*")
_MORE = "//:"
_NUMBER = "[0-9]{1,9}"
_SHAPE = "A test opens with a line such as // @test one-h1 weight=2 hidden: The page has one h1."


@dataclass(slots=True)
class _Block:
    line: int
    kind: str
    rest: str
    text: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    exact: bool = False


def read_tests(path: Path, faults: Faults) -> dict[str, object]:
    """Return ``tests`` and, where there are any, ``hooks`` and ``libraries`` of ``path`` in the shape of the API's
    inputs. Of a test every field is filled but ``timeoutMs`` and ``fresh`` at their defaults."""
    text = read_text(path, faults)
    if text is None:
        return {"tests": []}
    tests: list[dict[str, object]] = []
    hooks: dict[str, str] = {}
    libraries: list[str] = []
    seen: dict[str, int] = {}
    for block in _blocks(path, text.removesuffix("\n").split("\n"), faults):
        if block.kind == "library":
            libraries += _library(path, block, faults)
            continue
        if block.kind in HOOKS:
            _hook(path, block, hooks, faults)
            continue
        test = _test(path, block, faults)
        if test is None:
            continue
        name = str(test["id"])
        if name in seen:
            message = f"The test id {name!r} is here twice, first in line {seen[name]}."
            faults.add(path, block.line, message)
        seen.setdefault(name, block.line)
        tests.append(test)
    found: dict[str, object] = {"tests": tests}
    return found | ({"hooks": hooks} if hooks else {}) | ({"libraries": libraries} if libraries else {})


def format_tests(
    tests: Sequence[Mapping[str, object]],
    hooks: Mapping[str, str],
    libraries: Sequence[str],
    place: str,
    faults: Faults,
) -> str:
    """Return the file that ``read_tests`` turns into all of this; what no file can say is noted as a fault."""
    blocks = [f"// @library {name}\n" for name in libraries]
    for name in libraries:
        if not _is_id(name):
            faults.add_named(place, "A library's name holds no white space, : or =.")
    for word, name in HOOKS.items():
        if code := hooks.get(name, ""):
            blocks.append(_block(f"// @{word}", code, f"{place} {name}", faults))
    for test in tests:
        name, text, code = str(test["id"]), str(test["text"]), str(test["code"])
        where = f"{place} test {name}"
        if not _is_id(name):
            faults.add_named(where, "A test id is not the word hidden and holds no white space, : or =.")
        if not re.fullmatch(_NUMBER, str(test["weight"])):
            faults.add_named(where, "A test's weight is a whole number from 0 on.")
        if not text.strip():
            faults.add_named(where, "A test needs a text.")
        words = [name]
        if test["weight"] != 1:
            words.append(f"weight={test['weight']}")
        if test["hidden"]:
            words.append("hidden")
        if test.get("timeoutMs", TIMEOUT_MS) != TIMEOUT_MS:
            words.append(f"timeout={test['timeoutMs']}")
        if test.get("fresh"):
            words.append("fresh")
        first, *more = text.split("\n")
        opening = [f"// @test {' '.join(words)}: {first}", *(f"{_MORE} {line}" for line in more)]
        blocks.append(_block("\n".join(opening), code, where, faults))
    return "\n".join(blocks)


def _block(opening: str, code: str, where: str, faults: Faults) -> str:
    lines = code.split("\n")
    if not code.strip():
        faults.add_named(where, "It needs code.")
    if lines[0].startswith(_MORE) or any(_OPENING.match(line) or _END.fullmatch(line) for line in lines):
        faults.add_named(where, "The code has a line that the tests file would take for one of its own.")
    end = [] if _trimmed(lines) == lines else ["// @end"]
    return "\n".join([opening, *lines, *end]) + "\n"


def _blocks(path: Path, lines: list[str], faults: Faults) -> Iterator[_Block]:
    block: _Block | None = None
    for number, line in enumerate(lines, 1):
        if opening := _OPENING.match(line):
            if block:
                yield block
            block = _Block(number, opening["kind"], opening["rest"])
            if block.kind == "library":
                yield block
                block = None
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
    told: dict[str, object] = {"weight": 1, "hidden": False}
    for word in words[1:]:
        if word in ("hidden", "fresh"):
            told[word] = True
        elif match := re.fullmatch(f"weight=({_NUMBER})", word):
            told["weight"] = int(match[1])
        elif match := re.fullmatch(f"timeout=({_NUMBER})", word):
            if int(match[1]) != TIMEOUT_MS:
                told["timeoutMs"] = int(match[1])
        else:
            message = f"{word!r} is neither hidden nor fresh nor weight= or timeout= with a whole number. {_SHAPE}"
            faults.add(path, block.line, message)
    text = "\n".join([first.removeprefix(" "), *block.text])
    code = _code(block)
    if not text.strip():
        faults.add(path, block.line, f"The test {words[0]} needs a text after the colon.")
    if not code.strip():
        faults.add(path, block.line, f"The test {words[0]} has no code below it.")
    return {"id": words[0], "text": text, "code": code, **told}


def _hook(path: Path, block: _Block, hooks: dict[str, str], faults: Faults) -> None:
    name = HOOKS[block.kind]
    if block.rest.strip():
        faults.add(path, block.line, f"A hook has no name and no text: // @{block.kind}")
    if block.text:
        faults.add(path, block.line, f"// @{block.kind} has no text, so no line below it goes on with //:")
    if name in hooks:
        faults.add(path, block.line, f"// @{block.kind} is here twice.")
    if not _code(block).strip():
        faults.add(path, block.line, f"// @{block.kind} has no code below it.")
    hooks[name] = _code(block)


def _library(path: Path, block: _Block, faults: Faults) -> list[str]:
    names = block.rest.split()
    if len(names) != 1 or not _is_id(names[0]):
        faults.add(path, block.line, "A library is named by a line such as // @library dom-helpers")
        return []
    return names


def _code(block: _Block) -> str:
    return "\n".join(block.code if block.exact else _trimmed(block.code))


def _trimmed(lines: list[str]) -> list[str]:
    full = [at for at, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def _is_id(word: str) -> bool:
    return word != "hidden" and re.fullmatch(r"[^\s:=]+", word) is not None
