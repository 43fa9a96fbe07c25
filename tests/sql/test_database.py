"""Reads and transactions on a real server: what commits, what is counted, and what each failure is called."""

import asyncio
from collections.abc import Callable

import psycopg
import pytest

from sql.database import Database, Jsonb, Pool, Transaction
from sql.errors import Busy, ConstraintViolated, DatabaseError, Unavailable, Unfit
from tests.sql.makers import (
    ADD_TRACK,
    CHANGE,
    ONE,
    SET,
    SETTINGS,
    SLEEP,
    Number,
    Setting,
    Value,
    query,
    rows,
    write,
)


async def test_a_transaction_commits_at_its_end_and_sees_its_own_writes(database: Database, owner_url: str) -> None:
    async with database.transaction() as tx:
        assert await tx.execute(SET, name="a", value="1") == 1
        assert await tx.fetch_all(SETTINGS, Setting) == [Setting("a", "1")]
        assert await database.fetch_all(SETTINGS, Setting) == []
        assert rows(owner_url) == []
        assert await tx.execute(CHANGE, name="a", value="2") == 1
        assert await tx.execute(CHANGE, name="b", value="2") == 0
    assert await database.fetch_one(SETTINGS, Setting) == Setting("a", "2")
    assert rows(owner_url) == [("a", "2")]


async def test_a_block_that_raises_leaves_nothing(database: Database, owner_url: str) -> None:
    async def fall(tx: Transaction) -> None:
        await tx.execute_many(SET, [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}])
        assert len(await tx.fetch_all(SETTINGS, Setting)) == 2
        raise ValueError("Something of the house's own.")

    with pytest.raises(ValueError, match=r"^Something of the house's own\.$"):
        async with database.transaction() as tx:
            await fall(tx)
    assert rows(owner_url) == []
    assert await database.fetch_one(SETTINGS, Setting) is None


async def test_a_broken_constraint_is_told_by_its_name_and_rolls_all_back(database: Database, owner_url: str) -> None:
    with pytest.raises(ConstraintViolated, match=r"^The constraint settings_pkey refused the write\.$") as refused:
        await write(database, (SET, {"name": "a", "value": "1"}), (SET, {"name": "a", "value": "2"}))
    assert refused.value.constraint == "settings_pkey"
    assert rows(owner_url) == []


async def test_a_constraint_that_is_checked_at_commit_is_told_too(database: Database, owner_url: str) -> None:
    steps = [(ADD_TRACK, {"slug": slug, "position": position}) for slug, position in (("one", 1), ("two", 1))]
    with pytest.raises(ConstraintViolated) as refused:
        await write(database, *steps, (SET, {"name": "reached", "value": ""}))
    assert refused.value.constraint == "tracks_position"
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select count(*) from tracks").fetchone() == (0,)
    with pytest.raises(ConstraintViolated, match="settings_pkey"):
        # Told at its own statement although tracks_position is broken already: that one waits for the commit.
        await write(database, *steps, *[(SET, {"name": "reached", "value": ""})] * 2)


async def test_a_mistake_in_a_statement_is_no_failure_of_the_database(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        await database.fetch_all(query("select 1 as number from nothing"), Number)
    assert await database.fetch_one(ONE, Number) == Number(1)


async def test_the_meter_counts_statements_and_rows(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(SET, name="a", value="1")
        await tx.execute_many(SET, [{"name": name, "value": ""} for name in "bcd"])
        await tx.execute_many(SET, [])
        await tx.fetch_all(SETTINGS, Setting)
    assert (database.meter.statements, database.meter.rows) == (5, 4)
    await database.fetch_one(SETTINGS, Setting)
    assert (database.meter.statements, database.meter.rows) == (6, 8)


async def test_each_request_has_a_meter_of_its_own(pool: Pool) -> None:
    one, other = pool.database(), pool.database()
    await one.fetch_all(ONE, Number)
    assert (one.meter.statements, other.meter.statements) == (1, 0)


async def test_json_is_read_and_written_as_it_is(database: Database) -> None:
    found = await database.fetch_one(query("select %(value)s::jsonb as value"), Value, value=Jsonb({"ä": 1}))
    assert found == Value({"ä": 1})


async def test_waiting_too_long_for_a_lock_is_busy(database: Database, pool: Pool) -> None:
    async with database.transaction() as tx:
        await tx.execute(SET, name="a", value="1")
    patience = query("set local lock_timeout = '100ms'")
    async with database.transaction() as holder:
        await holder.execute(CHANGE, name="a", value="2")
        with pytest.raises(Busy, match=r"^The database is busy with a conflicting change; try again\.$"):
            await write(pool.database(), (patience, {}), (CHANGE, {"name": "a", "value": "3"}))
    assert await database.fetch_one(SETTINGS, Setting) == Setting("a", "2")


async def test_of_two_that_wait_for_each_other_one_is_busy_and_the_other_goes_on(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute_many(SET, [{"name": name, "value": "0"} for name in "ab"])
    met = asyncio.Barrier(2)

    async def change(first: str, second: str) -> str:
        async with database.transaction() as tx:
            await tx.execute(CHANGE, name=first, value=first)
            await met.wait()
            await tx.execute(CHANGE, name=second, value=first)
        return first

    found = await asyncio.gather(change("a", "b"), change("b", "a"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Busy", "str"]
    winner = next(one for one in found if isinstance(one, str))
    assert await database.fetch_all(SETTINGS, Setting) == [Setting("a", winner), Setting("b", winner)]


async def test_a_statement_beyond_its_deadline_is_busy(database: Database) -> None:
    with pytest.raises(Busy):
        await write(database, (query("set local statement_timeout = '50ms'"), {}), (SLEEP, {}))
    assert await database.fetch_one(ONE, Number) == Number(1)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DatabaseError, "The database did not do what was asked."),
        (Unavailable, "The database cannot be reached."),
        (Busy, "The database is busy with a conflicting change; try again."),
        (Unfit, "The database is not one that this program can serve."),
    ],
)
def test_an_error_without_words_speaks_by_its_class(error: Callable[..., DatabaseError], message: str) -> None:
    assert str(error()) == message
    assert str(error("Other words.")) == "Other words."
