"""``verify``: recompute every hash of the publication log, of all versions, and of the audit record."""

import argparse
import asyncio
import sys

from accounts import audit
from gateway.bootstrap import Addresses, database, opened
from gateway.config import Config
from versioning.log.verify import verify_log


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the options: none of its own."""


def run(config: Config, options: argparse.Namespace) -> int:
    """Walk everything; return 1 and name the first fault when something does not fit."""
    with database(config, may_create=False) as addresses:
        fault, told = asyncio.run(_verify(config, addresses))
    print(told)
    if fault is not None:
        print(f"palimpsest: {fault}", file=sys.stderr)
        return 1
    return 0


async def _verify(config: Config, addresses: Addresses) -> tuple[str | None, str]:
    async with opened(config, addresses, size=2) as parts:
        reads = parts.pool.database()
        versions = publications = 0
        fault: str | None = None
        async for so_far in verify_log(reads, parts.keyring):
            versions, publications, fault = so_far.checked_versions, so_far.checked_publications, so_far.first_fault
        if fault is None and (broken := await audit.verify(reads)):
            fault = f"audit event {broken.seq}: {broken.reason}"
    state = "Broken" if fault else "Intact"
    return fault, f"{state}: checked {publications} publications and {versions} versions."
