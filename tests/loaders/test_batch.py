"""Batches: one fetch for a tick's keys, answers by key, and nothing left running when a request is given up."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.ids import new_id
from core.sealing import Keyring
from loaders.batch import Abandoned, Batch, Fetching, by_key, grouped
from loaders.content.tree import modules_by_track_id, track_by_id
from loaders.loader import ReadContext, list_loader, loader
from loaders.users import user_by_id
from sql.database import Database

Tasks = Fetching


class Shelf:
    """Answers keys with their squares, remembers what it was asked, and leaves negative keys out."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    async def fetch(self, keys: Sequence[int]) -> dict[int, int | None]:
        self.asked.append(list(keys))
        await asyncio.sleep(0)
        return {key: key * key for key in reversed(keys) if key >= 0}


async def test_keys_of_one_tick_are_fetched_once_and_answered_in_the_callers_order() -> None:
    shelf, tasks = Shelf(), Tasks()
    batch: Batch[int, int | None] = Batch(shelf.fetch, lambda: None, tasks)
    assert await asyncio.gather(*(batch.load(key) for key in (3, 1, 2, 1, 3))) == [9, 1, 4, 1, 9]
    assert shelf.asked == [[3, 1, 2]]
    assert tasks == set()


async def test_a_key_asked_again_is_answered_from_memory_and_a_new_one_fetched_alone() -> None:
    shelf = Shelf()
    batch: Batch[int, int | None] = Batch(shelf.fetch, lambda: None, Fetching())
    assert await batch.load(3) == 9
    assert list(await asyncio.gather(batch.load(3), batch.load(4))) == [9, 16]
    assert shelf.asked == [[3], [4]]


async def test_a_missing_key_is_answered_by_a_value_of_its_own() -> None:
    shelf = Shelf()
    batch: Batch[int, Any] = Batch(shelf.fetch, list, Fetching())
    one, two, found = await asyncio.gather(batch.load(-1), batch.load(-2), batch.load(2))
    assert [one, two, found] == [[], [], 4]
    assert one is not two


async def test_a_failing_fetch_fails_each_who_waits_and_is_tried_again() -> None:
    failures = [ValueError("The shelf fell.")]

    async def fetch(keys: Sequence[int]) -> dict[int, int | None]:
        if failures:
            raise failures.pop()
        return {key: key for key in keys}

    tasks = Tasks()
    batch: Batch[int, int | None] = Batch(fetch, lambda: None, tasks)
    found = await asyncio.gather(batch.load(1), batch.load(2), return_exceptions=True)
    assert [str(one) for one in found] == ["The shelf fell.", "The shelf fell."]
    assert tasks == set()
    assert await batch.load(1) == 1


async def test_giving_up_ends_the_fetch_and_whoever_waits() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def fetch(keys: Sequence[int]) -> dict[int, int | None]:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return {}

    tasks = Tasks()
    batch: Batch[int, int | None] = Batch(fetch, lambda: None, tasks)
    waiting = [asyncio.ensure_future(batch.load(key)) for key in (1, 2)]
    await asyncio.wait_for(begun.wait(), 1)
    assert len(tasks) == 1
    for task in tuple(tasks):
        task.cancel()
    found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 1)
    assert [type(one) for one in found] == [Abandoned, Abandoned]
    assert ended.is_set()
    assert tasks == set()


async def test_a_waiter_that_is_cancelled_leaves_the_batch_to_be_cancelled_with_the_request() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def fetch(keys: Sequence[int]) -> dict[int, int | None]:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return {}

    tasks = Tasks()
    batch: Batch[int, int | None] = Batch(fetch, lambda: None, tasks)
    waiting = asyncio.ensure_future(batch.load(1))
    await asyncio.wait_for(begun.wait(), 1)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    for task in tuple(tasks):
        task.cancel()
    await asyncio.wait_for(ended.wait(), 1)


async def test_the_loaders_of_a_request_join_keys_into_one_statement_and_can_be_given_up(
    database: Database, keyring: Keyring, clock: Callable[[], Any]
) -> None:
    ctx = ReadContext(database=database, keyring=keyring, now=clock(), sees_all=True)
    ids = [new_id() for _ in range(20)]
    assert await asyncio.gather(*(ctx.load(track_by_id, id) for id in ids)) == [None] * 20
    assert database.meter.statements == 1
    assert await asyncio.gather(*(ctx.load(modules_by_track_id, id) for id in ids)) == [[]] * 20
    assert database.meter.statements == 2
    waiting = asyncio.ensure_future(ctx.load(user_by_id, ids[0]))
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(ctx._tasks) == 1
    ctx.cancel()
    with pytest.raises(Abandoned):
        await asyncio.wait_for(waiting, 5)
    # The connection came back: the next request is served.
    fresh = ReadContext(database=database, keyring=keyring, now=clock(), sees_all=True)
    assert await fresh.load(user_by_id, ids[0]) is None


async def test_a_request_batches_by_the_loader_and_keeps_what_its_loaders_share(
    database: Database, keyring: Keyring, clock: Callable[[], Any]
) -> None:
    shelf = Shelf()

    @loader
    async def square(ctx: ReadContext, keys: Sequence[int]) -> dict[int, int | None]:
        return await shelf.fetch([*keys, len(ctx.kept(_noted))])

    @list_loader
    async def squares(ctx: ReadContext, keys: Sequence[int]) -> dict[int, list[int]]:
        ctx.kept(_noted).append("squares")
        return {key: [key, key * key] for key in keys if key >= 0}

    ctx, other = (ReadContext(database=database, keyring=keyring, now=clock()) for _ in range(2))
    assert list(await asyncio.gather(ctx.load(squares, 2), ctx.load(squares, -2))) == [[2, 4], []]
    assert list(await asyncio.gather(ctx.load(square, 3), ctx.load(square, 4), other.load(square, 3))) == [9, 16, 9]
    # The note of the first request is seen by its other loader, and by no other request.
    assert shelf.asked == [[3, 4, 1], [3, 0]]
    assert await ctx.load(square, 3) == 9
    assert await ctx.load(square, -3) is None
    assert shelf.asked[2:] == [[-3, 1]]


def _noted(ctx: ReadContext) -> list[str]:
    return []


def test_rows_are_indexed_and_grouped_in_their_order() -> None:
    rows = ["one", "two", "three", "four"]
    assert by_key(rows, len) == {3: "two", 5: "three", 4: "four"}
    assert grouped(rows, len) == {3: ["one", "two"], 5: ["three"], 4: ["four"]}
    assert grouped([], len) == {}
