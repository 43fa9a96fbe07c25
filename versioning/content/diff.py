"""Differences between two texts of a challenge: changed fields, tests by id, and unified diffs of files."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from core.code import Code
from versioning.content.definition import Content

Change = Literal["ADDED", "REMOVED", "CHANGED", "MOVED"]

# Beyond this many lines the common middle is not searched for: matching is quadratic in the worst case.
MATCHED_LINES = 4_000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A plain field that differs; numbers are spelled out."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TestChange:
    """A test that differs, by id; MOVED ones only stand elsewhere in the order."""

    __test__ = False
    test_id: str
    change: Change


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs, as a unified diff with three lines of context."""

    name: str
    unified: str


@dataclass(frozen=True, slots=True)
class Diff:
    """All differences; empty lists when the texts are equal."""

    fields: list[FieldChange]
    tests: list[TestChange]
    files: list[FileChange]


def diff(before: Content, after: Content) -> Diff:
    """Compare two texts of a challenge."""
    return Diff(list(_fields(before, after)), list(_tests(before, after)), list(_files(before, after)))


def _fields(before: Content, after: Content) -> Iterator[FieldChange]:
    names = {
        "title": "title",
        "difficulty": "difficulty",
        "points": "points",
        "estimated_time_minutes": "estimatedTimeMinutes",
        "instructions": "instructions",
    }
    for attribute, name in names.items():
        old, new = getattr(before, attribute), getattr(after, attribute)
        if old != new:
            yield FieldChange(name, str(old), str(new))
    if before.libraries != after.libraries:
        yield FieldChange("libraries", "\n".join(before.libraries), "\n".join(after.libraries))
    if before.hints != after.hints:
        yield FieldChange("hints", "\n".join(before.hints), "\n".join(after.hints))


def _tests(before: Content, after: Content) -> Iterator[TestChange]:
    old = {test.id: test for test in before.tests}
    new = {test.id: test for test in after.tests}
    kept_old = [test.id for test in before.tests if test.id in new]
    kept_new = [test.id for test in after.tests if test.id in old]
    for id in [*old, *(id for id in new if id not in old)]:
        if id not in new:
            yield TestChange(id, "REMOVED")
        elif id not in old:
            yield TestChange(id, "ADDED")
        elif old[id] != new[id]:
            yield TestChange(id, "CHANGED")
        elif kept_old.index(id) != kept_new.index(id):
            yield TestChange(id, "MOVED")


def _files(before: Content, after: Content) -> Iterator[FileChange]:
    yield from _code("starter", before.starter, after.starter)
    yield from _code("solution", before.solution, after.solution)
    for name in before.hooks.plain() | after.hooks.plain():
        old_hook, new_hook = (str(text.hooks.plain().get(name, "")) for text in (before, after))
        if old_hook != new_hook:
            yield FileChange(f"hooks/{name}.js", unified(f"hooks/{name}.js", old_hook, new_hook))
    old = {test.id: test.code for test in before.tests}
    new = {test.id: test.code for test in after.tests}
    for id in [*old, *(id for id in new if id not in old)]:
        if old.get(id) != new.get(id):
            name = f"tests/{id}.js"
            yield FileChange(name, unified(name, old.get(id, ""), new.get(id, "")))


def _code(folder: str, before: Code, after: Code) -> Iterator[FileChange]:
    for (suffix, old), (_, new) in zip(before.files(), after.files(), strict=True):
        if old != new:
            name = f"{folder}.{suffix}"
            yield FileChange(name, unified(name, old, new))


def unified(name: str, before: str, after: str) -> str:
    """Return a unified diff; a last line without a line end is marked as ``diff`` marks it."""
    old, new = _lines(before), _lines(after)
    if max(len(old), len(new)) > MATCHED_LINES:
        lines = [
            f"--- {name}\n",
            f"+++ {name}\n",
            f"@@ -{min(1, len(old))},{len(old)} +{min(1, len(new))},{len(new)} @@\n",
            *(f"-{line}" for line in old),
            *(f"+{line}" for line in new),
        ]
    else:
        lines = list(difflib.unified_diff(old, new, name, name))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    # Not splitlines: only LF ends a line here, and a form feed or a Unicode line separator is part of one.
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
