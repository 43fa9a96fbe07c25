"""``schema``: print the GraphQL schema, or the database's as ``sql/schema.sql`` holds it."""

import argparse

from gateway.bootstrap import database
from gateway.config import Config
from schema.api import schema
from sql.migrate import dump


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--sql", action="store_true", help="the database's schema instead, as pg_dump writes it")


def run(config: Config, options: argparse.Namespace) -> int:
    """Print it on standard output."""
    if not options.sql:
        print(schema.as_str())
        return 0
    with database(config, may_create=False) as addresses:
        print(dump(addresses.owner), end="")
    return 0
