"""``user create``: make an account, with a password from standard input or with an invitation to set one."""

import argparse
import asyncio
import sys

from accounts import passwords
from accounts.roles import ROLES
from core.faults import Faults, Refused
from gateway.app_state import now
from gateway.bootstrap import Addresses, database, opened
from gateway.cli.clients import command_line
from gateway.config import Config
from gateway.errors import CommandError
from resolvers.context import VISITOR, Context
from resolvers.people import people, sessions


def add(parser: argparse.ArgumentParser) -> None:
    """Declare ``create`` and its options."""
    verbs = parser.add_subparsers(dest="verb", metavar="create", required=True)
    sub = verbs.add_parser("create", help="make an account", description="Make an account.")
    sub.add_argument("--email", required=True)
    sub.add_argument("--name", required=True, help="the name that others see")
    sub.add_argument("--role", required=True, choices=ROLES)
    sub.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    sub.add_argument("--host", help="the host in the invitation's link (PALIMPSEST_HOST)")
    sub.add_argument("--port", help="the port in the invitation's link (PALIMPSEST_PORT)")
    sub.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the embedded database's folder")


def run(config: Config, options: argparse.Namespace) -> int:
    """Make the account; without a password print the link with which its owner sets one."""
    password = sys.stdin.readline().rstrip("\r\n") if options.password_stdin else None
    if password is not None:
        faults = Faults()
        passwords.check(faults, ("password",), password)
        if faults:
            raise CommandError(f"password: {faults[0].text()}")
    with database(config, may_create=False) as addresses:
        invitation = asyncio.run(_create(config, addresses, options, password))
    if password is None:
        print(f"http://{config.host}:{config.port}/invitation#{invitation}")
    else:
        print(f"Created {options.email} with the role {options.role}.")
    return 0


async def _create(config: Config, addresses: Addresses, options: argparse.Namespace, password: str | None) -> str:
    async with opened(config, addresses, size=2) as parts:
        try:
            invited = await people.create_user(await command_line(parts), options.email, options.name, options.role)
            if password is not None:
                newcomer = Context(VISITOR, parts.pool.database(), parts.keyring, now)
                await sessions.accept_invitation(newcomer, invited.secret, password)
                # The password is set; the session that came with it is nobody's.
                await sessions.log_out(newcomer)
        except Refused as refused:
            raise CommandError("; ".join(f"{'.'.join(one.path)}: {one.text()}" for one in refused.faults)) from refused
        return invited.secret
