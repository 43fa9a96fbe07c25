"""Pushing content: one ``applyContent``, its outcome as a summary, its faults with the places in the author's files."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from gateway.cli.clients import Client
from gateway.content_files import ContentFolderError, read_file, read_folder
from gateway.content_files.source_locations import place_in_folder, place_in_json, slug_path
from gateway.errors import CommandError

APPLY = """
mutation ApplyContent($input: ApplyContentInput!) {
  applyContent(input: $input) {
    runId
    created updated unchanged archived published
    changes { path action message }
    userErrors { code message path }
  }
}
"""
_SHOWN = 50
ROUNDS = 60  # of half a minute


@dataclass(frozen=True, slots=True)
class Tree:
    """A curriculum that was read: its tracks, and how to find the place that a path leads to."""

    content: dict[str, Any]
    place: Callable[[list[str]], str | None]

    @property
    def challenges(self) -> int:
        return sum(
            len(lesson.get("challenges", ()))
            for track in _objects(self.content.get("tracks"))
            for module in _objects(track.get("modules"))
            for lesson in _objects(module.get("lessons"))
        )


def read(source: Path) -> Tree:
    """Read a folder or a JSON file; raises ``CommandError`` with every fault of its form."""
    try:
        if source.is_dir():
            content = read_folder(source)
            return Tree(content, lambda path: place_in_folder(source, content, path))
        if not source.exists():
            raise CommandError(f"There is no file or folder {source}.")
        content = read_file(source)
        text = source.read_text(encoding="utf-8")
        return Tree(content, lambda path: place_in_json(source, text, path))
    except ContentFolderError as error:
        raise CommandError("The content cannot be read:\n" + "\n".join(map(str, error.faults))) from error


async def push(client: Client, tree: Tree, options: dict[str, Any]) -> dict[str, Any]:
    """Apply the tree under a progress bar and return the payload, which may hold ``userErrors``."""
    count = tree.challenges
    with tqdm(total=count, unit=" challenges", desc="Applying", file=sys.stderr, leave=False, disable=None) as bar:
        ticking = asyncio.ensure_future(_tick(bar))
        try:
            payload = await _applied(client, {**tree.content, **options}, bar)
        finally:
            ticking.cancel()
            with suppress(asyncio.CancelledError):
                await ticking
        bar.update(count)
    return payload


async def _applied(client: Client, wish: dict[str, Any], bar: "tqdm[Any]") -> dict[str, Any]:
    """Apply, again while texts of it are still being run: each call goes on from what was run until then."""
    for _ in range(ROUNDS):
        payload: dict[str, Any] = (await client.send(APPLY, {"input": wish}))["applyContent"]
        if payload["runId"] is None:
            break
        bar.set_description("Running solutions and starters")
    return payload


def summary(payload: dict[str, Any], *, dry_run: bool) -> list[str]:
    """Return what was changed, one line a node that changed, the counts last."""
    changes = [change for change in payload.get("changes") or () if change["action"] != "UNCHANGED"]
    lines = [
        f"{change['action'].lower():10} {change['path']}" + (f"  ({change['message']})" if change["message"] else "")
        for change in changes[:_SHOWN]
    ]
    if len(changes) > _SHOWN:
        lines.append(f"… and {len(changes) - _SHOWN} more")
    held = sum(change["action"] == "HELD" for change in changes)
    names = ("created", "updated", "unchanged", "archived", "published")
    counts = ", ".join(f"{payload.get(name) or 0} {name}" for name in names)
    return [*lines, f"{'Would be: ' if dry_run else ''}{counts}, {held} held."]


def faults(payload: dict[str, Any], tree: Tree) -> list[str]:
    """Return each fault with its path in slugs and its place in the files."""
    told = []
    for error in payload.get("userErrors") or ():
        path = list(error["path"])
        parts = [tree.place(path), slug_path(tree.content, path), f"{error['message']} [{error['code']}]"]
        told.append(": ".join(part for part in parts if part))
    return told


async def _tick(bar: "tqdm[Any]") -> None:
    """Keep the elapsed time moving: the server answers once, when all of it is done."""
    while True:
        await asyncio.sleep(0.2)
        bar.refresh()


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
