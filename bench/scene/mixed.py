"""What clients do during the endurance run: mixed requests, hang-ups, sockets that come and go, an author who saves."""

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from bench.hang_ups import OWN, SAVE
from bench.outages import READ, SUBMIT, Answer, Figures, Load, code_of, data_of, operation
from bench.scene.classroom import PATH
from bench.scene.wire import Wire

PROTOCOL = Subprotocol("graphql-transport-ws")
STANDING = "query ($path: String!) { challenge(path: $path) { id liveSetHash draft { revision contentHash } } }"
PUBLISH = "mutation ($input: PublishChallengeInput!) { publishChallenge(input: $input) { userErrors { code } } }"
PUBLICATIONS = "subscription { publications { seq kind } }"
GRADED = "subscription ($id: ID!) { attemptGraded(attemptId: $id) { id } }"
SOURCES = [f"127.0.0.{number}" for number in range(1, 9)]  # addresses that the clients come from
UNDER_WAY_MOST = (
    1_500  # requests: nobody sends further ones while so many wait, fewer for each address than it may open
)
SAVES_TO_A_PUBLISH = 10
ANSWER_SECONDS = 60.0
PATIENCE = (0.0005, 0.04)  # seconds after which a client hangs up


class Mixed(Load):
    """Of 20 requests: 12 reads of a visitor, 3 of own rows, 3 submissions, a hang-up in each of the latter two.

    Who hung up in a submission sends it again under the same key. ``unsent`` counts what was due while too many
    requests had no answer; ``hung_up``, ``sockets`` and ``heard`` count hang-ups, sockets, and what subscriptions told.
    """

    unsent = 0
    _marks = 0
    hung_up = 0
    sockets = 0
    heard = 0
    _chance = random.Random(1)  # noqa: S311 - nothing secret, and repeatable

    def __init__(self, address: str, tokens: list[str], challenge_id: str, rate: float, figures: Figures) -> None:
        super().__init__(address, tokens, challenge_id, rate, figures)
        self.wire = Wire(address, sources=SOURCES)

    async def send(self, number: int) -> None:
        if len(self.under_way) > UNDER_WAY_MOST:
            self.unsent += 1
            return
        token, turn, began = self._chance.choice(self.tokens), number % 20, time.monotonic()
        if turn in (6, 16):
            await self._leave(turn, token, self._mark())
        elif turn % 8 == 1:
            await self._submit(token, self._mark(), began)
        elif turn % 8 == 3:
            self.noted(code_of(await self.ask(token, OWN, {})), began)
        else:
            self.noted(code_of(await self.ask(None, READ, {"path": PATH})), began)

    def _mark(self) -> str:
        self._marks += 1
        return f"mark-{id(self)}-{self._marks}"

    def noted(self, code: str, began: float, mark: str | None = None) -> None:
        """Note an answer that came now."""
        self.figures.answers.append(Answer(code, began, time.monotonic() - began, mark))

    async def _submit(self, token: str, mark: str, began: float) -> None:
        code = await self.submit(token, mark)
        if code == "UNKNOWN":
            self.unknown.append((token, mark))
        self.noted(code, began, mark)

    async def _leave(self, turn: int, token: str, mark: str) -> None:
        after = self._chance.uniform(*PATIENCE)
        self.hung_up += 1
        if turn == 6:
            await self.wire.hang_up(orjson.dumps(operation(OWN, {})), token, after)
            return
        await self.wire.hang_up(orjson.dumps(operation(SUBMIT, {"input": self.given(mark)})), token, after)
        began = time.monotonic()
        code = await self.submit(token, mark)
        if code != "OK":  # whether the first one was carried out nobody was told
            self.unknown.append((token, mark))
        self.noted(code, began, mark)


async def saving(load: Mixed, author: str, every: float) -> None:
    """Save a draft so often as the author, and publish each tenth, until cancelled."""
    number = 0
    while True:
        await asyncio.sleep(every)
        number += 1
        seen = await _told(load, author, STANDING, {"path": PATH})
        if seen is None:
            continue
        given = {"challengeId": seen["challenge"]["id"]}
        edit = given | {"expectedRevision": seen["challenge"]["draft"]["revision"], "title": f"Edition {number}"}
        await _told(load, author, SAVE, {"input": edit})
        if number % SAVES_TO_A_PUBLISH:
            continue
        if seen := await _told(load, author, STANDING, {"path": PATH}):
            draft, live = seen["challenge"]["draft"], seen["challenge"]["liveSetHash"]
            wish = given | {"contentHash": draft["contentHash"], "liveSetHash": live, "changelog": "More."}
            await _told(load, author, PUBLISH, {"input": wish})


async def _told(load: Mixed, token: str, query: str, variables: dict[str, Any]) -> dict[str, Any] | None:
    began = time.monotonic()
    answered = await load.ask(token, query, variables)
    load.noted(code_of(answered), began)
    return None if isinstance(answered, str) else answered


async def churn(load: Mixed, author: str, number: int, pause: float) -> None:
    """Open one socket after the other until cancelled; the even ``number`` is the author, the odd one a learner.

    A session subscribes and asks. Then it ends in one of four ways: all in order, without a word about its
    subscription, by a reset, or by a reset in the middle of a query.
    """
    chance, turn = random.Random(number), 0  # noqa: S311 - nothing secret, and repeatable
    while True:
        turn += 1
        token = author if number % 2 == 0 else chance.choice(load.tokens)
        mark = None if number % 2 == 0 else f"socket-{id(load)}-{number}-{turn}"
        try:
            async with connect(
                f"ws://{load.wire.host}:{load.wire.port}/graphql",
                subprotocols=[PROTOCOL],
                additional_headers={"authorization": f"Bearer {token}"},
                open_timeout=ANSWER_SECONDS,
            ) as made:
                load.sockets += 1
                await asyncio.wait_for(_session(load, made, token, mark, turn, pause), 3 * ANSWER_SECONDS)
        except (OSError, WebSocketException) as error:
            load.noted(f"socket: {_reason(error)}", time.monotonic())
            await asyncio.sleep(pause)


async def _session(load: Mixed, made: ClientConnection, token: str, mark: str | None, turn: int, pause: float) -> None:
    await _send(made, "connection_init")
    await _next(made, "connection_ack")
    if mark is None:
        await _subscribe(made, "heard", PUBLICATIONS, {})
        query, variables = READ, {"path": PATH}
    else:
        began = time.monotonic()
        try:
            submitted = await _asked(load, made, SUBMIT, {"input": load.given(mark)})
        except (OSError, WebSocketException):
            load.unknown.append((token, mark))
            load.noted("UNKNOWN", began, mark)
            raise
        load.noted(code_of(submitted), began, mark)
        if isinstance(submitted, str):
            if submitted == "UNKNOWN":
                load.unknown.append((token, mark))
            return
        await _subscribe(made, "heard", GRADED, {"id": submitted["submitAttempt"]["attempt"]["id"]})
        query, variables = OWN, {}
    began = time.monotonic()
    load.noted(code_of(await _asked(load, made, query, variables)), began)
    with suppress(TimeoutError):
        async with asyncio.timeout(pause):
            while True:
                _listened(load, await _next(made, "next", "error", "complete"))
    if turn % 4 == 0:
        await _send(made, "complete", id="heard")
    elif turn % 4 == 3:
        await _subscribe(made, "left", query, variables)
        await asyncio.sleep(pause / 100)
    if turn % 4 > 1:
        made.transport.abort()


async def _asked(load: Mixed, made: ClientConnection, query: str, variables: dict[str, Any]) -> dict[str, Any] | str:
    """Run a query or mutation and wait for its end; what subscriptions tell meanwhile is counted."""
    await _subscribe(made, "asked", query, variables)
    found: dict[str, Any] | str = "no answer"
    while True:
        message = await _next(made, "next", "error", "complete")
        if message["id"] != "asked":
            _listened(load, message)
        elif message["type"] == "complete":
            return found
        elif message["type"] == "error":
            return data_of(_errors(message))
        else:
            found = data_of(message["payload"])


def _listened(load: Mixed, message: dict[str, Any]) -> None:
    """Count what a subscription told, and note it when it is an error."""
    load.heard += 1
    if message["type"] == "error" or message.get("payload", {}).get("errors"):
        load.noted(code_of(data_of(_errors(message))), time.monotonic())


def _errors(message: dict[str, Any]) -> dict[str, Any]:
    return {"errors": message["payload"]} if message["type"] == "error" else dict(message["payload"])


async def _subscribe(made: ClientConnection, id: str, query: str, variables: dict[str, Any]) -> None:
    await _send(made, "subscribe", id=id, payload=operation(query, variables))


async def _send(made: ClientConnection, kind: str, **more: object) -> None:
    await made.send(orjson.dumps({"type": kind, **more}).decode())


async def _next(made: ClientConnection, *kinds: str) -> dict[str, Any]:
    """Return the next message of one of these kinds; pings are answered."""
    while True:
        message: dict[str, Any] = orjson.loads(await asyncio.wait_for(made.recv(), ANSWER_SECONDS))
        if message["type"] in kinds:
            return message
        if message["type"] == "ping":
            await _send(made, "pong")


def _reason(error: Exception) -> str:
    """Say how a socket was refused or closed: the code of the close, or the error."""
    received = getattr(error, "rcvd", None)
    return f"closed with {received.code}" if received else type(error).__name__


def refused(codes: Counter[str]) -> Counter[str]:
    """Return what no client may be answered, also while the database is away."""
    fair = {"OK", "UNAVAILABLE", "TIMEOUT", "OVERLOADED", "UNKNOWN", "COMMITTED"}
    return Counter({code: count for code, count in codes.items() if code not in fair})
