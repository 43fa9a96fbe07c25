"""GraphQL requests over keep-alive connections, with little work for the sender: a load generator beside its server."""

import asyncio
import re
from collections.abc import Sequence
from itertools import cycle
from urllib.parse import urlsplit

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """Connections to one server; as many are open as requests run at once. ``seconds`` bounds each answer.

    They come from the addresses of ``sources`` in turn: a server that bounds what one client may open sees several.
    """

    def __init__(self, url: str, *, seconds: float = 240, sources: Sequence[str] = ("127.0.0.1",)) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        self.host, self.port = address.hostname, address.port
        self._seconds = seconds
        self._sources = cycle(sources)
        self._idle: list[Pair] = []

    async def post(self, body: bytes, token: str | None = None) -> bytes:
        """Send a request and return the answer's body; raises ``OSError``, ``EOFError`` or ``ValueError``."""
        reader, writer = await self._connection()
        try:
            async with asyncio.timeout(self._seconds):
                writer.write(request(body, token))
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
                if length is None:
                    raise ValueError("An answer without its length.")
                answer = await reader.readexactly(int(length[1]))
        except BaseException:
            writer.transport.abort()
            raise
        if re.search(rb"\r\nconnection: *close", head, re.IGNORECASE):
            writer.close()
        else:
            self._idle.append((reader, writer))
        return answer

    async def hang_up(self, body: bytes, token: str | None, after: float) -> None:
        """Send a request on a connection of its own and reset that after so many seconds."""
        _, writer = await self._opened()
        writer.write(request(body, token))
        try:
            await asyncio.sleep(after)
        finally:
            writer.transport.abort()

    def close(self) -> None:
        """Close the connections that no request uses."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _connection(self) -> Pair:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await self._opened()

    async def _opened(self) -> Pair:
        return await asyncio.open_connection(self.host, self.port, local_addr=(next(self._sources), 0))


def request(body: bytes, token: str | None = None) -> bytes:
    """Return a POST of this JSON to ``/graphql``."""
    credential = f"authorization: Bearer {token}\r\n" if token else ""
    return (
        f"POST /graphql HTTP/1.1\r\nhost: x\r\n{credential}content-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body
