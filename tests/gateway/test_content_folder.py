"""The folder format: what it means, what it refuses, and the demo that is written in it."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.content_files import ContentFolderError, read_file, read_folder
from gateway.content_files.folder import BESIDE, CHALLENGE_KEYS

ROOT = Path(__file__).parents[2]
LESSON = "01-web/02-first/03-text"
CHALLENGE = "---\ntitle: A link\ndifficulty: easy\npoints: 10\nminutes: 5\n---\n\nMake a link.\n"
TREE = {
    "01-web/track.md": "---\ntitle: Web\n---\n\nAbout the web.\n",
    "01-web/02-first/module.md": "---\ntitle: First\n---\n",
    f"{LESSON}/lesson.md": "---\ntitle: Text\n---\n",
    f"{LESSON}/01-a-link.md": CHALLENGE,
    f"{LESSON}/01-a-link.starter.html": "<p>here</p>\n",
    f"{LESSON}/01-a-link.tests.js": "// @test t1: There is a link.\nassert.exists(link);\n",
}
NO_CODE = {"html": "", "css": "", "js": ""}


def lay_out(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def faults_of(*folders: Path) -> list[str]:
    with pytest.raises(ContentFolderError) as caught:
        read_folder(*folders)
    assert str(caught.value).split("\n") == [f"{fault.place}: {fault.message}" for fault in caught.value.faults]
    return [str(fault).removeprefix(f"{folders[0]}/") for fault in caught.value.faults]


def challenges(tree: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        "/".join((track["slug"], module["slug"], lesson["slug"], challenge["slug"])): challenge
        for track in tree["tracks"]
        for module in track["modules"]
        for lesson in module["lessons"]
        for challenge in lesson["challenges"]
    }


def test_a_folder_reads_as_the_input_of_apply_content(tmp_path: Path) -> None:
    challenge = {
        "slug": "a-link",
        "title": "A link",
        "instructions": "Make a link.",
        "difficulty": "EASY",
        "points": 10,
        "estimatedTimeMinutes": 5,
        "starter": NO_CODE | {"html": "<p>here</p>"},
        "solution": NO_CODE,
        "tests": [
            {
                "id": "t1",
                "text": "There is a link.",
                "code": "assert.exists(link);",
                "weight": 1,
                "hidden": False,
            }
        ],
        "hints": [],
    }
    lesson = {"slug": "text", "title": "Text", "challenges": [challenge]}
    module = {"slug": "first", "title": "First", "lessons": [lesson]}
    track = {"slug": "web", "title": "Web", "description": "About the web.", "modules": [module]}
    assert read_folder(lay_out(tmp_path, TREE)) == {"tracks": [track]}


def test_the_example_in_the_documentation_reads(tmp_path: Path) -> None:
    text = (ROOT / "docs/content-format.md").read_text()
    files = re.findall(r"^### `([^`]+)`\n\n```\w+\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(files) == 7
    tree = challenges(read_folder(lay_out(tmp_path, dict(files))))
    tests = tree["web-pages/first-page/headings/one-heading"]["tests"]
    assert [(test["id"], test["weight"], test["hidden"]) for test in tests] == [
        ("one-h1", 1, False),
        ("its-text", 2, False),
        ("nothing-else", 1, True),
    ]


@pytest.mark.parametrize("word", [*CHALLENGE_KEYS, *(f"NAME.{rest}" for rest in BESIDE)])
def test_every_key_and_file_is_documented(word: str) -> None:
    assert f"`{word}`" in (ROOT / "docs/content-format.md").read_text()


def test_numbers_give_the_order_and_are_no_part_of_the_slug(tmp_path: Path) -> None:
    names = ["zeta", "10-ten", "2-two", "02-also-two", "3-3d", "alpha"]
    files = TREE | {f"{LESSON}/{name}.md": CHALLENGE for name in names}
    slugs = [challenge["slug"] for challenge in challenges(read_folder(lay_out(tmp_path, files))).values()]
    assert slugs == ["a-link", "also-two", "two", "3d", "ten", "alpha", "zeta"]


def test_front_matter_names_slug_former_path_and_hints(tmp_path: Path) -> None:
    front = "slug: other\nformerPath: web/first/text/old\nhints:\n  - One\n  - |\n    Two\n    lines\n"
    files = TREE | {f"{LESSON}/01-Any name.md": CHALLENGE.replace("minutes", f"{front}minutes")}
    challenge = challenges(read_folder(lay_out(tmp_path, files)))["web/first/text/other"]
    assert challenge["formerPath"] == "web/first/text/old"
    assert challenge["hints"] == [{"text": "One"}, {"text": "Two\nlines"}]


def test_values_are_taken_as_written(tmp_path: Path) -> None:
    for title in ("No", "1.10", "2024-01-01", "0x1F", "~"):
        lay_out(tmp_path, {**TREE, "01-web/track.md": f"---\ntitle: {title}\n---\n"})
        tracks: Any = read_folder(tmp_path)["tracks"]
        assert tracks[0]["title"] == title


def test_line_ends_and_byte_order_marks_are_normalised(tmp_path: Path) -> None:
    plain = read_folder(lay_out(tmp_path / "lf", TREE))
    for name, end in (("crlf", "\r\n"), ("cr", "\r")):
        files = {path: b"\xef\xbb\xbf" + text.replace("\n", end).encode() for path, text in TREE.items()}
        assert read_folder(lay_out(tmp_path / name, files)) == plain


def test_blank_lines_around_a_test_are_not_part_of_it_unless_it_has_an_end(tmp_path: Path) -> None:
    text = "// Our own words.\n\n// @test a hidden weight=3: One:\n//: two\n\n  code();\n\n\n\n"
    text += "// @test b: Exact\n\ncode();\n\n// @end\n\n// A remark.\n// @test c: Last\n//comment\n"
    tree = read_folder(lay_out(tmp_path, {**TREE, f"{LESSON}/01-a-link.tests.js": text}))
    assert challenges(tree)["web/first/text/a-link"]["tests"] == [
        {"id": "a", "text": "One:\ntwo", "code": "  code();", "weight": 3, "hidden": True},
        {"id": "b", "text": "Exact", "code": "\ncode();\n", "weight": 1, "hidden": False},
        {"id": "c", "text": "Last", "code": "//comment", "weight": 1, "hidden": False},
    ]


def test_read_me_license_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    plain = read_folder(lay_out(tmp_path, TREE))
    extra = ["README.md", "LICENSE", ".git/config", "01-web/README.md", f"{LESSON}/.draft.md.swp"]
    assert read_folder(lay_out(tmp_path, dict.fromkeys(extra, "text"))) == plain


KNOWN = "title, slug, formerPath, difficulty, points, minutes, hints"
SHAPE = "A test opens with a line such as // @test one-h1 weight=2 hidden: The page has one h1."
LINK = f"{LESSON}/01-a-link"


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        ("01-web/track.md", "Web\n", ["1: The file opens with its front matter, between two lines of ---."]),
        ("01-web/track.md", "---\ntitle: A\n", ["1: The front matter is not closed by a second line of ---."]),
        ("01-web/track.md", "---\n---\n", ["1: The front matter needs the key title."]),
        ("01-web/track.md", "---\ntitle:\n---\n", ["2: title is empty."]),
        (
            "01-web/track.md",
            "---\n- title\n---\n",
            ["2: The front matter is made of keys with values, such as title: A page."],
        ),
        ("01-web/track.md", "---\ntitle: \x07\n---\n", ["2: The front matter holds a control character."]),
        ("01-web/track.md", '---\ntitle: "\\0"\n---\n', ["2: title holds a NUL character."]),
        ("01-web/track.md", '---\ntitle: "\\uD83D"\n---\n', ["2: title holds half a surrogate pair."]),
        ("01-web/track.md", "---\ntitle: A\n---\na\0\n", ["4: There is a NUL character in this line."]),
        ("01-web/track.md", b"---\ntitle: \xfc\n---\n", ["2: The byte 0xfc is not valid UTF-8 here."]),
        (
            "01-web/track.md",
            "---\ntitle: A\nslug: Two Words\nformerPath: a/b\n---\n",
            [
                "4: formerPath is a path of slugs of the form track, not 'a/b'.",
                "3: The slug 'Two Words' is not made of small letters and digits in groups joined by single hyphens.",
            ],
        ),
        (
            "01-web/02-first/module.md",
            "---\ntitle: A\n---\n\nText\n",
            ["1: Only a track has a description; a module's can stand in a README.md."],
        ),
        (
            f"{LINK}.md",
            "---\ntitle: \ntitel: b\nxyz: c\ntitle: d\ndifficulty: harsh\npoints: -1\nminutes: 0\nhints: e\n---\n",
            [
                "5: The key 'title' is here twice, first in line 2.",
                "3: The key 'titel' is unknown here; did you mean title?",
                f"4: The key 'xyz' is unknown here; known are {KNOWN}.",
                "2: title is empty.",
                "6: difficulty is one of easy, medium, hard, not 'harsh'.",
                "7: points is a whole number from 0 on, not '-1'.",
                "8: minutes is a whole number from 1 on, not '0'.",
                "9: hints is a list, each item after a dash.",
            ],
        ),
        (
            f"{LINK}.tests.js",
            "x\n// @test t1 weight=x: A\nx\n// @test t1: B\n// @test hidden: C\n// @test d:\nx\n// @end\n// @end\n",
            [
                f"1: Outside a test only // comments can stand. {SHAPE}",
                f"2: 'weight=x' is neither hidden nor fresh nor weight= or timeout= with a whole number. {SHAPE}",
                "4: The test t1 has no code below it.",
                "4: The test id 't1' is here twice, first in line 2.",
                f"5: {SHAPE}",
                "6: The test d needs a text after the colon.",
                "9: This // @end closes no test.",
            ],
        ),
        (
            f"{LESSON}/02-a-link.md",
            CHALLENGE,
            [f"1: The slug 'a-link' is taken by {{root}}/{LINK}.md."],
        ),
        (
            f"{LESSON}/Aa.md",
            CHALLENGE,
            [
                "1: The slug 'Aa' is not made of small letters and digits in groups joined by single hyphens."
                " Rename it or give the key slug."
            ],
        ),
        (f"{LINK}.strater.js", "", ["1: No file of this name has a place here; did you mean 01-a-link.starter.js?"]),
        (f"{LESSON}/02-b.tests.js", "", ["1: There is no 02-b.md beside it, so it belongs to no challenge."]),
        (
            f"{LESSON}/more/a.md",
            "",
            ["1: A lesson's folder holds the files of its challenges and no further folder."],
        ),
        ("01-web/notes.txt", "", ["1: A file of this name has no place here; each module is a folder."]),
        ("track.md", "", ["1: This is a track's folder; name the one that holds the tracks."]),
        ("01-web/lesson.md", "", ["1: lesson.md does not belong into a track's folder."]),
        ("02-css/README.md", "", ["1: This file is missing; it gives the track's title."]),
    ],
)
def test_each_fault_is_told_with_its_line(tmp_path: Path, name: str, text: str | bytes, faults: list[str]) -> None:
    place = {
        f"{LESSON}/more/a.md": f"{LESSON}/more",
        "02-css/README.md": "02-css/track.md",
    }.get(name, name)
    expected = [f"{place}:{fault}".replace("{root}", str(tmp_path)) for fault in faults]
    assert faults_of(lay_out(tmp_path, {**TREE, name: text})) == expected


def test_faults_of_all_files_come_together(tmp_path: Path) -> None:
    broken: dict[str, str | bytes] = {
        "01-web/track.md": "---\n---\n",
        f"{LESSON}/lesson.md": "Text",
        f"{LINK}.md": "no front matter",
        f"{LINK}.tests.js": "code();\n",
        f"{LINK}.starter.css": b"\xff",
    }
    assert [fault.split(": ")[0] for fault in faults_of(lay_out(tmp_path, {**TREE, **broken}))] == [
        "01-web/track.md:1",
        f"{LESSON}/lesson.md:1",
        f"{LINK}.md:1",
        f"{LINK}.starter.css:1",
        f"{LINK}.tests.js:1",
    ]


def test_links_pipes_and_loops_are_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, TREE)
    (tmp_path / "02-loop").symlink_to(tmp_path)
    (tmp_path / f"{LINK}.solution.js").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / f"{LINK}.solution.css")
    assert faults_of(tmp_path) == [
        "02-loop:1: This is a symbolic link; the content itself must lie here.",
        f"{LINK}.solution.js:1: This is a symbolic link; the content itself must lie here.",
        f"{LINK}.solution.css:1: This is not an ordinary file.",
    ]


def test_a_file_larger_than_a_push_is_refused(tmp_path: Path) -> None:
    lay_out(tmp_path, {**TREE, f"{LINK}.solution.js": ""})
    os.truncate(tmp_path / f"{LINK}.solution.js", 16 * 1024 * 1024 + 1)
    assert faults_of(tmp_path) == [f"{LINK}.solution.js:1: The file is larger than 16 MB."]


def test_missing_and_empty_folders_are_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == [f"{tmp_path}:1: The folder holds no track."]
    assert faults_of(tmp_path / "no", tmp_path / "none") == [
        f"{tmp_path}/no:1: There is no such folder.",
        f"{tmp_path}/none:1: There is no such folder.",
    ]


def test_a_later_edition_replaces_a_challenge_whole_and_adds_new_ones_in_order(tmp_path: Path) -> None:
    base = {**TREE, f"{LESSON}/03-last.md": CHALLENGE}
    later = {
        f"{LESSON}/a-link.md": CHALLENGE.replace("A link", "A better link"),
        f"{LESSON}/02-new.md": CHALLENGE.replace("A link", "New"),
        "02-css/track.md": "---\ntitle: CSS\n---\n",
    }
    tree: Any = read_folder(lay_out(tmp_path / "1", base), lay_out(tmp_path / "2", later))
    assert [track["title"] for track in tree["tracks"]] == ["Web", "CSS"]
    found = challenges(tree)
    assert [(it["slug"], it["title"]) for it in found.values()] == [
        ("a-link", "A better link"),
        ("new", "New"),
        ("last", "A link"),
    ]
    assert found["web/first/text/a-link"]["tests"] == []
    assert found["web/first/text/a-link"]["starter"] == NO_CODE


def test_a_later_edition_moves_what_names_its_former_path(tmp_path: Path) -> None:
    later = {
        "01-web/02-first/09-words/lesson.md": "---\ntitle: Words\nformerPath: web/first/text\n---\n",
        "01-web/02-first/10-links/lesson.md": "---\ntitle: Links\n---\n",
        "01-web/02-first/10-links/01-moved.md": CHALLENGE.replace("title", "formerPath: web/first/text/two\ntitle"),
    }
    base = {**TREE, f"{LESSON}/02-two.md": CHALLENGE}
    tree = read_folder(lay_out(tmp_path / "1", base), lay_out(tmp_path / "2", later))
    assert list(challenges(tree)) == ["web/first/words/a-link", "web/first/links/moved"]


def test_a_later_edition_cannot_bring_a_level_without_its_title(tmp_path: Path) -> None:
    lay_out(tmp_path / "1", TREE)
    lay_out(tmp_path / "2", {"01-web/03-more/01-text/01-a.md": CHALLENGE})
    assert faults_of(tmp_path / "1", tmp_path / "2") == [
        f"{tmp_path}/2/01-web/03-more/module.md:1: This file is missing; it gives the module's title.",
        f"{tmp_path}/2/01-web/03-more/01-text/lesson.md:1: This file is missing; it gives the lesson's title.",
    ]


def test_a_json_file_is_handed_on_as_it_is(tmp_path: Path) -> None:
    tree = {"tracks": [{"slug": "web", "title": "Web"}]}
    path = tmp_path / "tree.json"
    path.write_text(json.dumps(tree))
    assert read_file(path) == tree


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            '{"tracks": [\n  {"slug": }]}',
            "2: This is not JSON: unexpected character, expected a JSON value (column 12).",
        ),
        ('{"tracks": ["\\ud83d"]}', "1: This is not JSON: "),
        ("[" * 99_999, "1: This is not JSON: "),
        ("[]", '1: The file holds one object with a list of tracks: {"tracks": […]}.'),
        ('{"tracks": {}}', '1: The file holds one object with a list of tracks: {"tracks": […]}.'),
        (
            '{"tracks": [], "prune": true}',
            "1: Beside tracks and libraries the object holds prune, which has no place here.",
        ),
        (b'{"tracks":\n\n"\xff"}', "3: The byte 0xff is not valid UTF-8 here."),
    ],
)
def test_json_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, text: str | bytes, fault: str) -> None:
    path = tmp_path / "tree.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ContentFolderError) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}:{fault}")


def test_a_missing_json_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentFolderError, match=r"none\.json:1: This is not an ordinary file\."):
        read_file(tmp_path / "none.json")


def test_the_demo_has_its_editions() -> None:
    editions = [ROOT / "demo" / name for name in ("1", "2", "3")]
    trees = [challenges(read_folder(*editions[: count + 1])) for count in range(3)]
    assert [len(tree) for tree in trees] == [21, 21, 22]
    texts = {
        path: [text for at, text in enumerate(found) if text not in found[:at]]
        for path in trees[-1]
        for found in [[json.dumps(tree[path]) for tree in trees if path in tree]]
    }
    counts = {path: len(different) for path, different in texts.items() if len(different) > 1}
    assert counts == {
        "web-pages/first-page/headings/one-heading": 3,
        "web-pages/first-page/links-and-pictures/a-link-out": 2,
        "web-pages/style/boxes/cards-in-a-row": 2,
        "small-scripts/values/functions/a-greeting": 2,
        "small-scripts/lists/arrays/the-total": 2,
        "small-scripts/values/decisions/leap-years": 2,
    }


def test_every_challenge_of_the_demo_is_complete() -> None:
    for path, challenge in challenges(read_folder(*(ROOT / "demo" / name for name in ("1", "2", "3")))).items():
        assert challenge["instructions"], path
        assert challenge["hints"], path
        assert 2 <= len(challenge["tests"]) <= 5, path
        assert not all(test["hidden"] for test in challenge["tests"]), path
        assert challenge["starter"] != challenge["solution"], path
