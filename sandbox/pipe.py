"""Speaks the DevTools protocol over two pipes: JSON messages, each ended by a NUL.

No port is opened and nothing can connect from outside. Deliberately absent: the ``Runtime`` and ``Console`` domains'
events, which make V8 look into the page's objects, and with it run the page's code.
"""

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

MAX_MESSAGE = 32 << 20  # bytes; a screenshot has less than a tenth of it
EVENT = b'{"method":'  # how an event begins, and no answer

Message = dict[str, Any]
Listener = Callable[[str, Message], None]


class BrowserGone(Exception):
    """The browser has ended, or what it says can no longer be followed."""


class CommandRefused(Exception):
    """The browser answered a command with an error; the message is the browser's."""


class Pipe:
    """One connection: commands out, answers matched by number, events handed to the listener of their session."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.WriteTransport, wake: asyncio.Event) -> None:
        self._reader = reader
        self._writer = writer
        self._wake = wake
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._listeners: dict[str, Listener] = {}
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, reads: int, writes: int) -> "Pipe":
        """Take over both descriptors: ``reads`` is where the browser's words arrive."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=MAX_MESSAGE)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reads, "rb", 0))
        try:
            writer, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writes, "wb", 0))
        except BaseException:
            _close(reader)
            raise
        return cls(reader, writer, asyncio.Event())

    def listen(self, session: str, listener: Listener | None) -> None:
        """Hand the events of ``session`` ("" is the browser itself) to ``listener``; None ends that."""
        if listener is None:
            self._listeners.pop(session, None)
        else:
            self._listeners[session] = listener

    def post(self, method: str, session: str = "", **params: object) -> asyncio.Future[Message]:
        """Send a command at once and return its answer to come; nobody need await it."""
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        if self._task.done() or self._writer.is_closing():
            answer.set_exception(BrowserGone())
            answer.add_done_callback(_seen)
            return answer
        self._number += 1
        message: Message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._waiting[self._number] = answer
        number = self._number
        answer.add_done_callback(_seen)
        answer.add_done_callback(lambda _: self._waiting.pop(number, None))
        self._writer.write(json.dumps(message).encode() + b"\0")
        return answer

    async def send(self, method: str, session: str = "", **params: object) -> Message:
        """Send a command and return its answer.

        Raises:
            CommandRefused: the browser says why.
            BrowserGone: there is no browser any more.
        """
        return await self.post(method, session, **params)

    async def gone(self) -> None:
        """Return when the browser has closed its end."""
        await asyncio.wait([self._task])

    @property
    def is_gone(self) -> bool:
        return self._task.done()

    async def close(self) -> None:
        """Close both ends; what still waits gets ``BrowserGone``."""
        self.drop()
        await asyncio.wait([self._task])

    def drop(self) -> None:
        """Close both ends without waiting; may be called again."""
        self._task.cancel()
        self._writer.close()
        _close(self._reader)

    async def _read(self) -> None:
        try:
            while True:
                try:
                    text = await self._reader.readuntil(b"\0")
                except asyncio.LimitOverrunError:
                    await self._skip()
                    continue
                self._deliver(json.loads(text[:-1]))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError, RecursionError):
            pass
        finally:
            for answer in list(self._waiting.values()):
                if not answer.done():
                    answer.set_exception(BrowserGone())

    async def _skip(self) -> None:
        """Leave an event out that is too long: a page chooses the addresses and names in it.

        Raises:
            ValueError: it is no event.
        """
        if await self._reader.readexactly(len(EVENT)) != EVENT:
            raise ValueError("An answer is too long.")
        while True:
            try:
                await self._reader.readuntil(b"\0")
                return
            except asyncio.LimitOverrunError as error:
                await self._reader.readexactly(error.consumed)

    def _deliver(self, message: Message) -> None:
        number = message.get("id")
        if number is None:
            listener = self._listeners.get(message.get("sessionId", ""))
            if listener:
                listener(message["method"], message.get("params", {}))
            return
        answer = self._waiting.get(number)
        if answer and not answer.done():
            if "error" in message:
                answer.set_exception(CommandRefused(message["error"].get("message", "")))
            else:
                answer.set_result(message.get("result", {}))


def _seen(answer: "asyncio.Future[Message]") -> None:
    """Mark an error as noticed: many commands are sent without waiting for what they answer."""
    if not answer.cancelled():
        answer.exception()


def _close(reader: asyncio.StreamReader) -> None:
    reader._transport.close()  # type: ignore[attr-defined]  # no public way to it
