"""Turns: one of a client at a time, few of all, whoever waits longest first, and none is lost."""

import asyncio

from gateway.execution.turns import Turn, Turns


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_client_has_one_turn_and_others_come_in_between() -> None:
    turns, order = Turns(2), list[str]()

    async def work(client: str, name: str, ended: asyncio.Event) -> None:
        await turns.take(client)
        order.append(name)
        await ended.wait()
        turns.end(client)

    ends = [asyncio.Event() for _ in range(4)]
    names = (("greedy", "first"), ("greedy", "second"), ("greedy", "third"), ("modest", "other"))
    working = [asyncio.create_task(work(client, name, end)) for (client, name), end in zip(names, ends, strict=True)]
    await settle()
    assert order == ["first", "other"]
    assert len(turns) == 2
    ends[3].set()
    await settle()
    assert order == ["first", "other"]  # there is room, but none for the same client
    ends[0].set()
    await settle()
    assert order == ["first", "other", "second"]
    for end in ends:
        end.set()
    await asyncio.gather(*working)
    assert order[-1] == "third"
    assert len(turns) == 0


async def test_no_more_turns_at_once_than_there_are() -> None:
    turns, most = Turns(3), 0

    async def work(client: str) -> None:
        nonlocal most
        await turns.take(client)
        most = max(most, len(turns))
        await asyncio.sleep(0)
        turns.end(client)

    await asyncio.gather(*(work(f"client-{number}") for number in range(20)))
    assert most == 3
    assert len(turns) == 0


async def test_who_is_cancelled_while_waiting_or_just_called_leaves_no_turn_behind() -> None:
    turns = Turns(1)
    await turns.take("one")
    waiting = asyncio.create_task(turns.take("two"))
    called = asyncio.create_task(turns.take("three"))
    await settle()
    waiting.cancel()
    await settle()
    turns.end("one")  # the turn is given to the third, which is cancelled before it runs
    called.cancel()
    await asyncio.gather(waiting, called, return_exceptions=True)
    assert len(turns) == 0
    await asyncio.wait_for(turns.take("four"), 5)


async def test_the_branches_of_an_operation_share_its_turn() -> None:
    turns = Turns(1)
    await turns.take("other")
    turn = Turn(turns, "mine")
    branches = [asyncio.create_task(turn.pause()) for _ in range(3)]
    await settle()
    assert not any(branch.done() for branch in branches)
    branches[0].cancel()
    await settle()
    turns.end("other")
    await asyncio.gather(*branches[1:])
    await asyncio.wait_for(turn.pause(), 5)
    assert len(turns) == 1
    turn.end()
    assert len(turns) == 0


async def test_an_operation_that_ends_before_its_turn_comes_gives_up_its_place() -> None:
    turns = Turns(1)
    await turns.take("other")
    turn = Turn(turns, "mine")
    branch = asyncio.create_task(turn.pause())
    await settle()
    turn.end()
    await asyncio.gather(branch, return_exceptions=True)
    turns.end("other")
    await asyncio.wait_for(turns.take("next"), 5)
    assert len(turns) == 1


async def test_an_operation_that_never_pauses_takes_none() -> None:
    turns = Turns(1)
    Turn(turns, "mine").end()
    assert len(turns) == 0


async def test_what_runs_on_of_an_operation_that_ended_takes_no_turn() -> None:
    turns = Turns(1)
    turn = Turn(turns, "mine")
    turn.end()
    await asyncio.wait_for(turn.pause(), 5)
    assert len(turns) == 0
