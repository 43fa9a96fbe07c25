"""Limits on tries to get in, counted in a real database by a clock that the test moves."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from accounts import devices, tries
from accounts.errors import TooManyTries
from accounts.tries import Admitted, Client
from core import limits
from core.ids import new_id
from core.sealing import Keyring
from gateway.jobs.maintenance import sweep
from gateway.server.client import client_key
from sql.database import Database, Pool

START = datetime(2026, 1, 1, tzinfo=UTC)
OWNER = "owner@example.org"


class Door:
    """Tries to get in, each in a transaction of its own."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database, self.keyring, self.now = database, keyring, START

    async def attempt(self, client: Client | str, email: str = OWNER, *, right: bool = False) -> Admitted:
        """Try once; a right password gives the try back. Raises ``TooManyTries``."""
        client = Client(client) if isinstance(client, str) else client
        async with self.database.transaction() as tx:
            admitted = await tries.log_in(tx, self.keyring, client, email, self.now)
        if right:
            async with self.database.transaction() as tx:
                await tries.succeeded(tx, admitted, self.now)
            tries.remember(self.keyring, client, admitted.account, self.now)
            client.device = client.remembered or ""
        return admitted

    async def wait(self, client: Client | str, email: str = OWNER) -> int:
        """Return for how many seconds a try is refused; 0 when it passes."""
        try:
            await self.attempt(client, email)
        except TooManyTries as refused:
            return refused.seconds
        return 0

    async def attack(self, number: int) -> int:
        """Try from that many addresses, one each, and return how many passed."""
        return [await self.wait(f"10.0.{one // 250}.{one % 250}") for one in range(number)].count(0)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer tries, for the suite's time; seconds stay."""
    monkeypatch.setattr(limits, "ACCOUNT_TRIES", 20)
    monkeypatch.setattr(limits, "CLIENT_TRIES", 15)
    monkeypatch.setattr(limits, "CLIENT_SIGN_UPS", 12)


@pytest.fixture
def door(database: Database, keyring: Keyring) -> Door:
    return Door(database, keyring)


async def test_waits_of_a_client_at_an_account_double_and_a_right_password_ends_them(door: Door) -> None:
    assert [await door.wait("1.1.1.1") for _ in range(limits.CLIENT_ACCOUNT_TRIES)] == [0] * 10
    waits = []
    for _ in range(12):
        waits.append(await door.wait("1.1.1.1"))
        door.now += timedelta(seconds=waits[-1])
        assert await door.wait("1.1.1.1", OWNER.upper() + " ") == 0
    assert waits[:5] == [2, 4, 8, 16, 32]
    assert waits == sorted(waits)
    assert 600 < waits[-1] <= limits.CLIENT_ACCOUNT_TRY_SECONDS
    door.now += timedelta(seconds=limits.CLIENT_ACCOUNT_TRY_SECONDS)
    await door.attempt("1.1.1.1", right=True)
    assert [await door.wait("1.1.1.1") for _ in range(limits.CLIENT_ACCOUNT_TRIES)] == [0] * 10


async def test_an_account_is_guessed_at_from_everywhere_only_so_often(door: Door) -> None:
    assert await door.attack(limits.ACCOUNT_TRIES + 20) == limits.ACCOUNT_TRIES
    door.now += timedelta(hours=1)
    assert await door.attack(30) == limits.ACCOUNT_TRIES
    door.now += timedelta(minutes=20)
    assert await door.attack(30) == 1200 // limits.ACCOUNT_TRY_SECONDS


async def test_the_owner_is_served_by_device_or_known_address_whatever_others_do(door: Door) -> None:
    device = Client("7.7.7.7")
    await door.attempt(device, right=True)
    await door.attack(limits.ACCOUNT_TRIES + 20)
    assert await door.wait("8.8.8.8") > 0, "a stranger is refused"
    assert await door.wait("7.7.7.7") == 0, "the address of an API client that has no cookies"
    assert await door.wait(Client("8.8.8.8", device.device)) == 0, "the same device elsewhere"
    assert await door.wait(Client("8.8.8.8", device.device), "other@example.org") == 0
    door.now += timedelta(days=limits.KNOWN_CLIENT_DAYS, seconds=1)
    await door.attack(limits.ACCOUNT_TRIES + 20)
    assert await door.wait("7.7.7.7") > 0
    assert await door.wait(Client("8.8.8.8", device.device)) == 0
    door.now = START + timedelta(days=limits.DEVICE_DAYS, seconds=1)
    await door.attack(limits.ACCOUNT_TRIES + 20)
    assert await door.wait(Client("8.8.8.8", device.device)) > 0


async def test_a_device_is_not_held_up_by_neighbours_of_its_address(door: Door) -> None:
    device = Client("7.7.7.7")
    await door.attempt(device, right=True)
    waits = [await door.wait("7.7.7.7", f"{number}@example.org") for number in range(limits.CLIENT_TRIES)]
    assert waits.count(0) == limits.CLIENT_TRIES - 1
    assert await door.wait("7.7.7.7") > 0
    assert await door.wait(device) == 0


async def test_a_stolen_device_cookie_gives_ten_tries_and_no_more(door: Door) -> None:
    device = Client("7.7.7.7")
    await door.attempt(device, right=True)
    waits = [await door.wait(Client(f"9.9.9.{number}", device.device)) for number in range(12)]
    assert [wait == 0 for wait in waits] == [True] * 10 + [False] * 2


async def test_a_new_device_is_served_just_below_the_limit_of_its_account(door: Door) -> None:
    assert await door.attack(limits.ACCOUNT_TRIES - 1) == limits.ACCOUNT_TRIES - 1
    await door.attempt("8.8.8.8", right=True)
    assert await door.wait("9.9.9.9") == 0, "a right password gives its try back"
    assert await door.wait("9.9.9.8") > 0


async def test_what_is_refused_uses_nothing_of_any_limit(door: Door, owner_url: str) -> None:
    for number in range(limits.CLIENT_TRIES):
        await door.attempt("6.6.6.6", f"{number}@example.org")
    before = rows(owner_url)
    assert [await door.wait("6.6.6.6") > 0 for _ in range(30)] == [True] * 30
    assert rows(owner_url) == before
    assert await door.attack(limits.ACCOUNT_TRIES) == limits.ACCOUNT_TRIES, "the account's limit is whole"


async def test_a_flood_of_made_up_addresses_pushes_nothing_out_and_is_swept(
    door: Door, owner_url: str, worker_pool: Pool
) -> None:
    await door.attempt(Client("7.7.7.7"), right=True)
    assert await door.attack(limits.ACCOUNT_TRIES) == limits.ACCOUNT_TRIES
    passed = 0
    for second in range(20):
        door.now = START + timedelta(seconds=second)
        for number in range(4):
            passed += await door.wait("6.6.6.6", f"{second}.{number}@example.org") == 0
    assert passed <= limits.CLIENT_TRIES + 20 / limits.CLIENT_TRY_SECONDS + 1, "one client makes so many rows"
    assert await door.wait("8.8.8.8") > 0, "the account's row is still there"
    rows_of_a_try = 3  # of the client, of the client at the account, of the account
    assert len(rows(owner_url)) <= rows_of_a_try * (passed + limits.ACCOUNT_TRIES)
    door.now += timedelta(seconds=limits.CLIENT_ACCOUNT_TRY_SECONDS + 1)
    await sweep(worker_pool.database(), door.now)
    assert len(rows(owner_url)) == 2, "the account, under attack, and the address known at it"


async def test_tries_at_one_moment_are_counted_one_by_one(door: Door) -> None:
    waits = await asyncio.gather(*(door.wait("1.1.1.1") for _ in range(limits.CLIENT_ACCOUNT_TRIES)))
    assert waits == [0] * 10
    waits = await asyncio.gather(*(door.wait("1.1.1.1") for _ in range(20)))
    assert 0 not in waits


async def test_unknown_and_impossible_addresses_are_limited_like_others(door: Door) -> None:
    for number, email in enumerate(("nobody@example.org", "no address", "", "\ud800", "x" * 5_000)):
        waits = [await door.wait(f"1.1.1.{number}", email) for _ in range(limits.CLIENT_ACCOUNT_TRIES + 1)]
        assert [wait == 0 for wait in waits] == [True] * 10 + [False], email


async def test_one_household_of_ipv6_is_one_client(door: Door) -> None:
    household = [client_key(f"2001:db8:1:2::{number:x}") for number in range(limits.CLIENT_ACCOUNT_TRIES + 1)]
    waits = [await door.wait(address) for address in household]
    assert [wait == 0 for wait in waits] == [True] * 10 + [False]
    assert await door.wait(client_key("2001:db8:1:3::1")) == 0


async def test_passwords_are_changed_and_accounts_made_only_so_often(door: Door) -> None:
    async def refused(work: str) -> bool:
        try:
            async with door.database.transaction() as tx:
                if work == "sign up":
                    await tries.sign_up(tx, door.keyring, Client("1.1.1.1"), door.now)
                elif work == "accept":
                    await tries.accept_invitation(tx, door.keyring, Client("1.1.1.1"), door.now)
                else:
                    await tries.change_password(tx, door.keyring, user_id, door.now)
        except TooManyTries:
            return True
        return False

    user_id = new_id()
    for work, most in (
        ("sign up", limits.CLIENT_SIGN_UPS),
        ("accept", limits.CLIENT_TRIES),
        ("change", limits.CLIENT_ACCOUNT_TRIES),
    ):
        assert [await refused(work) for _ in range(most + 1)] == [False] * most + [True], work
    user_id = new_id()
    assert not await refused("change")


async def test_stored_keys_name_nobody(door: Door, owner_url: str) -> None:
    await door.attempt("203.0.113.77", "somebody@example.org", right=True)
    stored = b"".join(key for key, _ in rows(owner_url))
    assert stored
    assert b"203.0.113" not in stored
    assert b"somebody" not in stored


def test_a_device_cookie_serves_at_its_accounts_only_and_cannot_be_made_up(keyring: Keyring) -> None:
    cookie = ""
    accounts = [tries.account_of(keyring, f"{number}@example.org") for number in range(limits.DEVICE_ACCOUNTS + 1)]
    for account in accounts:
        cookie = devices.remembered(keyring, cookie, account, START)
    assert len(cookie) < 400
    found = [devices.recognised(keyring, cookie, account, START) for account in accounts]
    assert found[0] is None, "the one that was not used for longest makes room"
    assert None not in found[1:]
    assert len(set(found)) == len(found)
    again = devices.remembered(keyring, cookie, accounts[-1], START)
    assert again.count("~") == cookie.count("~"), "one entry an account"
    other = Keyring.parse(Keyring.generate())
    assert devices.recognised(other, cookie, accounts[1], START) is None
    expiry, id, signature = cookie.split("~")[0].split(".")
    forged = f"{int(expiry, 16) + 1:x}.{id}.{signature}"
    for odd in (forged, f"{expiry}.{id}.", "..", "~", "ffffffffffffffffffff.a.b", "-1.a.b", "ü", "x" * 9_999):
        assert devices.recognised(keyring, odd, accounts[-1], START) is None
        assert devices.recognised(keyring, devices.remembered(keyring, odd, accounts[0], START), accounts[0], START)


def rows(owner_url: str) -> list[tuple[bytes, datetime]]:
    with psycopg.connect(owner_url) as owner:
        return owner.execute("select key, empty_at from rate_limits order by key").fetchall()
