"""From a path into ``ApplyContentInput`` to the place in the author's files, so that a fault can be clicked."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.content_files.nodes import CHILDREN

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_NUMBER = re.compile(r"^\d+-")
_BESIDE = {
    "starter": "starter.{}",
    "solution": "solution.{}",
    "tests": "tests.js",
    "hooks": "tests.js",
    "libraries": "tests.js",
}


def slug_path(tree: dict[str, Any], path: Sequence[str]) -> str:
    """Return the path with slugs for indices: ``web-pages/first-page/headings/one-heading: tests 0 code``."""
    slugs, rest = _split(tree, path)
    return "/".join(slugs) + (": " if slugs and rest else "") + " ".join(rest)


def place_in_folder(folder: Path, tree: dict[str, Any], path: Sequence[str]) -> str | None:
    """Return the file that the path leads to, None when it leads to none (a fault of the whole)."""
    slugs, rest = _split(tree, path)
    here = folder
    for depth, slug in enumerate(slugs):
        found = next((one for one in sorted(here.iterdir()) if _slug(one) == slug), None) if here.is_dir() else None
        if found is None:
            return str(here)
        here = found if depth < 3 else found.with_name(found.name.partition(".")[0] + ".md")
    if not slugs:
        return _library(folder, tree, rest)
    if len(slugs) == 4 and rest and rest[0] in _BESIDE:
        beside = here.with_name(f"{here.stem}.{_BESIDE[rest[0]].format(*(rest[1:2] or ['html']))}")
        return str(beside if beside.exists() else here)
    level = ("track.md", "module.md", "lesson.md")
    return str(here if len(slugs) == 4 else here / level[len(slugs) - 1])


def _library(folder: Path, tree: dict[str, Any], rest: Sequence[str]) -> str | None:
    found = tree.get("libraries")
    if rest[:1] != ["libraries"] or len(rest) < 2 or not isinstance(found, list) or not rest[1].isdigit():
        return None
    return str(folder / "libraries" / f"{found[int(rest[1])]['name']}.js")


def place_in_json(file: Path, text: str, path: Sequence[str]) -> str:
    """Return ``file:line`` of the value that the path leads to, or of the nearest one that is there."""
    try:
        offset = _seek(text, path)
    except (ValueError, IndexError):
        offset = 0
    return f"{file}:{text.count(chr(10), 0, offset) + 1}"


def _split(tree: dict[str, Any], path: Sequence[str]) -> tuple[list[str], list[str]]:
    slugs: list[str] = []
    node: Any = tree
    rest = list(path)
    while len(rest) >= 2 and len(slugs) < 4 and rest[0] == CHILDREN[len(slugs)] and rest[1].isdigit():
        children = node.get(rest[0]) if isinstance(node, dict) else None
        if not isinstance(children, list) or int(rest[1]) >= len(children):
            break
        node = children[int(rest[1])]
        slugs.append(str(node.get("slug", rest[1])) if isinstance(node, dict) else rest[1])
        rest = rest[2:]
    return slugs, rest


def _slug(entry: Path) -> str:
    return _NUMBER.sub("", entry.name.partition(".")[0])


def _seek(text: str, path: Sequence[str]) -> int:
    """Return the offset of the value at ``path``; the deepest that exists counts."""
    at = _blank(text, 0)
    for step in path:
        inner = _item(text, at, step)
        if inner is None:
            return at
        at = inner
    return at


def _item(text: str, at: int, step: str) -> int | None:
    """Return the offset of the member or element ``step`` of the value at ``at``."""
    opening = text[at]
    if opening not in "[{":
        return None
    at, index = _blank(text, at + 1), 0
    while text[at] not in "]}":
        name = str(index)
        if opening == "{":
            name, at = json.JSONDecoder().raw_decode(text, at)
            at = _blank(text, _blank(text, at) + 1)
        if name == step:
            return at
        at = _blank(text, _end(text, at))
        at = _blank(text, at + 1) if text[at] == "," else at
        index += 1
    return None


def _end(text: str, at: int) -> int:
    """Return the offset behind the value at ``at``."""
    if text[at] in '[{"':
        return int(json.JSONDecoder().raw_decode(text, at)[1])
    match = _SCALAR.match(text, at)
    return match.end() if match else at + 1


def _blank(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
