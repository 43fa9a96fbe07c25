"""Attacks with connections alone: ones that are opened and never used, fed slowly, or never read."""

import asyncio
import socket

from bench.attacks.registry import Target, attack, request

HEAD = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
PAUSE = 0.5  # seconds between two bytes
NAMES = [f"{'a' * 3_000}{number}" for number in range(30)]
LARGE = "{" + " ".join(f"{name}: __typename" for name in NAMES) + "}"  # its answer is as long as itself


async def _until_closed(target: Target, reader: asyncio.StreamReader) -> None:
    """Read until the server ends the connection, and note the status that it told before."""
    told = await reader.read(65_536)
    target.counts[f"answered {told[9:12].decode(errors='replace')}" if told else "ended without a word"] += 1


async def _trickle(target: Target, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, byte: bytes) -> None:
    """Send the byte again and again until the server ends the connection."""
    closed = asyncio.ensure_future(_until_closed(target, reader))
    try:
        while not closed.done():
            writer.write(byte)
            await asyncio.wait((closed,), timeout=PAUSE)
    finally:
        closed.cancel()


@attack()
async def half_open(target: Target) -> None:
    """Open connections and send nothing."""

    async def one(_: int) -> None:
        async with target.connected() as (reader, _writer):
            target.counts["opened"] += 1
            await _until_closed(target, reader)

    await target.many(target.size, one)


@attack()
async def slow_headers(target: Target) -> None:
    """Send the headers of requests a byte at a time, without end."""

    async def one(_: int) -> None:
        async with target.connected() as (reader, writer):
            target.counts["opened"] += 1
            writer.write(b"GET /graphql HTTP/1.1\r\nx-slow: ")
            await _trickle(target, reader, writer, b"a")

    await target.many(target.size, one)


@attack()
async def slow_bodies(target: Target) -> None:
    """Send the bodies of requests a byte at a time."""

    async def one(_: int) -> None:
        async with target.connected() as (reader, writer):
            target.counts["opened"] += 1
            writer.write(HEAD + b"content-length: 900000\r\n\r\n")
            await _trickle(target, reader, writer, b" ")

    await target.many(target.size, one)


@attack()
async def unread_answers(target: Target) -> None:
    """Ask for large answers, many on one connection, and read none of them."""

    async def one(_: int) -> None:
        async with target.connected(receive_bytes=4_096) as (_reader, writer):
            target.counts["opened"] += 1
            writer.write(request(LARGE, keep=True) * 10)
            made = writer.get_extra_info("socket")
            while not made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):  # noqa: ASYNC110 - nothing tells of a reset
                await asyncio.sleep(PAUSE)
            target.counts["ended by the server"] += 1

    await target.many(min(target.size, 100), one)


@attack()
async def from_everywhere(target: Target) -> None:
    """Open connections from hundreds of addresses and send nothing: no client is over its own limit."""

    async def one(index: int) -> None:
        async with target.connected(f"127.0.{1 + index // 10 % 200}.2") as (reader, _writer):
            target.counts["opened"] += 1
            await _until_closed(target, reader)

    await target.many(target.size * 4, one)


@attack(descriptors=256)
async def descriptors(target: Target) -> None:
    """Open more connections than the gateway has descriptors, again and again."""

    async def one(index: int) -> None:
        while True:
            try:
                async with target.connected(f"127.0.{1 + index // 10 % 200}.2") as (reader, _writer):
                    target.counts["opened"] += 1
                    await _until_closed(target, reader)
            except OSError:
                target.counts["refused"] += 1
            await asyncio.sleep(PAUSE)

    await target.many(1_000, one)
