"""What is promised of sessions, tried on the real parts."""

from datetime import timedelta

import psycopg

from accounts import people, sessions
from accounts.secrets import stored_hash
from core.sealing import Keyring
from sql.database import Database
from sql.rows.accounts import PasswordRow, UserRow
from tests.accounts.makers import NOW, make_person, started


async def test_session_stands_for_its_person_until_it_expires(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring, "Ada", "author")
    async with database.transaction() as tx:
        secret = await sessions.begin(tx, ada.id, NOW)
    assert secret.startswith("pas_")
    assert len(secret) == 47
    found = await sessions.resolve(database, secret, NOW + timedelta(days=30, microseconds=-1))
    assert found is not None
    assert (found.user_id, found.display_name, found.role, found.scopes) == (ada.id, "Ada", "author", None)
    assert await sessions.resolve(database, secret, NOW + timedelta(days=30)) is None


async def test_secret_of_nobody_stands_for_nobody(database: Database, keyring: Keyring, owner_url: str) -> None:
    ada = await make_person(database, keyring)
    async with database.transaction() as tx:
        secret = await sessions.begin(tx, ada.id, NOW)
    with psycopg.connect(owner_url) as owner:
        row = owner.execute("select token_hash from sessions").fetchone()
    assert row == (stored_hash(secret),)
    for wrong in ("", secret[:-1], secret + "x", row[0].hex(), "\ud800", "\0"):
        assert await sessions.resolve(database, wrong, NOW) is None


async def test_ending_one_session_leaves_the_others(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring)
    async with database.transaction() as tx:
        one, other = await sessions.begin(tx, ada.id, NOW), await sessions.begin(tx, ada.id, NOW)
        await sessions.end(tx, stored_hash(one))
        await sessions.end(tx, stored_hash(one))
    assert await sessions.resolve(database, one, NOW) is None
    assert await sessions.resolve(database, other, NOW) is not None


async def test_signing_out_everywhere_ends_all_of_ones_own_sessions_only(database: Database, keyring: Keyring) -> None:
    ada, bob = await make_person(database, keyring, "Ada"), await make_person(database, keyring, "Bob")
    async with database.transaction() as tx:
        secrets = [await sessions.begin(tx, ada.id, NOW) for _ in range(3)]
        bobs = await sessions.begin(tx, bob.id, NOW)
    async with database.transaction() as tx:
        await sessions.end_all(tx, ada.id)
    assert [await sessions.resolve(database, secret, NOW) for secret in secrets] == [None] * 3
    assert await sessions.resolve(database, bobs, NOW) is not None


async def test_changed_password_ends_all_sessions_but_the_one_that_changed_it(
    database: Database, keyring: Keyring
) -> None:
    ada = await make_person(database, keyring, "Ada", password_hash="old")
    async with database.transaction() as tx:
        kept, ended = await sessions.begin(tx, ada.id, NOW), await sessions.begin(tx, ada.id, NOW)
        await people.change_password(tx, PasswordRow(ada.id, "old"), "new", stored_hash(kept))
    assert await sessions.resolve(database, kept, NOW) is not None
    assert await sessions.resolve(database, ended, NOW) is None
    assert await people.password_by_id(database, ada.id) == PasswordRow(ada.id, "new")


async def test_log_in_under_way_while_the_password_changes_waits_and_is_refused(
    database: Database, keyring: Keyring
) -> None:
    ada = await make_person(database, keyring, "Ada", password_hash="old")
    verified = PasswordRow(ada.id, "old")

    async def log_in() -> UserRow | None:
        async with database.transaction() as tx:
            return await people.hold_password(tx, verified)

    async with database.transaction() as tx:
        await people.change_password(tx, verified, "new", None)
        waiting = await started(log_in())
    assert await waiting is None


async def test_password_change_waits_for_a_log_in_and_ends_its_session(database: Database, keyring: Keyring) -> None:
    ada = await make_person(database, keyring, "Ada", password_hash="old")
    verified = PasswordRow(ada.id, "old")

    async def change() -> None:
        async with database.transaction() as tx:
            await people.change_password(tx, verified, "new", None)

    async with database.transaction() as tx:
        assert await people.hold_password(tx, verified) == ada
        secret = await sessions.begin(tx, ada.id, NOW)
        waiting = await started(change())
    await waiting
    assert await sessions.resolve(database, secret, NOW) is None
