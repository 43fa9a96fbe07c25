"""What the hashes of content cover, which changes are major, and every fault of form at once.

The digests below were written down once. A change that moves one of them makes every published version unverifiable.
"""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import limits
from core.code import Code
from versioning.content.definition import ChallengeTest, Content, Hooks, is_major, with_ids

FIRST = ChallengeTest("t1", "It has a heading.", "assert.ok(document.querySelector('h1'));")
SECOND = ChallengeTest("t2", "It is large.", "assert.ok(1);", weight=3, hidden=True)
FULL = Content(
    title="Überschrift",
    instructions="Write a heading.\nMake it **large**.",
    difficulty="MEDIUM",
    points=25,
    estimated_time_minutes=15,
    starter=Code(html="<p>\n"),
    solution=Code(html="<h1>Hi</h1>\n", css="h1 { font-size: 3em }"),
    tests=(FIRST, SECOND),
    hints=("Look at h1.", "Then at font-size."),
)
SPELLED = (
    '{"difficulty":"MEDIUM","hints":["Look at h1.","Then at font-size."],'
    '"instructions":"Write a heading.\\nMake it **large**.","minutes":15,"points":25,'
    '"solution":{"css":"h1 { font-size: 3em }","html":"<h1>Hi</h1>\\n"},"starter":{"html":"<p>\\n"},'
    '"tests":[{"code":"assert.ok(document.querySelector(\'h1\'));","id":"t1","text":"It has a heading."},'
    '{"code":"assert.ok(1);","hidden":true,"id":"t2","text":"It is large.","weight":3}],"title":"Überschrift"}'
)
JUDGED = (
    '{"tests":[{"code":"assert.ok(document.querySelector(\'h1\'));","id":"t1"},'
    '{"code":"assert.ok(1);","hidden":true,"id":"t2","weight":3}]}'
)


def test_hashes_of_full_content_are_those_once_written_down() -> None:
    assert FULL.content_hash == "71f3d58890730c20aeb1d29b9f6a3348b47dd1c8cacf68953c4bdce492d31199"
    assert FULL.judged_hash == "b5059a3ba611de10f1b40d14073c438d8cf7d98d1f2d002ed5b2036cf8c23dd0"
    # The same from the text that is hashed, as another program would write it.
    assert hashlib.sha256(SPELLED.encode()).hexdigest() == FULL.content_hash
    assert hashlib.sha256(JUDGED.encode()).hexdigest() == FULL.judged_hash


def test_hashes_of_the_least_content_are_those_once_written_down() -> None:
    least = Content(title="One")
    assert least.content_hash == "d2b16665db483b0c33a1be06dab207ddebf04677ee5e2636a14205a91e6f3a09"
    spelled = '{"difficulty":"EASY","minutes":10,"points":10,"title":"One"}'
    assert hashlib.sha256(spelled.encode()).hexdigest() == least.content_hash
    assert least.judged_hash == hashlib.sha256(b"{}").hexdigest()


def test_a_default_that_is_spelled_out_hashes_like_one_that_is_left_out() -> None:
    short = Content(title="One", tests=(ChallengeTest("t1", "Text.", "code"),))
    explicit = Content(
        title="One",
        instructions="",
        difficulty="EASY",
        points=10,
        estimated_time_minutes=10,
        starter=Code("", "", ""),
        solution=Code(html="", css="", js=""),
        tests=(ChallengeTest("t1", "Text.", "code", weight=1, hidden=False, timeout_ms=2000, fresh=False),),
        hints=(),
        hooks=Hooks("", "", ""),
        libraries=(),
    )
    assert short.content_hash == explicit.content_hash
    assert short.judged_hash == explicit.judged_hash
    assert short.tests[0].plain() == {"id": "t1", "text": "Text.", "code": "code"}


def test_the_judged_hash_covers_names_of_the_language_that_the_challenge_declares() -> None:
    declaring = replace(FULL, solution=Code(html="<h1>", css="h1 {}", js="class Set {}\nlet Map"))
    assert declaring.declared == ("Map", "Set")
    spelled = JUDGED.replace('{"tests"', '{"declared":["Map","Set"],"tests"')
    assert declaring.judged_hash == hashlib.sha256(spelled.encode()).hexdigest()
    assert declaring.judged_hash_before_names == FULL.judged_hash == FULL.judged_hash_before_names
    assert is_major(FULL, declaring)
    # Which names they are counts, not by which text or where.
    alike = replace(declaring, starter=Code(html="<p>\n", js="var Map; window.Set = 1"), solution=FULL.solution)
    assert alike.judged_hash == declaring.judged_hash


def _tests(**changes: Any) -> dict[str, Any]:
    return {"tests": (FIRST, replace(SECOND, **changes))}


# Each change of one thing: what changes, whether verdicts are touched, whether it is major.
CHANGES: list[tuple[str, dict[str, Any], bool, bool]] = [
    ("title", {"title": "Other"}, False, False),
    ("instructions", {"instructions": "Other."}, False, False),
    ("difficulty", {"difficulty": "HARD"}, False, False),
    ("points", {"points": 0}, False, False),
    ("minutes", {"estimated_time_minutes": 16}, False, False),
    ("a hint", {"hints": ("Look at h1.", "Other.")}, False, False),
    ("hints' order", {"hints": FULL.hints[::-1]}, False, False),
    ("no hints", {"hints": ()}, False, False),
    ("starter's text", {"starter": Code(html="<p>")}, False, False),
    ("starter's files", {"starter": Code(html="<p>\n", js="1")}, False, True),
    ("starter's text in another file", {"starter": Code(css="<p>\n")}, False, True),
    ("no starter", {"starter": Code()}, False, True),
    ("solution's text", {"solution": Code(html="<h1>Ho</h1>\n", css="h1 { font-size: 3em }")}, False, False),
    ("solution's files", {"solution": Code(html="<h1>Hi</h1>\n")}, False, True),
    ("a test's text", _tests(text="Other."), False, False),
    ("a test's code", _tests(code="assert.ok(2);"), True, True),
    ("a test's weight", _tests(weight=1), True, True),
    ("a test's hiding", _tests(hidden=False), True, True),
    ("a test's id", _tests(id="t3"), True, True),
    ("tests' order", {"tests": (SECOND, FIRST)}, True, True),
    ("a test added", {"tests": (FIRST, SECOND, ChallengeTest("t3", "Text.", "code"))}, True, True),
    ("a test removed", {"tests": (FIRST,)}, True, True),
    ("no tests", {"tests": ()}, True, True),
    ("a test's limit", _tests(timeout_ms=5000), True, True),
    ("a test's own page", _tests(fresh=True), True, True),
    ("a hook before all", {"hooks": Hooks(before_all="x = 1;")}, True, True),
    ("a hook before each", {"hooks": Hooks(before_each="x = 1;")}, True, True),
    ("a hook after each", {"hooks": Hooks(after_each="x = 1;")}, True, True),
    ("a library", {"libraries": ("a" * 64,)}, True, True),
    ("two libraries", {"libraries": ("a" * 64, "b" * 64)}, True, True),
    ("two libraries in another order", {"libraries": ("b" * 64, "a" * 64)}, True, True),
]


@pytest.mark.parametrize(("change", "judged", "major"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_every_change_moves_the_content_hash_and_only_some_the_judged_one(
    change: dict[str, Any], judged: bool, major: bool
) -> None:
    changed = replace(FULL, **change)
    assert changed.content_hash != FULL.content_hash
    assert (changed.judged_hash != FULL.judged_hash) is judged
    assert is_major(FULL, changed) is major
    assert is_major(changed, FULL) is major


def test_no_two_of_the_changes_hash_alike() -> None:
    hashes = {replace(FULL, **change).content_hash for _, change, _, _ in CHANGES}
    assert len(hashes) == len(CHANGES)
    assert {name for name, *_ in CHANGES} >= {"title", "instructions", "difficulty", "points", "minutes"}


def test_nothing_changed_is_no_major_change() -> None:
    assert not is_major(FULL, FULL)
    assert not is_major(Content(title="One"), Content(title="Two"))


def test_line_ends_of_every_kind_hash_alike_once_normal() -> None:
    def ended(end: str) -> Content:
        return Content(
            title="One",
            instructions=f"a{end}b{end}",
            starter=Code(f"h{end}", f"c{end}", f"j{end}"),
            solution=Code(f"h{end}", f"c{end}", f"j{end}"),
            tests=(ChallengeTest("t1", f"a{end}b", f"c{end}d"),),
            hooks=Hooks(f"a{end}", f"b{end}", f"c{end}"),
            hints=(f"a{end}b",),
        ).normal()

    assert ended("\n") == ended("\r\n") == ended("\r")
    assert "\r" not in repr(ended("\r\n"))
    assert ended("\n") == ended("\n").normal()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
codes = st.builds(Code, texts, texts, texts)
tests = st.lists(
    st.builds(
        ChallengeTest,
        *(texts, texts, texts, st.integers(0, 9), st.booleans()),
        st.sampled_from([2000, 1, 5000]),
        st.booleans(),
    ),
    max_size=3,
)
contents = st.builds(
    Content,
    title=texts,
    instructions=texts,
    difficulty=st.sampled_from(["EASY", "MEDIUM", "HARD"]),
    points=st.integers(0, 100),
    estimated_time_minutes=st.integers(1, 100),
    starter=codes,
    solution=codes,
    tests=tests.map(tuple),
    hints=st.lists(texts, max_size=3).map(tuple),
    hooks=st.builds(Hooks, texts, texts, texts),
    libraries=st.lists(texts, max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(contents, contents)
def test_two_contents_hash_alike_only_when_they_are_equal(one: Content, other: Content) -> None:
    assert (one.content_hash == other.content_hash) is (one == other)
    alike = replace(other, tests=one.tests, hooks=one.hooks, libraries=one.libraries)
    assert one.judged_hash == alike.judged_hash


@settings(max_examples=100, deadline=None)
@given(contents)
def test_content_survives_the_database_and_keeps_its_hashes(content: Content) -> None:
    class Row:
        title = content.title
        instructions = content.instructions
        difficulty = content.difficulty
        points = content.points
        estimated_time_minutes = content.estimated_time_minutes
        starter_html, starter_css, starter_js = (text for _, text in content.starter.files())
        tests = json.loads(json.dumps([test.stored() for test in content.tests]))
        hooks = json.loads(json.dumps(content.hooks.stored()))
        libraries = json.loads(json.dumps(content.libraries))
        hints = json.loads(json.dumps(content.hints))

    again = Content.of_row(Row(), content.solution)
    assert again == content
    assert again.content_hash == content.content_hash


def test_every_limit_is_told_at_once_with_its_path() -> None:
    bad = Content(
        title="x" * (limits.TITLE + 1),
        instructions="ü" * (limits.INSTRUCTIONS_BYTES // 2) + "x",
        difficulty="IMPOSSIBLE",
        points=-1,
        estimated_time_minutes=0,
        starter=Code(html="x" * limits.CODE_BYTES, js="x"),
        solution=Code(css="\0"),
        tests=(
            ChallengeTest("t1", "", " "),
            ChallengeTest("t1", "x" * (limits.TEST_TEXT + 1), "x" * (limits.TEST_CODE_BYTES + 1), weight=-1),
            ChallengeTest("", "Text.", "code", weight=limits.TEST_WEIGHT + 1),
            *(ChallengeTest(f"n{number}", "Text.", "code") for number in range(limits.TESTS)),
        ),
        hints=("", "x" * (limits.HINT + 1), *["hint"] * limits.HINTS),
        hooks=Hooks(before_all="x" * (limits.TEST_CODE_BYTES + 1), after_each="\0"),
        libraries=("twice", "twice", ""),
    )
    assert [(type(fault).__name__, ".".join(fault.path)) for fault in bad.check(("input",))] == [
        ("TooLarge", "input.title"),
        ("TooLarge", "input.instructions"),
        ("Invalid", "input.difficulty"),
        ("Invalid", "input.points"),
        ("Invalid", "input.estimatedTimeMinutes"),
        ("TooLarge", "input.starter"),
        ("Invalid", "input.solution.css"),
        ("TooLarge", "input.tests"),
        ("TooLarge", "input.hooks.beforeAll"),
        ("Invalid", "input.hooks.afterEach"),
        ("Taken", "input.libraries.1"),
        ("Required", "input.libraries.2"),
        ("TooLarge", "input.hints"),
    ]


def test_content_at_every_limit_is_accepted() -> None:
    full = Content(
        title="x" * limits.TITLE,
        instructions="x" * limits.INSTRUCTIONS_BYTES,
        difficulty="HARD",
        points=limits.POINTS,
        estimated_time_minutes=limits.MINUTES,
        starter=Code("x" * (limits.CODE_BYTES - 2), "x", "x"),
        solution=Code("", "", "x" * limits.CODE_BYTES),
        tests=tuple(
            ChallengeTest(f"t{number}", "x" * limits.TEST_TEXT, "x" * limits.TEST_CODE_BYTES, weight)
            for number, weight in enumerate([0, limits.TEST_WEIGHT] * (limits.TESTS // 2))
        ),
        hints=("x" * limits.HINT,) * limits.HINTS,
    )
    assert full.check() == []
    assert Content(title="One", points=0, estimated_time_minutes=1).check() == []


def test_tests_without_an_id_get_the_next_free_one_in_order() -> None:
    test = ChallengeTest("", "Text.", "code")
    given: list[tuple[str | None, ChallengeTest]] = [
        (None, test),
        ("t2", test),
        (None, test),
        ("own", test),
        (None, test),
        ("t4", test),
    ]
    assert [one.id for one in with_ids(given)] == ["t1", "t2", "t3", "own", "t5", "t4"]
    assert with_ids([]) == ()
    assert [one.id for one in with_ids([("", test), (None, test)])] == ["", "t1"]
