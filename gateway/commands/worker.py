"""``worker``: the housekeeping of ``serve`` in a process of its own, until stopped; with --once a single round."""

import argparse
import asyncio
from datetime import timedelta

from gateway.config import Config
from gateway.housekeeping import keep_house, sweep
from gateway.log import Log
from gateway.opening import Addresses, database, opened
from gateway.parts import now
from gateway.serving import SIGNALS


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--once", action="store_true", help="do one round and end")


def run(config: Config, options: argparse.Namespace) -> int:
    """Keep house."""
    with database(config, may_create=False) as addresses:
        asyncio.run(_work(config, addresses, once=options.once))
    return 0


async def _work(config: Config, addresses: Addresses, *, once: bool) -> None:
    async with opened(config, addresses, size=2) as parts:
        if once:
            swept = await sweep(parts.pool, now())
            print(
                "Another process is at it."
                if swept is None
                else f"Deleted {swept.sessions} sessions, {swept.idempotency_keys} idempotency keys."
            )
            return
        keeper = asyncio.ensure_future(keep_house(parts.pool, now, Log(), first=timedelta()))
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, keeper.cancel)
        await asyncio.gather(keeper, return_exceptions=True)
