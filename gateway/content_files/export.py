"""Writes a tree as a folder in the format of ``docs/content-format.md``.

Reading the folder again gives the same tree, up to fields left at their defaults and line ends. So a
curriculum made in the interface, or as JSON, moves into files without a new version of every challenge.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from gateway.content_files.faults import Faults
from gateway.content_files.folder import CODE_FILES, LIBRARIES, LIBRARY
from gateway.content_files.nodes import CHILDREN, LEVELS
from gateway.content_files.tests_file import format_tests
from gateway.content_files.text import SLUG, lf, unstorable
from versioning.content.definition import TIMEOUT_MS

# Text that YAML reads as it stands, whatever it stands for: our reader takes values as written.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,.;()/+'!?_-]*[A-Za-z0-9,.;()/+'!?_-])?")
_ESCAPED = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def write_folder(tree: Mapping[str, object], folder: Path) -> None:
    """Write ``tree``, in the shape of ``ApplyContentInput``, into ``folder``, which must be new or empty.

    Numbers in front of the names keep the order. Tests without an id get ``t1``, ``t2`` and so on.

    Raises:
        ContentFolderError: before anything is written, when the folder is in use or the format cannot hold
            the tree.
    """
    faults = Faults()
    files: dict[Path, str] = {}
    _plan(tree, 0, "", folder, files, faults)
    for library in cast(list[dict[str, str]], tree.get("libraries", [])):
        name = library["name"]
        if not LIBRARY.fullmatch(name):
            faults.add_named(f"library {name!a}", "The name is not fit for the name of a file.")
        files[folder / LIBRARIES / f"{name}.js"] = _clean(library["source"], f"library {name}", faults) + "\n"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        faults.add(folder, 1, "A folder to write into must be new or empty.")
    faults.raise_any()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        # The reader drops one byte order mark; a text that opens with one gets a second, to keep its own.
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        path.write_text(mark + text, encoding="utf-8", newline="\n")


def _plan(node: Mapping[str, Any], depth: int, place: str, path: Path, files: dict[Path, str], faults: Faults) -> None:
    """Add the files of ``node``, which lies at ``path``, to ``files``."""
    if depth == len(LEVELS):
        _plan_challenge(node, place, path, files, faults)
        return
    if depth:
        keys = {"title": node["title"], "formerPath": node.get("formerPath")}
        files[path / f"{LEVELS[depth - 1]}.md"] = _page(keys, node.get("description", ""), place, faults)
    children: list[Mapping[str, Any]] = node.get(CHILDREN[depth], [])
    width = max(2, len(str(len(children))))
    seen: set[str] = set()
    for number, child in enumerate(children, 1):
        slug = str(child["slug"])
        below = f"{place}/{slug}" if place else slug
        if not SLUG.fullmatch(slug):
            faults.add_named(ascii(below), "The slug is not fit for the name of a file.")
        if slug in seen:
            faults.add_named(below, "The slug is here twice.")
        seen.add(slug)
        _plan(child, depth + 1, below, path / f"{number:0{width}}-{slug}", files, faults)


def _plan_challenge(node: Mapping[str, Any], place: str, path: Path, files: dict[Path, str], faults: Faults) -> None:
    keys = {
        "title": node["title"],
        "formerPath": node.get("formerPath"),
        "difficulty": str(node["difficulty"]).lower(),
        "points": node["points"],
        "minutes": node["estimatedTimeMinutes"],
        "hints": [hint["text"] for hint in node.get("hints", [])],
    }
    files[path.with_name(f"{path.name}.md")] = _page(keys, node["instructions"], place, faults)
    for name in CODE_FILES:
        part, language = name.split(".")
        if code := node.get(part, {}).get(language, ""):
            files[path.with_name(f"{path.name}.{name}")] = _clean(code, f"{place} {name}", faults) + "\n"
    tests = [
        {
            "id": test.get("id") or f"t{number}",
            "text": _clean(test["text"], place, faults),
            "code": _clean(test["code"], place, faults),
            "weight": test.get("weight", 1),
            "hidden": test.get("hidden", False),
            "timeoutMs": test.get("timeoutMs", TIMEOUT_MS),
            "fresh": test.get("fresh", False),
        }
        for number, test in enumerate(node["tests"], 1)
    ]
    if len({test["id"] for test in tests}) < len(tests):
        faults.add_named(place, "Two tests have the same id.")
    hooks = {name: _clean(code, place, faults) for name, code in node.get("hooks", {}).items() if code}
    libraries = node.get("libraries", [])
    if tests or hooks or libraries:
        file = path.with_name(f"{path.name}.tests.js")
        files[file] = format_tests(tests, hooks, libraries, place, faults)


def _page(keys: Mapping[str, Any], body: str, place: str, faults: Faults) -> str:
    lines = ["---"]
    for key, value in keys.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {_scalar(item, f'{place} {key}', faults)}" for item in value)] if value else []
        elif value is not None:
            lines.append(f"{key}: {_scalar(value, f'{place} {key}', faults)}")
    lines.append("---")
    text = _clean(body, place, faults)
    return "\n".join(lines) + "\n" + (f"\n{text}\n" if text else "")


def _scalar(value: object, place: str, faults: Faults) -> str:
    text = _clean(str(value), place, faults)
    if not text.strip():
        faults.add_named(place, "This is empty, and the front matter holds no empty text.")
    if _PLAIN.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _clean(text: str, place: str, faults: Faults) -> str:
    if reason := unstorable(text):
        faults.add_named(place, f"The text {reason}.")
    return lf(text)
