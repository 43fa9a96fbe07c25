"""Hooks, limits and libraries in a content folder."""

from pathlib import Path
from typing import Any

import pytest

from gateway.content_files import ContentFolderError, read_folder
from tests.gateway.test_content_folder import LESSON, TREE, challenges, lay_out


def test_hooks_limits_and_libraries_stand_in_the_tests_file(tmp_path: Path) -> None:
    text = """// @library dom-helpers
// @library 0123abcd
// @before-all
ready = true;

// @before-each
const link = document.querySelector("a");
// @end
// A comment of the author's.
// @after-each
delete window.open;
// @test t1 timeout=5000 fresh weight=2 hidden: There is a link.
assert.exists(link);
// @test t2 timeout=2000: It is one.
assert.exists(link);
"""
    files = TREE | {f"{LESSON}/01-a-link.tests.js": text, "libraries/dom-helpers.js": "const one = 1;\n"}
    tree = read_folder(lay_out(tmp_path, files))
    found = challenges(tree)["web/first/text/a-link"]
    assert tree["libraries"] == [{"name": "dom-helpers", "source": "const one = 1;"}]
    assert found["libraries"] == ["dom-helpers", "0123abcd"]
    assert found["hooks"] == {
        "beforeAll": "ready = true;",
        "beforeEach": 'const link = document.querySelector("a");',
        "afterEach": "delete window.open;",
    }
    code = "assert.exists(link);"
    assert found["tests"] == [
        {
            "id": "t1",
            "text": "There is a link.",
            "code": code,
            "weight": 2,
            "hidden": True,
            "timeoutMs": 5000,
            "fresh": True,
        },
        {"id": "t2", "text": "It is one.", "code": code, "weight": 1, "hidden": False},
    ]


def test_a_later_edition_has_the_last_word_on_a_library(tmp_path: Path) -> None:
    first = lay_out(tmp_path / "1", TREE | {"libraries/a.js": "1;", "libraries/b.js": "2;"})
    second = lay_out(tmp_path / "2", {"libraries/b.js": "3;", "libraries/c.js": "4;"})
    found: Any = read_folder(first, second)["libraries"]
    assert [(one["name"], one["source"]) for one in found] == [("a", "1;"), ("b", "3;"), ("c", "4;")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("// @library", "A library is named by a line"),
        ("// @library two words", "A library is named by a line"),
        ("// @before-all: text\n1;", "A hook has no name and no text"),
        ("// @before-all\n\n", "has no code below it"),
        ("// @before-all\n1;\n// @before-all\n2;", "is here twice"),
        ("// @test t9 timeout=soon: Text.\n1;", "is neither hidden nor fresh"),
    ],
)
def test_a_slip_in_hooks_and_libraries_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    files = TREE | {f"{LESSON}/01-a-link.tests.js": f"{line}\n// @test t1: Text.\n1;\n"}
    with pytest.raises(ContentFolderError) as caught:
        read_folder(lay_out(tmp_path, files))
    (fault,) = caught.value.faults
    assert told in str(fault)
    assert "01-a-link.tests.js:" in str(fault)


@pytest.mark.parametrize("name", ["Helpers.js", "notes.txt", "-.js"])
def test_only_scripts_lie_among_the_libraries(tmp_path: Path, name: str) -> None:
    with pytest.raises(ContentFolderError) as caught:
        read_folder(lay_out(tmp_path, TREE | {f"libraries/{name}": "1;"}))
    assert "Test libraries are files such as dom-helpers.js." in str(caught.value.faults[0])
