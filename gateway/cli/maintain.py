"""``maintain NAME``: do one chore of upkeep now, by hand, and tell what was done."""

import argparse
import asyncio
from datetime import UTC

from gateway.bootstrap import Addresses, database, opened, worker
from gateway.config import Config
from gateway.errors import CommandError
from gateway.jobs.maintenance import CHORES
from gateway.log import Log
from sql.errors import DatabaseError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    told = "; ".join(
        f"{name}: {(chore.__doc__ or '').strip().rstrip('.').lower()}" for name, (chore, _) in CHORES.items()
    )
    parser.add_argument("name", metavar="NAME", choices=tuple(CHORES), help=told)


def run(config: Config, options: argparse.Namespace) -> int:
    """Do the chore."""
    with database(config, may_create=False) as addresses:
        for line in asyncio.run(_maintain(config, addresses, options.name)):
            print(line)
    print("Done.")
    return 0


async def _maintain(config: Config, addresses: Addresses, name: str) -> list[str]:
    async with opened(config, addresses, size=2) as parts, worker(config, addresses, parts.keyring, Log()) as jobs:
        chore, _ = CHORES[name]
        try:
            return list(await chore(jobs.pool.database(), jobs.clock().astimezone(UTC)))
        except DatabaseError as error:
            raise CommandError(f"{name} was not done: {error}") from error
