"""Reads a curriculum: from a folder in the format of ``docs/content-format.md``, or from one JSON file.

Nothing is guessed. A file that has no place in the format is a fault and not passed over, because the usual
reason is a misspelt name, and a test that silently stays at home is worse than a refused push.
"""

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path

import orjson

from gateway.content_files.faults import Faults, shown
from gateway.content_files.frontmatter import Page, read_page, remark_hint
from gateway.content_files.nodes import LEVELS, Node, lay_over
from gateway.content_files.tests_file import read_tests
from gateway.content_files.text import SLUG, read_text

LEVEL_FILES = tuple(f"{level}.md" for level in LEVELS[:3])
PASSED_OVER = ("README.md", "LICENSE", "LICENSE.md")
LEVEL_KEYS = ("title", "slug", "formerPath")
CHALLENGE_KEYS = (*LEVEL_KEYS, "difficulty", "points", "minutes", "hints")
DIFFICULTIES = ("EASY", "MEDIUM", "HARD")
LANGUAGES = ("html", "css", "js")
CODE_FILES = tuple(f"{part}.{language}" for part in ("starter", "solution") for language in LANGUAGES)
BESIDE = (*CODE_FILES, "tests.js")
LIBRARIES = "libraries"  # the folder of test libraries, beside the tracks
LIBRARY = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")

_NAMES_BESIDE = ", ".join(f"NAME.{rest}" for rest in BESIDE)
_NUMBERED = re.compile(r"(?:([0-9]+)-)?(.+)", re.DOTALL)


def read_folder(folder: Path, *over: Path) -> dict[str, object]:
    """Return ``{"tracks": […]}`` of ``ApplyContentInput``, and ``libraries`` where there are any, from ``folder``.

    Each folder of ``over`` holds a later edition of some parts and is laid over what came before: a challenge
    with the same slug path replaces the earlier one whole, anything new joins in its place by number.

    Raises:
        ContentFolderError: with all faults of all folders.
    """
    faults = Faults()
    editions = [_read_edition(path, faults) for path in (folder, *over)]
    root = editions[0]
    for later in editions[1:]:
        lay_over(root, later)
    if not root.children and not faults.found:
        faults.add(folder, 1, "The folder holds no track.")
    for _, node in root.walk():
        if node.fields is None:
            level = LEVELS[node.depth - 1]
            faults.add(node.path / f"{level}.md", 1, f"This file is missing; it gives the {level}'s title.")
    libraries = _read_libraries((folder, *over), faults)
    faults.raise_any()
    found: dict[str, object] = {"tracks": root.json()["tracks"]}
    return found | ({"libraries": libraries} if libraries else {})


def _read_libraries(folders: Sequence[Path], faults: Faults) -> list[dict[str, object]]:
    """Return the test libraries of all folders by name, later ones in the place of earlier ones of the same name."""
    found: dict[str, dict[str, object]] = {}
    for folder in folders:
        shelf = folder / LIBRARIES
        for name in _entries(shelf, faults) if shelf.is_dir() else ():
            stem = name.removesuffix(".js")
            if stem == name or not LIBRARY.fullmatch(stem) or (shelf / name).is_dir():
                faults.add(shelf / name, 1, "Test libraries are files such as dom-helpers.js.")
            elif (text := read_text(shelf / name, faults)) is not None:
                found[stem] = {"name": stem, "source": text.removesuffix("\n")}
    return [found[name] for name in sorted(found)]


def read_file(path: Path) -> dict[str, object]:
    """Return ``{"tracks": […]}`` from a JSON file, with ``libraries`` where it has them; what is inside is left to the
    server to judge.

    Raises:
        ContentFolderError: when the file cannot be read, is not JSON, or is another kind of JSON.
    """
    faults = Faults()
    # A file named on the command line may be a link: somebody pointed at it on purpose.
    text = read_text(path.resolve() if path.is_file() else path, faults)
    tree: object = None
    if text is not None:
        try:
            tree = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            faults.add(path, error.lineno, f"This is not JSON: {error.msg} (column {error.colno}).")
    faults.raise_any()
    if not isinstance(tree, dict) or not isinstance(tree.get("tracks"), list):
        faults.add(path, 1, 'The file holds one object with a list of tracks: {"tracks": […]}.')
    elif other := sorted(tree.keys() - {"tracks", "libraries"}):
        faults.add(
            path, 1, f"Beside tracks and libraries the object holds {', '.join(other)}, which has no place here."
        )
    faults.raise_any()
    assert isinstance(tree, dict)
    return tree


def _read_edition(folder: Path, faults: Faults) -> Node:
    root = Node("", 0, folder)
    if folder.is_dir():
        _read_children(root, folder, faults)
    else:
        faults.add(folder, 1, "There is no such folder.")
    return root


def _read_children(node: Node, folder: Path, faults: Faults) -> None:
    """Fill ``node`` from ``folder``: one child for each folder of the next level, or for each challenge."""
    entries = _entries(folder, faults)
    for depth, name in enumerate(LEVEL_FILES, 1):
        if name in entries:
            entries.remove(name)
            if node.depth == 0:
                faults.add(
                    folder / name,
                    1,
                    f"This is a {LEVELS[depth - 1]}'s folder; name the one that holds the tracks.",
                )
                return
            if node.depth != depth:
                message = f"{name} does not belong into a {LEVELS[node.depth - 1]}'s folder."
                faults.add(folder / name, 1, message)
    if node.depth == 3:
        _read_challenges(node, folder, entries, faults)
        return
    for name in entries:
        if node.depth == 0 and name == LIBRARIES:
            continue
        path = folder / name
        if not path.is_dir():
            message = f"A file of this name has no place here; each {LEVELS[node.depth]} is a folder."
            faults.add(path, 1, message)
            continue
        child = Node("", node.depth + 1, path)
        level_file = path / f"{LEVELS[node.depth]}.md"
        page = read_page(level_file, faults) if os.path.lexists(level_file) else None
        if os.path.lexists(level_file):
            child.fields = _level_fields(page, child.depth, faults) if page else {}
        _add(node, child, name, page, faults)
        _read_children(child, path, faults)


def _entries(folder: Path, faults: Faults) -> list[str]:
    """Return the names in ``folder`` that may mean something, sorted; links are refused: nothing can loop."""
    names: list[str] = []
    try:
        for name in sorted(os.listdir(folder)):
            if name.startswith(".") or name in PASSED_OVER:
                continue
            # A level's own file says what is wrong with it when it is read.
            if (folder / name).is_symlink() and name not in LEVEL_FILES:
                faults.add(folder / name, 1, "This is a symbolic link; the content itself must lie here.")
            else:
                names.append(name)
    except OSError as error:
        faults.add(folder, 1, f"The folder cannot be read: {error.strerror}.")
    return names


def _read_challenges(lesson: Node, folder: Path, names: list[str], faults: Faults) -> None:
    stems = [name.removesuffix(".md") for name in names if name.endswith(".md") and name.count(".") == 1]
    beside: dict[str, list[str]] = {stem: [] for stem in stems}
    for name in names:
        stem, _, rest = name.partition(".")
        path = folder / name
        if path.is_dir():
            faults.add(path, 1, "A lesson's folder holds the files of its challenges and no further folder.")
        elif rest in BESIDE and stem not in beside:
            faults.add(path, 1, f"There is no {stem}.md beside it, so it belongs to no challenge.")
        elif rest in BESIDE:
            beside[stem].append(rest)
        elif rest != "md":
            near = difflib.get_close_matches(rest, BESIDE, 1)
            hint = f"did you mean {stem}.{near[0]}?" if near else f"beside NAME.md stand {_NAMES_BESIDE}."
            faults.add(path, 1, f"No file of this name has a place here; {hint}")
    for stem in stems:
        path = folder / f"{stem}.md"
        if page := read_page(path, faults) if not path.is_dir() else None:
            child = Node("", 4, path)
            child.fields = _challenge_fields(page, folder / stem, beside[stem], faults)
            _add(lesson, child, stem, page, faults)
        else:
            # The files beside are read all the same: their faults are told in the same round.
            _code_and_tests(folder / stem, beside[stem], faults)


def _add(parent: Node, child: Node, name: str, page: Page | None, faults: Faults) -> None:
    """Name ``child`` by its front matter or by ``name`` and hang it below ``parent``."""
    match = _NUMBERED.fullmatch(name)
    number, rest = match.groups() if match else (None, name)
    given = page.text("slug") if page else None
    child.order = int(number) if number else None
    child.slug = given or rest
    if not SLUG.fullmatch(child.slug):
        where, line = (page.path, page.line_of("slug")) if page else (child.path, 1)
        shape = "small letters and digits in groups joined by single hyphens"
        source = remark_hint(given) if given else " Rename it or give the key slug."
        faults.add(where, line, f"The slug {child.slug!a} is not made of {shape}.{source}")
    if twin := parent.children.get(child.slug):
        faults.add(child.path, 1, f"The slug {child.slug!a} is taken by {shown(twin.path)}.")
        # Under a name that no other can have, so that what lies below is still read.
        parent.children[f"{child.slug}\n{name}"] = child
    else:
        parent.children[child.slug] = child
    if child.fields is not None:
        child.fields = {"slug": child.slug, **child.fields}


def _level_fields(page: Page, depth: int, faults: Faults) -> dict[str, object]:
    page.allow(LEVEL_KEYS)
    fields: dict[str, object] = {"title": page.required("title"), **_former(page, depth, faults)}
    if depth == 1:
        fields["description"] = page.body
    elif page.body.strip():
        message = f"Only a track has a description; a {LEVELS[depth - 1]}'s can stand in a README.md."
        faults.add(page.path, 1, message)
    return fields


def _challenge_fields(page: Page, stem: Path, beside: list[str], faults: Faults) -> dict[str, object]:
    page.allow(CHALLENGE_KEYS)
    return {
        "title": page.required("title"),
        **_former(page, 4, faults),
        "instructions": page.body,
        "difficulty": page.choice("difficulty", DIFFICULTIES),
        "points": page.number("points", 0),
        "estimatedTimeMinutes": page.number("minutes", 1),
        **_code_and_tests(stem, beside, faults),
        "hints": [{"text": text} for text in page.texts("hints")],
    }


def _former(page: Page, depth: int, faults: Faults) -> dict[str, object]:
    former = page.text("formerPath")
    if former is None:
        return {}
    slugs = former.split("/")
    if len(slugs) != depth or not all(map(SLUG.fullmatch, slugs)):
        shape = "/".join(LEVELS[:depth])
        message = f"formerPath is a path of slugs of the form {shape}, not {former!a}.{remark_hint(former)}"
        faults.add(page.path, page.line_of("formerPath"), message)
    return {"formerPath": former}


def _code_and_tests(stem: Path, beside: list[str], faults: Faults) -> dict[str, object]:
    def at(rest: str) -> Path:
        return stem.with_name(f"{stem.name}.{rest}")

    def code(part: str) -> dict[str, str]:
        names = {language: f"{part}.{language}" for language in LANGUAGES}
        texts = {language: read_text(at(name), faults) for language, name in names.items() if name in beside}
        return {language: (texts.get(language) or "").removesuffix("\n") for language in LANGUAGES}

    return {
        "starter": code("starter"),
        "solution": code("solution"),
        **(read_tests(at("tests.js"), faults) if "tests.js" in beside else {"tests": []}),
    }
