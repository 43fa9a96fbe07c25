"""``up``: everything in one command. The server answers first; demo content and GraphiQL follow, a line each."""

import argparse
import asyncio
import socket
import sys
from contextlib import suppress

from core.faults import Refused
from gateway.app import application
from gateway.app_state import AppState
from gateway.bootstrap import Addresses, Opened, bring_up_to_date, database, opened, worker
from gateway.config import Config
from gateway.content_files import ContentFolderError
from gateway.demo import editions, verdicts
from gateway.errors import CommandError
from gateway.graphiql.build import built
from gateway.log import Log
from gateway.server.serving import address_of, bound, serve
from gateway.server.serving import run as run_loop
from sql.database import Pool
from sql.errors import DatabaseError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", help="the address to listen on (PALIMPSEST_HOST, 127.0.0.1)")
    parser.add_argument("--port", help="the port to listen on, 0 for a free one (PALIMPSEST_PORT, 8000)")
    parser.add_argument("--no-demo", action="store_true", help="no demo content in an empty database")


def run(config: Config, options: argparse.Namespace) -> int:
    """Start everything and serve until stopped."""
    with (
        bound(config.host, config.port) as listener,
        database(config, may_create=True, alone=True) as addresses,
    ):
        run_loop(_up(config, addresses, listener))
    return 0


async def _up(config: Config, addresses: Addresses, listener: socket.socket) -> None:
    for name in await bring_up_to_date(config, addresses, report):
        report(f"Applied {name}")
    async with opened(config, addresses) as parts:

        async def beside() -> None:
            report(f"Ready: {address_of(listener)}/graphql")
            await _follow(config, parts, jobs.pool)

        log = Log()
        async with worker(config, addresses, parts.keyring, log, builds_chai=True) as jobs:
            served = AppState(parts.pool, parts.keyring, exposure=config.exposure, origins=config.origins)
            app = application(parts.pool, parts.keyring, log=log, parts=served, worker=jobs)
            await serve(app, listener, beside, served.end, log)
    report("Stopped.")


async def _follow(config: Config, parts: Opened, worker: Pool) -> None:
    if config.demo:
        try:
            accounts = config.on_loopback or config.demo_accounts_anywhere
            if not await editions.is_loaded(parts):
                await verdicts.load(worker)
            await editions.load(parts, config.demo_accounts, report, accounts=accounts)
        except (CommandError, ContentFolderError, DatabaseError, Refused, OSError) as error:
            report(f"The demo content could not be loaded: {error}")
    if config.demo_accounts.exists():
        report(f"Demo accounts: {config.demo_accounts}")
    if built() is None:
        await _build()
    report("Try it: open the address in a browser, sign in as author, and run the tab History.")


async def _build() -> None:
    """Build GraphiQL in a process of its own, which ends with us."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.graphiql.build", cwd=editions.FOLDER.parent, start_new_session=True
    )
    try:
        if await process.wait() != 0:
            report("GraphiQL could not be built; the API serves all the same.")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


def report(line: str) -> None:
    """Tell how far it is."""
    print(line, flush=True)
