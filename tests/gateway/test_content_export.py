"""Writing a tree as a folder: nothing is lost, nothing is half written, and what cannot be said is refused."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.content_files import ContentFolderError, read_folder, write_folder

NO_CODE = {"html": "", "css": "", "js": ""}

# Everything that text can hold: control characters, marks, lines that look like the format's own.
MARKS = ["---", "// remark", "  x", "", " ", "title: a", "\ufeff", "\x85", "\u2028", "a: b # c", "'", "~"]
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20),
    st.lists(st.sampled_from(MARKS), max_size=4).map("\n".join),
)
# A line of code that reads as one of the format's own is refused; another test sees to that.
OWN_LINE = re.compile(r"//[ \t]*@(test|end|library|before-all|before-each|after-each)|\A//:", re.MULTILINE)
FULL_TEXT = TEXT.filter(lambda text: text.strip() != "")
SLUGS = st.from_regex(r"[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
CODE = st.fixed_dictionaries({"html": TEXT, "css": TEXT, "js": TEXT})
TEST = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[a-z][a-z0-9-]{0,4}", fullmatch=True),
        "text": FULL_TEXT,
        "code": FULL_TEXT.filter(lambda code: not OWN_LINE.search(code)),
        "weight": st.integers(0, 999),
        "hidden": st.booleans(),
    },
    optional={"timeoutMs": st.integers(1, 1999), "fresh": st.just(True)},
)
HOOK = FULL_TEXT.filter(lambda code: not OWN_LINE.search(code))
HOOKS = st.fixed_dictionaries({"beforeAll": HOOK}, optional={"beforeEach": HOOK, "afterEach": HOOK})
NAMES = st.from_regex(r"[a-z0-9]{1,5}([._-][a-z0-9]{1,5}){0,2}", fullmatch=True)
LIBRARIES = st.fixed_dictionaries({"name": NAMES, "source": FULL_TEXT})


def level(children: str, below: st.SearchStrategy[dict[str, Any]], **more: st.SearchStrategy[Any]) -> Any:
    nodes = st.lists(below, max_size=3, unique_by=lambda node: node["slug"])
    return st.fixed_dictionaries({"slug": SLUGS, "title": FULL_TEXT, children: nodes, **more})


CHALLENGES = st.fixed_dictionaries(
    {
        "slug": SLUGS,
        "title": FULL_TEXT,
        "instructions": TEXT,
        "difficulty": st.sampled_from(["EASY", "MEDIUM", "HARD"]),
        "points": st.integers(0, 1000),
        "estimatedTimeMinutes": st.integers(1, 1000),
        "starter": CODE,
        "solution": CODE,
        "tests": st.lists(TEST, max_size=3, unique_by=lambda test: test["id"]),
        "hints": st.lists(st.fixed_dictionaries({"text": FULL_TEXT}), max_size=2),
    },
    optional={
        "formerPath": st.just("a/b/c/d"),
        "hooks": HOOKS,
        "libraries": st.lists(NAMES, min_size=1, max_size=2),
    },
)
LESSONS = level("challenges", CHALLENGES)
TRACKS = level("modules", level("lessons", LESSONS), description=TEXT)


@settings(deadline=None, max_examples=150)
@given(
    tracks=st.lists(TRACKS, min_size=1, max_size=2, unique_by=lambda track: track["slug"]),
    libraries=st.lists(LIBRARIES, max_size=2, unique_by=lambda library: library["name"]),
)
def test_a_tree_written_as_a_folder_reads_as_the_same_tree(
    tracks: list[dict[str, Any]], libraries: list[dict[str, str]]
) -> None:
    tree: dict[str, Any] = {"tracks": tracks}
    if libraries:
        tree["libraries"] = sorted(libraries, key=lambda library: library["name"])
    with TemporaryDirectory() as name:
        write_folder(tree, Path(name))
        assert read_folder(Path(name)) == tree


def test_fields_left_out_are_written_as_their_defaults(tmp_path: Path) -> None:
    challenge = {
        "slug": "a",
        "title": "A",
        "instructions": "one\r\ntwo",
        "difficulty": "HARD",
        "points": 1,
        "estimatedTimeMinutes": 2,
        "tests": [{"text": "First", "code": "a()"}, {"text": "Second", "code": "b()"}],
    }
    lesson = {"slug": "l", "title": "L", "challenges": [challenge]}
    tree = {"tracks": [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]}
    write_folder(tree, tmp_path / "out")
    written: Any = read_folder(tmp_path / "out")
    found = written["tracks"][0]["modules"][0]["lessons"][0]["challenges"][0]
    assert found["instructions"] == "one\ntwo"
    assert [(test["id"], test["weight"], test["hidden"]) for test in found["tests"]] == [
        ("t1", 1, False),
        ("t2", 1, False),
    ]
    assert (found["starter"], found["solution"], found["hints"]) == (NO_CODE, NO_CODE, [])


def test_what_the_format_cannot_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    test: dict[str, Any] = {"id": "a b", "text": " ", "code": "x\n// @test y: z", "weight": -1, "hidden": False}
    challenge = {
        "slug": "../../escape",
        "title": "",
        "instructions": "a\0",
        "difficulty": "EASY",
        "points": 1,
        "estimatedTimeMinutes": 1,
        "tests": [
            test,
            {**test, "id": "e", "text": "t", "code": "", "weight": 1},
            {"id": "e", "text": "t", "code": "c"},
        ],
    }
    lesson = {"slug": "l", "title": "L", "challenges": [challenge]}
    track = {"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}
    with pytest.raises(ContentFolderError) as caught:
        write_folder({"tracks": [track, {"slug": "t", "title": "\ud800"}]}, tmp_path / "out")
    place = "t/m/l/../../escape"
    assert [str(fault) for fault in caught.value.faults] == [
        f"'{place}': The slug is not fit for the name of a file.",
        f"{place} title: This is empty, and the front matter holds no empty text.",
        f"{place}: The text holds a NUL character.",
        f"{place}: Two tests have the same id.",
        f"{place} test a b: A test id is not the word hidden and holds no white space, : or =.",
        f"{place} test a b: A test's weight is a whole number from 0 on.",
        f"{place} test a b: A test needs a text.",
        f"{place} test a b: The code has a line that the tests file would take for one of its own.",
        f"{place} test e: It needs code.",
        "t: The slug is here twice.",
        "t title: The text holds half a surrogate pair.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ContentFolderError, match=r"A folder to write into must be new or empty\."):
        write_folder({"tracks": [{"slug": "t", "title": "T"}]}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
