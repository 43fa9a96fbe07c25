"""``worker``: take jobs in a process of its own, until stopped; with --once until none is left."""

import argparse
import asyncio
from contextlib import suppress

from gateway.bootstrap import Addresses, database, opened, worker
from gateway.config import Config
from gateway.jobs.queue import work
from gateway.log import Log
from gateway.server.serving import SIGNALS


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--once", action="store_true", help="end when no job is left")


def run(config: Config, options: argparse.Namespace) -> int:
    """Take jobs."""
    with database(config, may_create=False) as addresses:
        asyncio.run(_work(config, addresses, once=options.once))
    return 0


async def _work(config: Config, addresses: Addresses, *, once: bool) -> None:
    async with opened(config, addresses, size=2) as parts, worker(config, addresses, parts.keyring, Log()) as jobs:
        working = asyncio.ensure_future(work(jobs, once=once))
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        with suppress(asyncio.CancelledError):
            await working
