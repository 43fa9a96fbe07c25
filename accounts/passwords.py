"""Passwords: argon2id with 19 MiB, two passes, one lane, computed in a few threads beside the event loop.

Verifying costs the same whether the address is known or not: without a stored hash a dummy is verified, so the time
of an answer does not tell who has an account. One core is left to everything else, and who would wait too long is
turned away (``PasswordsBusy``): people who sign in, or attack, slow nobody's reading. Deliberately absent: rules about
digits and symbols, which make worse passwords; length is what counts.
"""

import asyncio
import os
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from accounts.errors import PasswordsBusy
from core import limits, texts
from core.faults import Faults, Invalid, Required, TooLarge

_HASHER = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID, encoding="utf-8"
)
# argon2 lets go of the interpreter's lock, so threads use the cores; their number bounds the memory that they take.
_THREADS = ThreadPoolExecutor(max_workers=max(1, min(4, (os.cpu_count() or 1) - 1)), thread_name_prefix="argon2")

T = TypeVar("T")


class _Waiting:
    """How many passwords are being computed or wait for it; counted by threads and by several loops."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = Lock()

    def enter(self) -> None:
        with self._lock:
            if self._count >= limits.PASSWORDS_WAITING:
                raise PasswordsBusy
            self._count += 1

    def leave(self, done: object) -> None:
        with self._lock:
            self._count -= 1


_waiting = _Waiting()


def check(faults: Faults, path: tuple[str, ...], password: str) -> None:
    """Add what is wrong with a password that somebody wants to set."""
    if not password:
        faults.append(Required(path, "A password is needed."))
    elif len(password) > limits.PASSWORD:
        faults.append(TooLarge(path, f"{len(password)} characters; at most {limits.PASSWORD} are allowed."))
    elif texts.storable(faults, path, password) and len(password) < limits.PASSWORD_LEAST:
        faults.append(Invalid(path, f"{len(password)} characters; at least {limits.PASSWORD_LEAST} are needed."))


async def hashed(password: str) -> str:
    """Return the argon2id hash of a password in its usual ``$argon2id$…`` form; raises ``PasswordsBusy``."""
    return await _computed(_HASHER.hash, _plain(password))


async def verified(stored: str | None, password: str) -> bool:
    """Tell whether the password belongs to the stored hash; never without one, which takes as long.

    Raises ``PasswordsBusy``.
    """
    if len(password) > limits.PASSWORD:
        stored, password = None, ""
    return await _computed(_verify, stored, _plain(password))


def is_outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(stored)


async def _computed(work: Callable[..., T], *given: object) -> T:
    _waiting.enter()
    future: Future[T] = _THREADS.submit(work, *given)
    future.add_done_callback(_waiting.leave)
    try:
        # Who gives up while waiting leaves the row; a computation that has begun is let end.
        async with asyncio.timeout(limits.PASSWORD_SECONDS):
            return await asyncio.wrap_future(future)
    except TimeoutError:
        raise PasswordsBusy from None


def _verify(stored: str | None, plain: bytes) -> bool:
    try:
        _HASHER.verify(_dummy() if stored is None else stored, plain)
    except VerifyMismatchError:
        return False
    return stored is not None


@cache
def _dummy() -> str:
    return _HASHER.hash(secrets.token_bytes(32))


def _plain(password: str) -> bytes:
    # One form for letters that keyboards write in several ways.
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")
