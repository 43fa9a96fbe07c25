"""``migrate``: bring the database up to date, and note which sealing keys are its own."""

import argparse
import asyncio
from functools import partial

from gateway.bootstrap import Addresses, bring_up_to_date, database, opened
from gateway.config import Config


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options: none of its own."""


def run(config: Config, options: argparse.Namespace) -> int:
    """Migrate, tell what is waited for, and what was applied."""
    with database(config, may_create=True) as addresses:
        for name in asyncio.run(_migrate(config, addresses)):
            print(f"Applied {name}")
    print("The database is up to date.")
    return 0


async def _migrate(config: Config, addresses: Addresses) -> list[str]:
    applied = await bring_up_to_date(config, addresses, partial(print, flush=True))
    async with opened(config, addresses, size=2):
        return applied
