"""How often somebody may try to get in, counted in the database, so that all processes count together.

A try uses one of several limits at once, or none of any when one of them is used up: who is refused takes nothing away
from others. Signing in is limited

- by client, over all accounts;
- by client and account, with a wait that doubles;
- by account, over all clients that never signed in to it. A device that did (``devices``), or an address from which
  somebody did, is not held up by it, so strangers cannot keep an owner out. A device with a cookie has limits of its
  own and is not held up by its neighbours behind the same address either.

A password that was right gives back what the try used. Accounts are keyed hashes, also of addresses that have no
account, so nothing here tells who has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from accounts import addresses, devices
from accounts.errors import TooManyTries
from core import limits
from core.sealing import Keyring
from sql.database import Transaction
from sql.named import Query, load
from sql.rows.accounts import RateLimitKeyRow, RateLimitRow


@dataclass(frozen=True)
class _Queries:
    take_rate_limits: Query
    rate_limits_in_use: Query
    hold_rate_limits: Query
    forget_rate_limit: Query
    give_back_rate_limit: Query
    keep_rate_limit: Query


_q = load("accounts/rate_limits", _Queries)


@dataclass(slots=True)
class Client:
    """Where a request comes from: its address or network, as limits count it, and its device cookie.

    ``remembered`` is the cookie to answer with.
    """

    address: str = ""
    device: str = ""
    remembered: str | None = None


@dataclass(frozen=True, slots=True)
class _Limit:
    key: bytes
    burst: int
    seconds: int
    doubles: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """A try that may be made: what to forget and what to give back if the password is right."""

    account: bytes
    own: bytes
    shared: bytes | None = None
    known: bytes | None = None


async def log_in(tx: Transaction, keyring: Keyring, client: Client, email: str, now: datetime) -> Admitted:
    """Count a try to sign in; raises ``TooManyTries``."""
    account = account_of(keyring, email)
    device = devices.recognised(keyring, client.device, account, now)
    if device is not None:
        own = _at_account(keyring, b"device", device, account)
        await _take(tx, [own], now)
        return Admitted(account, own.key)
    own = _at_account(keyring, b"client", client.address.encode(), account)
    known = keyring.mac("rate limit", b"known", client.address.encode(), account)
    asked = [_of_client(keyring, client), own]
    shared = None
    if not await tx.fetch_all(_q.rate_limits_in_use, RateLimitKeyRow, keys=[known], now=now):
        shared = keyring.mac("rate limit", b"account", account)
        asked.append(_Limit(shared, limits.ACCOUNT_TRIES, limits.ACCOUNT_TRY_SECONDS))
    await _take(tx, asked, now)
    return Admitted(account, own.key, shared, known)


async def sign_up(tx: Transaction, keyring: Keyring, client: Client, now: datetime) -> None:
    """Count an account that a client makes, or tries to make; raises ``TooManyTries``."""
    key = keyring.mac("rate limit", b"sign up", client.address.encode())
    await _take(tx, [_Limit(key, limits.CLIENT_SIGN_UPS, limits.CLIENT_SIGN_UP_SECONDS)], now)


async def accept_invitation(tx: Transaction, keyring: Keyring, client: Client, now: datetime) -> None:
    """Count a try to accept an invitation, with those to sign in; raises ``TooManyTries``."""
    await _take(tx, [_of_client(keyring, client)], now)


async def change_password(tx: Transaction, keyring: Keyring, user_id: UUID, now: datetime) -> Admitted:
    """Count a try to tell one's current password; raises ``TooManyTries``."""
    own = _at_account(keyring, b"change", b"", user_id.bytes)
    await _take(tx, [own], now)
    return Admitted(user_id.bytes, own.key)


async def succeeded(tx: Transaction, admitted: Admitted, now: datetime) -> None:
    """Forget what a try used, which turned out to be right, and know its client from now on."""
    keys = [key for key in (admitted.own, admitted.shared, admitted.known) if key]
    await tx.fetch_all(_q.hold_rate_limits, RateLimitKeyRow, keys=keys)
    await tx.execute(_q.forget_rate_limit, key=admitted.own)
    if admitted.shared is not None:
        await tx.execute(_q.give_back_rate_limit, key=admitted.shared, leak=limits.ACCOUNT_TRY_SECONDS)
    if admitted.known is not None:
        until = now + timedelta(days=limits.KNOWN_CLIENT_DAYS)
        await tx.execute(_q.keep_rate_limit, key=admitted.known, until=until, now=now)


async def withdrawn(tx: Transaction, admitted: Admitted) -> None:
    """Give back what a try used that was never looked at."""
    await tx.fetch_all(
        _q.hold_rate_limits, RateLimitKeyRow, keys=[key for key in (admitted.own, admitted.shared) if key]
    )
    await tx.execute(_q.give_back_rate_limit, key=admitted.own, leak=limits.CLIENT_ACCOUNT_TRY_SECONDS)
    if admitted.shared is not None:
        await tx.execute(_q.give_back_rate_limit, key=admitted.shared, leak=limits.ACCOUNT_TRY_SECONDS)


def remember(keyring: Keyring, client: Client, account: bytes, now: datetime) -> None:
    """Have the answer tell the device by which it is known at this account from now on."""
    client.remembered = devices.remembered(keyring, client.remembered or client.device, account, now)


def account_of(keyring: Keyring, email: str) -> bytes:
    """Return the keyed hash of an account, by any text that is given as its address."""
    found = addresses.lookup(keyring, email)
    return found or keyring.mac("no address", email.encode(errors="surrogatepass"))


def _of_client(keyring: Keyring, client: Client) -> _Limit:
    key = keyring.mac("rate limit", b"client", client.address.encode())
    return _Limit(key, limits.CLIENT_TRIES, limits.CLIENT_TRY_SECONDS)


def _at_account(keyring: Keyring, kind: bytes, who: bytes, account: bytes) -> _Limit:
    key = keyring.mac("rate limit", kind, who, account)
    return _Limit(key, limits.CLIENT_ACCOUNT_TRIES, limits.CLIENT_ACCOUNT_TRY_SECONDS, doubles=True)


async def _take(tx: Transaction, asked: Sequence[_Limit], now: datetime) -> None:
    found = await tx.fetch_one(
        _q.take_rate_limits,
        RateLimitRow,
        keys=[one.key for one in asked],
        bursts=[float(one.burst) for one in asked],
        leaks=[float(one.seconds) for one in asked],
        doubles=[one.doubles for one in asked],
        now=now,
    )
    assert found is not None
    if found.seconds > 0:
        raise TooManyTries(ceil(found.seconds))
