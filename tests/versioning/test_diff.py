"""Differences: which fields, which tests and how, and file diffs that turn the old text into the new one."""

import random
import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.code import Code
from versioning.content.definition import ChallengeTest, Content
from versioning.content.diff import MATCHED_LINES, FieldChange, diff, unified

NAMES = ("t1", "t2", "t3", "t4")
A, B, C, D = (ChallengeTest(name, f"Text of {name}.", f"code of {name};\n") for name in NAMES)
BASE = Content(title="One", instructions="Write.", tests=(A, B, C), hints=("First.", "Second."))

RANGE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n")
UNENDED = "\\ No newline at end of file\n"


def applied(patch: str, before: str) -> str:
    """Apply a unified diff the way ``patch`` does: every context and removed line must be where the hunk says."""
    lines = _lines(patch)
    if lines:
        assert lines[0].startswith("--- ")
        assert lines[1].startswith("+++ ")
    old, new, at, place = _lines(before), [], 0, 2
    while place < len(lines):
        match = RANGE.fullmatch(lines[place])
        assert match, lines[place]
        start, removed, into, added = int(match[1]), int(match[2] or 1), int(match[3]), int(match[4] or 1)
        start -= removed > 0  # an empty range is named by the line before it
        new += old[at:start]
        at, place = start, place + 1
        assert len(new) == into - (added > 0)
        while removed or added:
            sign, line = lines[place][0], lines[place][1:]
            place += 1
            if place < len(lines) and lines[place] == UNENDED:
                line, place = line[:-1], place + 1
            if sign in " -":
                assert old[at] == line
                at, removed = at + 1, removed - 1
            if sign in " +":
                new.append(line)
                added -= 1
        assert removed == added == 0
    return "".join(new + old[at:])


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


files = st.lists(st.sampled_from(["a\n", "b\n", "\n", "-- c\n", "+\n", " d\u2028e\x0cf\n"]), max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(files, files, st.sampled_from(["", "end", "\x85", "\u2029"]), st.sampled_from(["", "end", "\x0b"]))
def test_applying_the_diff_gives_the_new_text(old: str, new: str, old_end: str, new_end: str) -> None:
    before, after = old + old_end, new + new_end
    patch = unified("x", before, after)
    assert applied(patch, before) == after
    assert (patch == "") is (before == after)


@pytest.mark.parametrize(
    ("before", "after"), [("", "a"), ("a", ""), ("", "a\n"), ("a\n", ""), ("a", "a\n"), ("a\n", "a")]
)
def test_an_empty_file_and_a_missing_line_end_are_told_as_diff_tells_them(before: str, after: str) -> None:
    patch = unified("x", before, after)
    assert applied(patch, before) == after
    assert patch.count(UNENDED) == (before == "a") + (after == "a")
    assert patch.endswith("\n")


def test_a_small_change_shows_three_lines_of_context() -> None:
    before = "".join(f"{number}\n" for number in range(1, 20))
    assert unified("starter.js", before, before.replace("10\n", "ten\n")) == (
        "--- starter.js\n+++ starter.js\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"
    )


@pytest.mark.parametrize("lines", [MATCHED_LINES - 1, MATCHED_LINES + 1])
def test_the_diff_of_long_texts_still_applies(lines: int) -> None:
    chance = random.Random(lines)
    before = "".join(f"{chance.randrange(50)}\n" for _ in range(lines))
    after = "".join(f"{chance.randrange(50)}\n" for _ in range(lines - 7)) + "end"
    assert applied(unified("x", before, after), before) == after
    assert applied(unified("x", "", before), "") == before
    assert applied(unified("x", before, ""), before) == ""


def test_very_long_texts_are_compared_in_less_than_a_second() -> None:
    """Of a core that has nothing else to do; a search of all pairs of lines would take a quarter of an hour."""
    before = "".join(f"{number % 100}\n" for number in range(100_000))
    after = "".join(f"{number * 7 % 100}\n" for number in range(100_000))
    began = time.process_time()
    patch = unified("x", before, after)
    assert time.process_time() - began < 3
    assert applied(patch, before) == after


def test_equal_texts_have_no_difference() -> None:
    found = diff(BASE, replace(BASE))
    assert (found.fields, found.tests, found.files) == ([], [], [])


def test_each_plain_field_is_told_with_both_values() -> None:
    after = replace(
        BASE,
        title="Two",
        difficulty="HARD",
        points=20,
        estimated_time_minutes=5,
        instructions="Write more.",
        hints=("Second.",),
    )
    found = diff(BASE, after)
    assert found.fields == [
        FieldChange("title", "One", "Two"),
        FieldChange("difficulty", "EASY", "HARD"),
        FieldChange("points", "10", "20"),
        FieldChange("estimatedTimeMinutes", "10", "5"),
        FieldChange("instructions", "Write.", "Write more."),
        FieldChange("hints", "First.\nSecond.", "Second."),
    ]
    assert (found.tests, found.files) == ([], [])


CASES: list[tuple[tuple[ChallengeTest, ...], list[tuple[str, str]]]] = [
    ((A, B, C, D), [("t4", "ADDED")]),
    ((D, A, B, C), [("t4", "ADDED")]),
    ((A, C), [("t2", "REMOVED")]),
    ((), [("t1", "REMOVED"), ("t2", "REMOVED"), ("t3", "REMOVED")]),
    ((A, C, B), [("t2", "MOVED"), ("t3", "MOVED")]),
    ((A, replace(B, text="Other."), C), [("t2", "CHANGED")]),
    ((A, replace(B, weight=2), C), [("t2", "CHANGED")]),
    ((A, replace(B, hidden=True), C), [("t2", "CHANGED")]),
    ((replace(C, code="other"), B, A), [("t1", "MOVED"), ("t3", "CHANGED")]),
    ((D, C, A), [("t1", "MOVED"), ("t2", "REMOVED"), ("t3", "MOVED"), ("t4", "ADDED")]),
]


@pytest.mark.parametrize(("after", "expected"), CASES)
def test_each_test_that_differs_is_told_once(after: tuple[ChallengeTest, ...], expected: list[tuple[str, str]]) -> None:
    found = diff(BASE, replace(BASE, tests=after))
    assert [(one.test_id, one.change) for one in found.tests] == expected
    assert found.fields == []


def test_every_file_that_differs_is_told_by_its_name() -> None:
    before = replace(BASE, starter=Code("<p>\n", "a {}\n", ""), solution=Code("", "", "one();\n"))
    after = replace(
        BASE,
        starter=Code("<p>\n", "b {}\n", "two();\n"),
        solution=Code("", "", ""),
        tests=(A, replace(B, code="other;\n"), D),
    )
    found = {change.name: change.unified for change in diff(before, after).files}
    assert list(found) == ["starter.css", "starter.js", "solution.js", "tests/t2.js", "tests/t3.js", "tests/t4.js"]
    assert found["starter.css"] == "--- starter.css\n+++ starter.css\n@@ -1 +1 @@\n-a {}\n+b {}\n"
    assert applied(found["starter.js"], "") == "two();\n"
    assert applied(found["solution.js"], "one();\n") == ""
    assert applied(found["tests/t2.js"], B.code) == "other;\n"
    assert applied(found["tests/t3.js"], C.code) == ""
    assert applied(found["tests/t4.js"], "") == D.code


def test_a_change_of_a_tests_text_alone_is_no_change_of_its_file() -> None:
    found = diff(BASE, replace(BASE, tests=(replace(A, text="Other."), B, C)))
    assert [(one.test_id, one.change) for one in found.tests] == [("t1", "CHANGED")]
    assert found.files == []
