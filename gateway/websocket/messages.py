"""The messages of ``graphql-transport-ws`` as they come in and go out: their form, their number, their size.

A message that is not of the protocol's form ends the socket with 4400 and a reason, before any handler sees it.
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.http.exceptions import WebSocketDisconnected

from core import limits
from gateway.http.error_format import encoded
from gateway.server.pace import Pace

BAD_MESSAGE = 4400
TOO_MANY = 1008  # "policy violation": clients do not connect again by themselves
_REASON_BYTES = 120  # a close frame holds at most 123 bytes of reason
_SHOWN = 40


class BadMessage(Exception):
    """A message is not of the protocol's form; the text is the reason of the close frame."""


class Messages:
    """One socket as strawberry's handler wants it; ``heard`` is called for each message that came in."""

    def __init__(self, socket: WebSocket, heard: Callable[[], None]) -> None:
        self._socket = socket
        self._heard = heard
        self._pace = Pace(limits.SOCKET_MESSAGES, limits.SOCKET_MESSAGES_A_SECOND)

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Yield messages of the protocol's form until the socket is closed, by either side."""
        while self._socket.application_state is WebSocketState.CONNECTED:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._heard()
            text = message.get("text")
            if not self._pace.take(1 + len(text or "") // limits.SOCKET_MESSAGE_WEIGHT_BYTES):
                await self.close(TOO_MANY, f"Too many messages: at most {limits.SOCKET_MESSAGES_A_SECOND} a second")
                return
            try:
                checked = message_in(text)
            except BadMessage as error:
                await self.close(BAD_MESSAGE, str(error))
                return
            yield checked

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; raises ``WebSocketDisconnected``."""
        try:
            await self._socket.send_text(encoded(dict(message)).decode())
        except (WebSocketDisconnect, RuntimeError) as error:  # the latter after our own close
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        """Close the socket; a second close is ignored."""
        with suppress(WebSocketDisconnect, RuntimeError):
            await self._socket.close(code, reason.encode()[:_REASON_BYTES].decode(errors="ignore"))


def message_in(text: str | None) -> dict[str, Any]:
    """Return the message that a text frame holds; raises ``BadMessage``."""
    if text is None:
        raise BadMessage("Messages are JSON in text frames, not binary ones")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadMessage("The message is not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadMessage("A message is an object with the field type, a text")
    match message["type"]:
        case "connection_init" | "ping" | "pong":
            _require(message, "payload", dict, optional=True)
            if message.get("payload") is None:
                message.pop("payload", None)
        case "subscribe":
            _require(message, "id", str)
            _require(message, "payload", dict)
            payload = message["payload"]
            _require(payload, "query", str)
            _require(payload, "operationName", str, optional=True)
            _require(payload, "variables", dict, optional=True)
            _require(payload, "extensions", dict, optional=True)
        case "complete":
            _require(message, "id", str)
        case other:
            raise BadMessage(f"Clients send no message of the type {other[:_SHOWN]!r}")
    if message.get("id") == "":
        raise BadMessage("The field id is empty")
    return message


def _require(message: Mapping[str, Any], name: str, kind: type, *, optional: bool = False) -> None:
    value = message.get(name)
    if not isinstance(value, kind) and not (optional and value is None):
        what = "a text" if kind is str else "an object"
        raise BadMessage(f"The field {name} is {what}" + (" or null" if optional else ""))
