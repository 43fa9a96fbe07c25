"""Finding and opening what a command works with: the database (embedded or given), its keys, and the pool.

Everything that can be wrong with them becomes one sentence here (``CommandError``).
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from core.sealing import Keyring
from embedded.supervisor import EmbeddedError, EmbeddedPostgres, running
from gateway.config import Config
from gateway.errors import CommandError
from gateway.graphiql.build import built
from gateway.http.health import queries
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from sql import jobs, settings
from sql.database import Pool, require_address
from sql.errors import DatabaseError
from sql.migrate import Roles, count_statements, migrate, require_fit, require_worker

FINGERPRINT = "keyring_fingerprint"


@dataclass(frozen=True, slots=True, repr=False)
class Addresses:
    """Where the owner and where the gateway log in; ``embedded`` tells that the server is our own."""

    owner: str
    gateway: str
    embedded: bool


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """An open pool and the keys that belong to its database."""

    pool: Pool
    keyring: Keyring


@contextmanager
def database(config: Config, *, may_create: bool, alone: bool = False) -> Iterator[Addresses]:
    """Yield where the database is; an embedded one that is not running runs for as long as the block.

    Not asynchronous on purpose: the server's supervisor is started before there is an event loop to hold up.
    ``may_create`` lets it make the data folder; without, a mistyped folder is told, not filled. ``alone`` refuses
    an embedded server that another process runs and would take away with it.
    """
    if config.database_url is not None:
        owner_url = config.database_owner_url or config.database_url
        try:
            require_address(config.database_url, "DATABASE_URL")
            require_address(owner_url, "DATABASE_OWNER_URL")
        except DatabaseError as error:
            raise CommandError(str(error)) from error
        yield Addresses(owner_url, config.database_url, embedded=False)
        return
    login = Roles(config.role_prefix).gateway
    try:
        address = None if alone else running(config.data)
        if address is not None:
            yield Addresses(address.url(), address.url(user=login), embedded=True)
            return
        if not may_create and not (config.data / "postgres").is_dir():
            raise CommandError(
                f"There is no database in {config.data}; start ./palimpsest up first, or name its folder with --data."
            )
        server = EmbeddedPostgres.start(config.data)
    except EmbeddedError as error:
        raise CommandError(str(error)) from error
    with server:
        yield Addresses(server.url(), server.url(user=login), embedded=True)


async def bring_up_to_date(config: Config, addresses: Addresses, tell: Callable[[str], object]) -> list[str]:
    """Apply the migrations that are missing, those of the job queue too, and return their names.

    ``tell`` hears what is waited for.
    """
    roles = Roles(config.role_prefix)
    try:
        applied = await migrate(addresses.owner, roles, gateway_logs_in=addresses.embedded, tell=tell)
        if await jobs.install(addresses.owner, roles):
            applied.append("the job queue's tables")
        if addresses.embedded:
            await count_statements(addresses.owner)
        return applied
    except DatabaseError as error:
        raise CommandError(str(error)) from error


@asynccontextmanager
async def worker(
    config: Config, addresses: Addresses, keyring: Keyring, log: Log, *, builds_chai: bool = False
) -> AsyncIterator[WorkerState]:
    """Yield what jobs work with; raises ``CommandError`` where the address may not put on the worker's role."""
    roles = Roles(config.role_prefix)
    pool = Pool(addresses.owner, role=roles.worker, size=4, name="palimpsest worker")
    try:
        await jobs.require_installed(addresses.gateway)
        await require_worker(addresses.owner, roles)
        await pool.open()
    except DatabaseError as error:
        raise CommandError(str(error)) from error
    try:
        yield WorkerState(pool, keyring, log, chai=_chai, allow_weak=config.weak_sandbox, builds_chai=builds_chai)
    finally:
        await pool.close()


def _chai() -> str | None:
    pages = built()
    return (pages / "chai.js").read_text(encoding="utf-8") if pages else None


@asynccontextmanager
async def opened(config: Config, addresses: Addresses, *, size: int = 8) -> AsyncIterator[Opened]:
    """Yield the open pool, after checking that the database is one that may be served and that the keys fit it."""
    roles = Roles(config.role_prefix)
    keyring = config.keyring()
    pool = Pool(addresses.gateway, role=roles.gateway, size=size)
    try:
        await require_fit(addresses.gateway, roles)
        await jobs.require_installed(addresses.gateway)
        await pool.open()
    except DatabaseError as error:
        raise CommandError(str(error)) from error
    try:
        await require_keys(pool, keyring)
        yield Opened(pool, keyring)
    finally:
        await pool.close()


async def require_keys(pool: Pool, keyring: Keyring) -> None:
    """Note the keys' fingerprint in a new database; in any other refuse keys that are not its own."""
    database = pool.database()
    known = await settings.kept(database, FINGERPRINT)
    if known is None:
        async with database.transaction() as tx:
            await tx.execute(queries.keep_setting, name=FINGERPRINT, value=keyring.fingerprint)
        known = await settings.kept(database, FINGERPRINT)
    if known != keyring.fingerprint:
        raise CommandError(
            "The sealing keys are not those of this database: addresses sealed with others could not be found again."
            " Give the keys it was made with, the oldest last (PALIMPSEST_KEYS, or the file keys in the data folder)."
        )
