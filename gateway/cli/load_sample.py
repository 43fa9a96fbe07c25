"""``load-sample``: fill a database with learners who attempt, for trials and measurements; the same for everybody."""

import argparse
import asyncio
from datetime import UTC

from gateway.bootstrap import Addresses, bring_up_to_date, database, opened, worker
from gateway.config import Config
from gateway.demo.sample import TRACK, load
from gateway.errors import CommandError
from gateway.jobs import maintenance
from gateway.log import Log
from sql.errors import DatabaseError

MOST_USERS, MOST_ATTEMPTS = 1_000_000, 10_000_000


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--users", type=int, default=20_000, metavar="N", help="how many learners (20,000)")
    parser.add_argument("--attempts", type=int, default=500_000, metavar="N", help="how many attempts (500,000)")


def run(config: Config, options: argparse.Namespace) -> int:
    """Fill the database, tell how far it is, and let it learn how the rows are spread."""
    if not 1 <= options.users <= MOST_USERS or not 0 <= options.attempts <= MOST_ATTEMPTS:
        raise CommandError(f"It takes 1 to {MOST_USERS:,} --users and 0 to {MOST_ATTEMPTS:,} --attempts.")
    with database(config, may_create=True) as addresses:
        asyncio.run(_load(config, addresses, options.users, options.attempts))
    print(f"{options.users:,} learners with {options.attempts:,} attempts at the challenges of the track {TRACK}.")
    return 0


async def _load(config: Config, addresses: Addresses, users: int, attempts: int) -> None:
    await bring_up_to_date(config, addresses, print)
    async with opened(config, addresses, size=4) as parts, worker(config, addresses, parts.keyring, Log()) as jobs:
        try:
            await load(parts, jobs.pool, users, attempts)
            for chore in (maintenance.vacuum, maintenance.refresh_statistics):
                await chore(jobs.pool.database(), jobs.clock().astimezone(UTC))
        except DatabaseError as error:
            raise CommandError(f"{error} What is there stays; the same command goes on with it.") from error
