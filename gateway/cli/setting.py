"""``setting get`` and ``setting set``: read and change what admins choose while the house runs."""

import argparse
import asyncio

from core.faults import Refused
from gateway.bootstrap import Addresses, database, opened
from gateway.cli.clients import command_line
from gateway.config import Config
from gateway.errors import CommandError
from resolvers.people import settings
from sql.settings import SETTINGS


def add(parser: argparse.ArgumentParser) -> None:
    """Declare ``get`` and ``set``."""
    told = "; ".join(f"{name} ({one.told}): {one.meaning}" for name, one in SETTINGS.items())
    verbs = parser.add_subparsers(dest="verb", metavar="get|set", required=True)
    for verb in ("get", "set"):
        sub = verbs.add_parser(verb, help=f"{verb} a setting", description=told)
        sub.add_argument("name", choices=tuple(SETTINGS))
        sub.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the embedded database's folder")
        if verb == "set":
            sub.add_argument("value")


def run(config: Config, options: argparse.Namespace) -> int:
    """Print the value, after changing it when asked to."""
    with database(config, may_create=False) as addresses:
        print(asyncio.run(_value(config, addresses, options)))
    return 0


async def _value(config: Config, addresses: Addresses, options: argparse.Namespace) -> str:
    async with opened(config, addresses, size=2) as parts:
        context = await command_line(parts)
        try:
            if options.verb == "set":
                await settings.set_setting(context, options.name, options.value)
            return await settings.get_setting(context, options.name)
        except Refused as refused:
            raise CommandError("; ".join(one.text() for one in refused.faults)) from refused
