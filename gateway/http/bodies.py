"""Reading a request's body: never more than is allowed, never for longer, and only as strict JSON."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from starlette.requests import ClientDisconnect, Request

from core import limits
from gateway.errors import Refusal

T = TypeVar("T")

_RESERVED = ("query", "variables", "operationName", "extensions")
_PARSED_INLINE = 200_000  # bytes, at most 20 ms
_DRAIN_BYTES = 64_000_000
_DRAIN_SECONDS = 10.0


async def read_json(request: Request, allowed: int) -> object:
    """Return the body as JSON; raises ``Refusal`` (400, 408, 413, 415)."""
    return await read_as(request, allowed, lambda value: value)


async def read_as(request: Request, allowed: int, made: Callable[[object], T]) -> T:
    """Return what is made of the body's JSON; a large one is parsed and made in a thread. Raises like ``read_json``."""
    require_json(request)
    body = await read_bytes(request, allowed)
    if len(body) <= _PARSED_INLINE:
        return made(parsed(body))
    return await asyncio.to_thread(lambda: made(parsed(body)))


def require_json(request: Request) -> None:
    """Refuse (415) every form of body but JSON in UTF-8: a form of another site can send the others."""
    kind, _, rest = request.headers.get("content-type", "").partition(";")
    charset = rest.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send a JSON body with content-type: application/json (UTF-8).")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "Send the body without content-encoding.")


async def read_bytes(request: Request, allowed: int) -> bytes:
    """Return the body, counted while it streams in; raises ``Refusal`` (408, 413) and ``ClientDisconnect``."""
    declared = request.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = int(declared) if declared.isdigit() and len(declared) < 20 else 0
    try:
        async with asyncio.timeout(limits.REQUEST_SECONDS):
            if size <= allowed:
                size = 0
                while size <= allowed and (chunk := await _chunk(request)) is not None:
                    size += len(chunk)
                    chunks.append(chunk)
    except TimeoutError:
        request.state.body_read = True
        message = f"The body did not arrive within {limits.REQUEST_SECONDS} seconds."
        raise Refusal(408, "TIMEOUT", message, {"connection": "close"}) from None
    if size > allowed:
        raise Refusal(413, "TOO_LARGE", f"The body is larger than {allowed} bytes, the most allowed here.")
    return b"".join(chunks)


async def drain(request: Request) -> None:
    """Let a refused client finish sending, within bounds: many read an answer only after that."""
    if getattr(request.state, "body_read", False) or not _has_body(request):
        return
    drained = 0
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while drained < _DRAIN_BYTES and (chunk := await _chunk(request)) is not None:
                drained += len(chunk)
    except TimeoutError:
        return


async def _chunk(request: Request) -> bytes | None:
    """Return the next part of the body, None after the last; raises ``ClientDisconnect``."""
    if getattr(request.state, "body_read", False):
        return None
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    request.state.body_read = not message.get("more_body", False)
    chunk: bytes = message.get("body", b"")
    return chunk


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def parsed(body: bytes) -> object:
    """Return strict JSON; lone surrogates, NaN, and the fields of a request named twice are refused (400)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(400, "BAD_REQUEST", f"The body is not JSON: {_reason(error)}.") from None
    if any(body.count(b'"%b"' % name.encode()) > 1 for name in _RESERVED):
        _refuse_twins(body)
    return value


def _reason(error: orjson.JSONDecodeError) -> str:
    if "surrogate" in error.msg or "hex escape" in error.msg:
        return f"a lone surrogate, which is no Unicode text, or a bad escape at position {error.pos}"
    if "depth" in error.msg:
        return "it is nested too deeply"
    if "UTF-8" in error.msg:
        return "it is not in UTF-8"
    return f"{error.msg} (line {error.lineno}, column {error.colno})"


def _refuse_twins(body: bytes) -> None:
    outermost: list[list[tuple[str, Any]]] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        # Objects end from the inside out, so the last one noted is the request itself.
        outermost[:] = [pairs]

    try:
        json.loads(body, object_pairs_hook=note)
    except RecursionError:
        raise Refusal(400, "LIMIT", "The body is nested too deeply.") from None
    names = [name for name, _ in outermost[0]]
    for name in _RESERVED:
        if names.count(name) > 1:
            raise Refusal(400, "BAD_REQUEST", f"The field {name} is given twice.")
