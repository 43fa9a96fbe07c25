"""Front matter loses nothing: each value is taken as it is written, or refused at its line."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.content_files import ContentFolderError, read_folder, write_folder
from gateway.content_files.values import ESCAPE, SEVERAL_LINES
from versioning.content.definition import Content
from versioning.tree.changes import node_faults

LESSON = "01-t/01-m/01-l"
PLACE = f"{LESSON}/01-c.md"
REST = "difficulty: easy\npoints: 10\nminutes: 3\n"
# What YAML would take for something else, or pass over, when it stands in a line.
SIGNS = [
    "Select #main",
    "#main",
    "a: b",
    "Step 1: say",
    "`code`",
    "[a]",
    "[a",
    "{b}",
    "{b",
    "@media",
    "%d",
    "*",
    "**b**",
]
SIGNS += [
    "&amp;",
    "& more",
    "! important",
    "!x y",
    "|",
    "|x",
    ">",
    "> 5",
    ">=",
    "-",
    "- x",
    "---x",
    "? why",
    "?",
    ":",
    "a:",
]
SIGNS += [
    '"Yes" is not "no"',
    "'tis",
    "'a' or 'b'",
    '"',
    "'",
    '"open',
    'end"',
    "yes",
    "null",
    "~",
    "1.0",
    "0x1F",
    "<<",
    "=",
]
SIGNS += [
    "a\x85b",
    "a\u2028b",
    "a\u2029",
    "\u2028b",
    "a\ufeffb",
    "C:\\new",
    "a \t b",
    "a'b",
    'a"b',
    "# a # b",
    "\xa0x",
    "!!int 3",
]
OTHER_ENDS = "\x0b\x0c\x1c\x1d\x1e"
NO_CODE = {"html": "", "css": "", "js": ""}


def read(folder: Path, front: str, body: str = "") -> Any:
    """Return the challenge whose file has these lines of front matter."""
    for path, name in zip(("01-t", "01-t/01-m", LESSON), ("track", "module", "lesson"), strict=True):
        (folder / path).mkdir(parents=True, exist_ok=True)
        (folder / path / f"{name}.md").write_text("---\ntitle: T\n---\n")
    (folder / PLACE).write_bytes(f"---\n{front}---\n{body}".encode())
    tree: Any = read_folder(folder)
    return tree["tracks"][0]["modules"][0]["lessons"][0]["challenges"][0]


def faults_of(folder: Path, front: str) -> list[str]:
    with pytest.raises(ContentFolderError) as caught:
        read(folder, front)
    return [str(fault).removeprefix(f"{folder}/{PLACE}:") for fault in caught.value.faults]


@pytest.mark.parametrize("text", SIGNS, ids=ascii)
def test_what_stands_on_one_line_is_text_to_the_end_of_the_line(tmp_path: Path, text: str) -> None:
    challenge = read(tmp_path, f"title: {text}\nhints:\n  - {text}\n  - {text} \n{REST}")
    assert challenge["title"] == text
    assert challenge["hints"] == [{"text": text}, {"text": text}]
    assert read(tmp_path, f"hints:\n- {text}\n-\t{text}\ntitle:\t{text}\t\n{REST}") == challenge


LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from(" #:'\"\\|-\x85\u2028\u2029"))


@settings(deadline=None, max_examples=300)
@given(text=LINES)
def test_any_text_of_one_line_is_taken_or_is_a_pair_of_quotes(text: str) -> None:
    text = text.strip(" ")
    with TemporaryDirectory() as name:
        if not text.strip() or text[0] == text[-1] in ("'", '"'):
            return  # of which another test tells
        challenge = read(Path(name), f"title: {text}\nhints:\n  - {text}\n{REST}")
    assert challenge["title"] == challenge["hints"][0]["text"] == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"a # b: c"', "a # b: c"),
        ("'It''s'", "It's"),
        ('"a\\tb \\u0041\\\\"', "a\tb A\\"),
        ('"a\x85b\u2028c"', "a\x85b\u2028c"),
        ("'a\u2029b'", "a\u2029b"),
        ("|\n  Two # lines\n  a: b\x85c\n", "Two # lines\na: b\x85c"),
        ("|-\n  one\n\n  two\n", "one\n\ntwo"),
        ("|2\n   one\n", " one"),
        (">\n  one\n  two\n", "one two"),
        ("one\n  two\n\n  three: 3\n", None),
        ("one\n  two\n\n  three\n", "one two\nthree"),
        ("\n  one\u2028a\n  two\n", "one\u2028a two"),
        ('"one # a\n  two"\n', "one # a two"),
        ("\n  'one'\n", "one"),
        ("one\n# A remark.\n", "one"),
        ("one\n  # two\n", None),
        ("one # a\n  two\n", None),
        ("one\n# A remark.\n  two\n", None),
        ("|\n    one\n  # two\n", None),
        ("| # one\n  two\n", None),
        ("|\n  one\n# two\n  three\n", None),
        ("\n  - one\n", None),
        ("&a one\n  two\n", None),
        ("!x one\n  two\n", None),
        ("*a\n  two\n", None),
        ("[one,\n  two]\n", None),
        ('"one" two\n  three\n', None),
        ('"one\n  two" # three\n', None),
        ("[" * 2000 + "\n  a\n", None),
    ],
    ids=ascii,
)
def test_quotes_blocks_and_several_lines_are_read_whole_or_refused(
    tmp_path: Path, value: str, text: str | None
) -> None:
    front = f"# A remark.\ntitle: {value.rstrip()}\n{REST}"
    if text is None:
        assert faults_of(tmp_path, front) == [f"3: title {SEVERAL_LINES}"]
        return
    assert read(tmp_path, front)["title"] == text
    item = value.rstrip().replace("\n", "\n  ").replace("\n  #", "\n#")
    assert read(tmp_path, f"title: T\nhints:\n  # A remark.\n  - {item}\n\n  - b\n{REST}")["hints"] == [
        {"text": text},
        {"text": "b"},
    ]


WORDS = st.lists(
    st.sampled_from(["one", "#", "a:", "- x", '"', "'", "|", ">", "!t", "&a", "*a", "[", "]", "\x85", "\\"])
)


PAIR = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""")


@settings(deadline=None, max_examples=400)
@given(lines=st.lists(WORDS.map(" ".join), min_size=1, max_size=4), indents=st.lists(st.integers(1, 3), min_size=3))
@example(lines=["|", "one", "# two"], indents=[3, 1, 1])
@example(lines=['" " "'], indents=[1, 1, 1])
def test_a_value_of_several_lines_keeps_every_character(lines: list[str], indents: list[int]) -> None:
    first, *more = lines
    below = [" " * indent + line for line, indent in zip(more, indents, strict=False)]
    with TemporaryDirectory() as name:
        try:
            title = read(Path(name), "\n".join([f"title: {first}", *below, REST]))["title"]
        except ContentFolderError:
            return
    written = " ".join([first, *(line.strip(" ") for line in below)]).strip(" ")
    # What may be missing is only the sign of a block, a pair of quotes around it all, and their escapes.
    if written[0] in "|>" and any(map(str.strip, below)):
        written = written[1:]
    elif PAIR.fullmatch(written):
        written = re.sub(r"\\(.)", r"\1", written[1:-1]) if written[0] == '"' else written[1:-1].replace("''", "'")
    assert re.sub("[ \n]", "", title) == re.sub("[ \n]", "", written)


def test_other_keys_refuse_what_is_not_theirs_at_its_line(tmp_path: Path) -> None:
    front = "title: A\nslug: c # a\nformerPath: &x a/b/c/d\ndifficulty: easy # or not\npoints: !!int 3\nminutes: *x\n"
    assert faults_of(tmp_path, front) == [
        "4: formerPath is a path of slugs of the form track/module/lesson/challenge, not '&x a/b/c/d'.",
        "5: difficulty is one of easy, medium, hard, not 'easy # or not'. A remark stands on a line of its own.",
        "6: points is a whole number from 0 on, not '!!int 3'.",
        "7: minutes is a whole number from 1 on, not '*x'.",
        "3: The slug 'c # a' is not made of small letters and digits in groups joined by single hyphens."
        " A remark stands on a line of its own.",
    ]


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("{title: A}\n", "2: The front matter is made of keys with values, such as title: A page."),
        ("title: A\nand more\n", "3: The front matter is made of keys with values, such as title: A page."),
        ("title: A\npoints:10\n", "3: The front matter is made of keys with values, such as title: A page."),
        ("? title\n: A\n", "2: The front matter is made of keys with values, such as title: A page."),
        ("- title: A\n", "2: The front matter is made of keys with values, such as title: A page."),
        ('title: A\nhints:\n  - "\\d"\n', f"4: Each item of hints {ESCAPE}"),
        ("title: A\nhints:\n  - a\n b\n", "5: hints is a list, each item after a dash."),
        ("title: A\nhints: [a # b, c]\n", "3: hints is a list, each item after a dash."),
        ("title: A\nhints: [a, &x b]\n", "3: hints is a list, each item after a dash."),
        ("title: A\nhints: [a, b] # c\n", "3: hints is a list, each item after a dash."),
        ("title: A\nhints:\n  -\n", "4: Each item of hints is empty."),
    ],
)
def test_what_is_no_front_matter_is_refused_at_its_line(tmp_path: Path, front: str, fault: str) -> None:
    assert fault in faults_of(tmp_path, front)


@pytest.mark.parametrize("character", OTHER_ENDS, ids=ascii)
def test_a_control_character_is_refused_at_its_line_and_ends_none(tmp_path: Path, character: str) -> None:
    assert faults_of(tmp_path, f"{REST}title: A{character}B\n") == ["5: The front matter holds a control character."]


@pytest.mark.parametrize("character", [*OTHER_ENDS, "\x85", "\u2028", "\u2029"], ids=ascii)
def test_only_line_feeds_end_lines_in_bodies_and_tests(tmp_path: Path, character: str) -> None:
    body = f"a{character}---{character}b"
    read(tmp_path, f"title: A\n{REST}")
    (tmp_path / LESSON / "01-c.tests.js").write_text(
        f"// @test t1: a{character}b\nc;{character}// @end\n", newline="\n"
    )
    challenge = read(tmp_path, f"title: A\n{REST}", f"\n{body}\n")
    assert challenge["instructions"] == body
    assert [(test["text"], test["code"]) for test in challenge["tests"]] == [
        (f"a{character}b", f"c;{character}// @end")
    ]
    (tmp_path / PLACE).write_text(f"---{character}\ntitle: A\n{REST}---\n", newline="\n")
    with pytest.raises(ContentFolderError, match="1: The file opens with its front matter"):
        read_folder(tmp_path)


def test_lists_in_brackets_indented_keys_and_quoted_keys_are_read(tmp_path: Path) -> None:
    keys = f'title : A\n"hints": [a b, \'c, # d\', "e"]\n{REST}'
    front = "".join(f"  {line}\n" for line in keys.splitlines())
    challenge = read(tmp_path, front)
    assert challenge["title"] == "A"
    assert challenge["hints"] == [{"text": "a b"}, {"text": "c, # d"}, {"text": "e"}]


YAML_LIKE = [
    "yes",
    "null",
    "1.0",
    "- x",
    '"a"',
    " a",
    "a ",
    " ",
    "'",
    "|",
    ">",
    "| x",
    "a # b",
    "#a",
    "'a'",
    "\u2028",
    "{}",
    "[]",
]
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from([*YAML_LIKE, *SIGNS])


@settings(deadline=None, max_examples=300)
@given(title=ANY, hint=ANY | st.lists(ANY).map("\n".join), description=ANY | st.lists(ANY).map("\n".join))
@example(title="\x80\ufffe", hint="\x0b\n\x0c", description="\n")
def test_what_the_api_accepts_is_written_and_read_back(title: str, hint: str, description: str) -> None:
    content = Content(title, hints=(hint,)).normal()
    if content.check() or node_faults("t", title, description):
        return
    challenge = {
        "slug": "c",
        "title": title,
        "instructions": "",
        "difficulty": "EASY",
        "points": 10,
        "estimatedTimeMinutes": 10,
        "starter": NO_CODE,
        "solution": NO_CODE,
        "tests": [],
        "hints": [{"text": content.hints[0]}],
    }
    lesson = {"slug": "l", "title": title, "challenges": [challenge]}
    module = {"slug": "m", "title": title, "lessons": [lesson]}
    description = description.replace("\r\n", "\n").replace("\r", "\n")
    tree = {"tracks": [{"slug": "t", "title": title, "description": description, "modules": [module]}]}
    with TemporaryDirectory() as name:
        write_folder(tree, Path(name) / "out")
        assert read_folder(Path(name) / "out") == tree
