"""``content push``: send a curriculum as one ``applyContent``, in this process or over HTTP."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from gateway.bootstrap import database
from gateway.cli.clients import in_process, over_http
from gateway.config import Config
from gateway.content_files.push import Tree, faults, push, read, summary
from gateway.errors import CommandError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare ``push`` and its options."""
    verbs = parser.add_subparsers(dest="verb", metavar="push", required=True)
    sub = verbs.add_parser("push", help="send a JSON file or a folder", description="Send a JSON file or a folder.")
    sub.add_argument("source", metavar="FILE_OR_DIR", type=Path)
    sub.add_argument("--publish", action="store_true", help="publish what differs from what is live")
    sub.add_argument("--prune", action="store_true", help="archive what the named tracks no longer hold")
    sub.add_argument("--overwrite", action="store_true", help="also over drafts that somebody edited since")
    sub.add_argument("--dry-run", action="store_true", help="only tell what would happen")
    sub.add_argument("--changelog", default="", metavar="TEXT", help="what changed, for the history")
    sub.add_argument("--url", help="a gateway's address; then only GraphQL over HTTP is spoken, with --token")
    sub.add_argument("--token", help="an API token with content:write (and content:publish); - reads it from stdin")
    sub.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the embedded database's folder")


def run(config: Config, options: argparse.Namespace) -> int:
    """Push and print the summary, or the faults and return 1."""
    tree = read(options.source)
    wanted: dict[str, Any] = {
        "publish": options.publish,
        "prune": options.prune,
        "overwrite": options.overwrite,
        "dryRun": options.dry_run,
        "changelog": options.changelog,
    }
    if options.url is not None:
        payload = asyncio.run(_remotely(options.url, _token(options.token), tree, wanted))
    elif options.token is not None:
        raise CommandError("--token goes with --url; without, the command acts in the database itself.")
    else:
        payload = _locally(config, tree, wanted)
    if told := faults(payload, tree):
        print("\n".join(told), file=sys.stderr)
        count = "1 fault" if len(told) == 1 else f"{len(told)} faults"
        print(f"palimpsest: {count}; nothing was changed.", file=sys.stderr)
        return 1
    print("\n".join(summary(payload, dry_run=options.dry_run)))
    return 0


async def _remotely(url: str, token: str, tree: Tree, wanted: dict[str, Any]) -> dict[str, Any]:
    async with over_http(url, token) as client:
        return await push(client, tree, wanted)


def _locally(config: Config, tree: Tree, wanted: dict[str, Any]) -> dict[str, Any]:
    async def act() -> dict[str, Any]:
        async with in_process(config, addresses) as client:
            return await push(client, tree, wanted)

    with database(config, may_create=False) as addresses:
        return asyncio.run(act())


def _token(given: str | None) -> str:
    token = sys.stdin.readline().strip() if given == "-" else (given or "")
    if not token:
        raise CommandError("--url needs a token: --token TOKEN, or --token - to read it from standard input.")
    return token
