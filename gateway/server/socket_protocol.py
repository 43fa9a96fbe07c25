"""uvicorn's WebSocket protocol with bounds of our own: frames a second, and how long answers may stay unread.

uvicorn closes a connection by writing what is left first, which a client that does not read puts off for ever; here the
connection is then dropped. At the end of the process sockets close with 1001, "going away", so clients come back.
"""

import asyncio
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from core import limits
from gateway.server.connections import LINGER_SECONDS
from gateway.server.pace import Pace

GOING_AWAY, POLICY_VIOLATION = 1001, 1008


class SocketProtocol(WebSocketsSansIOProtocol):
    """Named to uvicorn by its import path."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._frames = Pace(limits.SOCKET_FRAMES, limits.SOCKET_FRAMES_A_SECOND)
        self._drop: asyncio.TimerHandle | None = None

    def handle_cont(self, event: Frame) -> None:
        if self._counted():
            super().handle_cont(event)

    def handle_ping(self) -> None:
        if self._counted():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        if self._counted():
            super().handle_pong(event)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._drop_later()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._drop is not None and not self.close_sent:
            self._drop.cancel()
            self._drop = None

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._drop_later()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.close_sent:
            self._drop_later()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._drop is not None:
            self._drop.cancel()

    def shutdown(self) -> None:
        if self.handshake_complete and not self.close_sent:
            self.stop_keepalive()
            self.close_sent = True
            self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
            self.conn.send_close(GOING_AWAY, "The server stops; connect again")
            self.transport.write(b"".join(self.conn.data_to_send()))
            # For the client to answer with its own close; a reset would take ours away.
            self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)
        else:
            super().shutdown()
        self._drop_later()

    def _counted(self) -> bool:
        """Count a control frame or a fragment; close the connection when there were too many."""
        if self.close_sent or self._frames.take():
            return not self.close_sent
        self._end(POLICY_VIOLATION, "Too many control frames or fragments")
        return False

    def _end(self, code: int, reason: str) -> None:
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.conn.fail(code, reason)
        self.close_sent = True
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()
        self._drop_later()

    def _drop_later(self) -> None:
        if self._drop is None:
            self._drop = self.loop.call_later(limits.SOCKET_UNREAD_SECONDS, self.transport.abort)
