"""``token create``: make an API token, of a person or of a service account of its own, and print it alone."""

import argparse
import asyncio
from datetime import timedelta
from uuid import UUID

from accounts import people, tokens
from accounts.roles import role_for
from core.faults import Refused
from gateway.bootstrap import Addresses, database, opened
from gateway.cli.clients import command_line
from gateway.config import Config
from gateway.errors import CommandError
from resolvers.context import Context
from resolvers.policy import may_manage_people, require
from sql.database import Transaction
from sql.rows.accounts import UserRow


def add(parser: argparse.ArgumentParser) -> None:
    """Declare ``create`` and its options."""
    verbs = parser.add_subparsers(dest="verb", metavar="create", required=True)
    sub = verbs.add_parser("create", help="make an API token", description="Make an API token and print it, once.")
    sub.add_argument("--name", required=True, help="what it is for; without --user also its service account's name")
    sub.add_argument("--scopes", required=True, help="comma separated: content:read, content:write, …")
    sub.add_argument("--expires", type=int, metavar="DAYS", help="how long it holds; without, until it is revoked")
    sub.add_argument("--user", metavar="EMAIL", help="whose it is, instead of a service account's")
    sub.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the embedded database's folder")


def run(config: Config, options: argparse.Namespace) -> int:
    """Make the token and print nothing but it."""
    with database(config, may_create=False) as addresses:
        print(asyncio.run(_create(config, addresses, options)))
    return 0


async def _create(config: Config, addresses: Addresses, options: argparse.Namespace) -> str:
    scopes = [scope.strip().lower() for scope in options.scopes.split(",") if scope.strip()]
    async with opened(config, addresses, size=2) as parts:
        context = await command_line(parts)
        require(context.viewer, may_manage_people)
        act = context.act()
        try:
            expires = None if options.expires is None else act.at + timedelta(days=options.expires)
            async with context.database.transaction() as tx:
                if options.user is not None:
                    owner = await _person(tx, context, options.user)
                else:
                    owner = await people.service_account(tx, options.name, role_for(scopes), act)
                return (await tokens.create(tx, owner, options.name, scopes, expires, act)).secret
        except OverflowError as error:
            raise CommandError(f"--expires {options.expires} days lies beyond the calendar.") from error
        except Refused as refused:
            raise CommandError("; ".join(f"{'.'.join(one.path)}: {one.text()}" for one in refused.faults)) from refused


async def _person(tx: Transaction, context: Context, email: str) -> UserRow:
    known = await people.password_by_email(tx, context.keyring, email)
    found: list[UUID] = [] if known is None else [known.user_id]
    for person in await people.users_by_id(tx, found):
        return person
    raise CommandError("There is no account with this e-mail address.")
