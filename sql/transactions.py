"""How a transaction begins and ends, in one message each, and what the driver's errors are called here."""

import time
from contextlib import suppress
from uuid import UUID

import psycopg

from core import limits
from sql.connections import Connection
from sql.errors import Busy, ConstraintViolated, DatabaseError, TimedOut, Unavailable

TRANSACTION_TIMEOUT_SINCE = 170_000  # as servers spell their version


class ConnectionLost(Unavailable):
    """The connection to the database was lost."""


def opening(identity: UUID | None, seconds: float | None, connection: Connection) -> bytes:
    """Return what begins a transaction for somebody, in one message; ``seconds`` is what is left to it.

    The server ends each statement by then, and from PostgreSQL 17 on the transaction.
    """
    text = f"begin; set local app.user_id = '{named(identity)}'"
    if seconds is not None:
        left = max(1, int(seconds * 1_000))
        text += f"; set local statement_timeout = {min(left, limits.STATEMENT_SECONDS * 1_000)}"
        if connection.info.server_version >= TRANSACTION_TIMEOUT_SINCE:
            text += f"; set local transaction_timeout = {left}"
    return text.encode()


def closing(deadline: float | None, opened: float) -> bytes:
    """Return what commits a transaction that was open at ``opened``, in one message.

    With a deadline the server divides by zero instead when it has come. Its ``now()`` is the transaction's beginning,
    no later than ``opened``, so no commit is carried out after the deadline, however late the message is read.
    """
    if deadline is None:
        return b"commit"
    left = int((deadline - opened) * 1_000)
    return f"select 1 / (clock_timestamp() < now() + interval '{left} ms')::int; commit".encode()


async def roll_back(connection: Connection) -> None:
    """Roll back within ``ROLLBACK_SECONDS``; else the connection is closed when it is given back."""
    connection.deadline, connection.is_patient = time.monotonic() + limits.ROLLBACK_SECONDS, False
    with suppress(psycopg.Error, DatabaseError):
        await connection.execute("rollback", prepare=False)


def named(identity: UUID | None) -> str:
    """Return how the setting ``app.user_id`` spells somebody, or nobody."""
    return str(identity) if identity else ""


class translated:
    """Turn the driver's errors into those of ``sql.errors``; everything else passes."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case None | DatabaseError():
                return
            case psycopg.errors.IntegrityError() if error.diag.constraint_name:
                raise ConstraintViolated(error.diag.constraint_name) from error
            case psycopg.errors.TransactionTimeout():
                raise TimedOut() from error
            case psycopg.errors.QueryCanceled() if self._is_over():
                raise TimedOut() from error
            case (
                psycopg.errors.LockNotAvailable()
                | psycopg.errors.DeadlockDetected()
                | psycopg.errors.SerializationFailure()
                | psycopg.errors.QueryCanceled()
            ):
                raise Busy() from error
            case psycopg.OperationalError() | psycopg.InterfaceError():
                raise ConnectionLost() from error
            case _:
                return

    def _is_over(self) -> bool:
        deadline = self._connection.deadline if self._connection else None
        return deadline is not None and time.monotonic() >= deadline - limits.GRACE_MS / 1_000
