"""What is promised of audit, tried on the real parts."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from accounts import audit
from accounts.audit import BrokenEvent
from core.canonical import Canonical
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database
from sql.rows.accounts import UserRow
from tests.accounts.makers import NOW, act_of, make_person


async def record_some(database: Database, by: UserRow, count: int = 5) -> None:
    for number in range(count):
        async with database.transaction() as tx:
            detail: dict[str, Canonical] = {"before": "learner", "after": "author", "number": number}
            await audit.record(tx, act_of(by), "role_set", by.id, detail)


async def test_untouched_record_is_whole(database: Database, keyring: Keyring) -> None:
    assert await audit.verify(database) is None
    await record_some(database, await make_person(database, keyring, "Root", "admin"))
    assert await audit.verify(database) is None


async def test_time_of_events_only_grows(database: Database, keyring: Keyring, owner_url: str) -> None:
    root = await make_person(database, keyring, "Root", "admin")
    for at in (NOW, NOW, NOW - timedelta(days=1), NOW + timedelta(days=1)):
        async with database.transaction() as tx:
            await audit.record(tx, WriteContext(root.id, at), "role_set", None, {})
    with psycopg.connect(owner_url) as owner:
        times = [row[0] - NOW for row in owner.execute("select at from audit_events order by seq").fetchall()]
    tick = timedelta(microseconds=1)
    assert times == [timedelta(0), tick, 2 * tick, timedelta(days=1)]


async def test_events_of_many_at_once_are_numbered_without_gap(database: Database, keyring: Keyring) -> None:
    root = await make_person(database, keyring, "Root", "admin")
    await asyncio.gather(*(record_some(database, root, 5) for _ in range(6)))
    assert await audit.verify(database) is None


async def test_event_of_a_transaction_that_fails_leaves_no_trace(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    root = await make_person(database, keyring, "Root", "admin")

    async def record_and_fail() -> None:
        async with database.transaction() as tx:
            await audit.record(tx, act_of(root), "role_set", root.id, {})
            raise LookupError("the rest failed")

    with pytest.raises(LookupError, match="the rest failed"):
        await record_and_fail()
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select (select count(*) from audit_events), seq from audit_head").fetchone() == (0, 0)


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("update audit_events set action = 'role_sett' where seq = 3", 3),
        ("update audit_events set actor_id = null where seq = 3", 3),
        ("update audit_events set subject_id = null where seq = 3", 3),
        ("update audit_events set id = gen_random_uuid() where seq = 3", 3),
        ("update audit_events set detail = jsonb_set(detail, '{after}', '\"admin\"') where seq = 3", 3),
        ("update audit_events set detail = '{\"number\": 2.5}' where seq = 3", 3),
        ("update audit_events set at = at + interval '1 microsecond' where seq = 3", 3),
        ("update audit_events set hash = translate(hash, '0123456789abcdef', '123456789abcdef0') where seq = 3", 3),
        ("update audit_events set previous_hash = repeat('0', 64) where seq = 3", 3),
        ("update audit_events set seq = 30 where seq = 3", 3),
        ("delete from audit_events where seq = 3", 3),
        ("delete from audit_events where seq = 1", 1),
        ("delete from audit_events where seq = 5", 5),
        ("delete from audit_events", 1),
        ("update audit_head set hash = repeat('0', 64)", 5),
        ("update audit_head set at = at + interval '1 microsecond'", 5),
        ("update audit_head set seq = 4", 5),
        ("update audit_head set seq = 6", 6),
        ("delete from audit_head", 5),
    ],
)
async def test_what_is_changed_behind_its_back_is_found(
    database: Database, keyring: Keyring, owner_url: str, change: str, seq: int
) -> None:
    await record_some(database, await make_person(database, keyring, "Root", "admin"))
    with psycopg.connect(owner_url) as owner:
        assert owner.execute(change.encode()).rowcount > 0
    broken = await audit.verify(database)
    assert isinstance(broken, BrokenEvent)
    assert broken.seq == seq


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_events set action = 'nothing'",
        "delete from audit_events",
        "truncate audit_events",
        "delete from audit_head",
        "delete from users",
        "alter table audit_events drop column hash",
    ],
)
async def test_gateway_cannot_rewrite_the_record(
    database: Database, keyring: Keyring, gateway_url: str, statement: str
) -> None:
    await record_some(database, await make_person(database, keyring, "Root", "admin"), 1)
    with (
        psycopg.connect(gateway_url) as gateway,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        gateway.execute(statement.encode())
    assert await audit.verify(database) is None


async def test_record_longer_than_one_stretch_is_walked_whole(
    database: Database, keyring: Keyring, owner_url: str
) -> None:
    await record_some(database, await make_person(database, keyring, "Root", "admin"), 7)
    assert await audit.verify(database, stretch=2) is None
    with psycopg.connect(owner_url) as owner:
        owner.execute("update audit_events set subject_id = %s where seq = 6", [uuid4()])
    broken = await audit.verify(database, stretch=2)
    assert broken is not None
    assert broken.seq == 6
