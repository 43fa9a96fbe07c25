"""What comes over the pipe to a browser, whatever its length."""

import asyncio
import os

import pytest

from sandbox import pipe
from sandbox.pipe import BrowserGone, Message, Pipe


async def opened() -> tuple[Pipe, int, int]:
    """A pipe, and the two ends that a browser would have: where it reads and where it writes."""
    reads, ours_out = os.pipe()
    ours_in, writes = os.pipe()
    return await Pipe.open(ours_in, ours_out), reads, writes


@pytest.mark.asyncio
async def test_an_event_that_is_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "MAX_MESSAGE", 10_000)
    connection, reads, writes = await opened()
    heard: list[tuple[str, Message]] = []
    connection.listen("", lambda method, params: heard.append((method, params)))
    answer = connection.post("Some.command")
    for length in (11_000, 95_000):
        long = b'{"method":"Page.left","params":{"url":"' + b"x" * length + b'"}}\0'
        await asyncio.to_thread(os.write, writes, long)
    await asyncio.to_thread(os.write, writes, b'{"method":"Page.came","params":{}}\0{"id":1,"result":{"a":1}}\0')
    assert await asyncio.wait_for(answer, 5) == {"a": 1}
    assert heard == [("Page.came", {})]
    await connection.close()
    os.close(reads)
    os.close(writes)


@pytest.mark.asyncio
async def test_an_answer_that_is_too_long_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipe, "MAX_MESSAGE", 10_000)
    connection, reads, writes = await opened()
    answer = connection.post("Some.command")
    await asyncio.to_thread(os.write, writes, b'{"id":1,"result":{"a":"' + b"x" * 40_000 + b'"}}\0')
    with pytest.raises(BrowserGone):
        await asyncio.wait_for(answer, 5)
    await connection.close()
    os.close(reads)
    os.close(writes)
