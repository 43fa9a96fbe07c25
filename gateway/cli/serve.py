"""``serve``: serve a database that is set up already; the command of a container."""

import argparse
import socket
import sys
from contextlib import nullcontext

from gateway.app import application
from gateway.app_state import AppState
from gateway.bootstrap import Addresses, database, opened, worker
from gateway.config import Config
from gateway.log import Log
from gateway.server.serving import address_of, bound, serve
from gateway.server.serving import run as run_loop


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", help="the address to listen on (PALIMPSEST_HOST, 127.0.0.1)")
    parser.add_argument("--port", help="the port to listen on, 0 for a free one (PALIMPSEST_PORT, 8000)")
    parser.add_argument("--no-worker", action="store_true", help="take no jobs; worker does, in a process of its own")


def run(config: Config, options: argparse.Namespace) -> int:
    """Serve until stopped."""
    with bound(config.host, config.port) as listener, database(config, may_create=False) as addresses:
        run_loop(_serve(config, addresses, listener, works=not options.no_worker))
    return 0


async def _serve(config: Config, addresses: Addresses, listener: socket.socket, *, works: bool) -> None:
    async def ready() -> None:
        print(f"Serving on {address_of(listener)}/graphql", file=sys.stderr, flush=True)

    async with opened(config, addresses) as parts:
        log = Log()
        async with worker(config, addresses, parts.keyring, log) if works else nullcontext() as jobs:
            served = AppState(parts.pool, parts.keyring, exposure=config.exposure, origins=config.origins)
            app = application(parts.pool, parts.keyring, log=log, parts=served, worker=jobs)
            await serve(app, listener, ready, served.end, log)
