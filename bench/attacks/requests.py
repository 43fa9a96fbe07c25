"""Attacks with whole requests: documents that ask for much, sockets of one address, and guesses of a password."""

import asyncio
import json

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bench.attacks.registry import ADDRESS, Target, attack

AT_ONCE = 8  # requests of an attacker under way
SCHEMA = "{ queryType { name } types { name fields { name type { name ofType { name ofType { name } } } } } }"
FIND = "query ($path: String!) { challenge(path: $path) { id } }"
TEXTS = "... on Challenge { id version { instructions starter { html css js } } }"
LOG_IN = """mutation ($email: String!, $password: String!) {
    logIn(input: {email: $email, password: $password}) { userErrors { code } } }"""


async def _again(target: Target, query: str, variables: object = None, *, token: str | None = None) -> None:
    """Send the operation again and again, several at once, and count the statuses."""

    async def one(_: int) -> None:
        while True:
            status, body = await target.post(query, variables, token=token)
            target.counts[f"answered {status}"] += 1
            target.counts["bytes"] += len(body)

    await target.many(AT_ONCE, one)


@attack()
async def introspection(target: Target) -> None:
    """Ask for the whole schema under many names in one document."""
    await _again(target, "{" + " ".join(f"a{number}: __schema {SCHEMA}" for number in range(29)) + "}")


@attack()
async def introspection_once(target: Target) -> None:
    """Ask for the whole schema, each time by another document, so that no answer is kept for the next."""

    async def one(index: int) -> None:
        turn = 0
        while True:
            turn += 1
            status, body = await target.post(f"query Q{index}x{turn} {{ __schema {SCHEMA} }}")
            target.counts[f"answered {status}"] += 1
            target.counts["bytes"] += len(body)

    await target.many(AT_ONCE, one)


@attack()
async def one_text_many_times(target: Target) -> None:
    """Ask for the long texts of one challenge a hundred times under many names."""
    _, body = await target.post(FIND, {"path": target.path})
    id = body.partition(b'"id":"')[2].partition(b'"')[0].decode()
    fields = " ".join(f"a{number}: nodes(ids: $ids) {{ {TEXTS} }}" for number in range(8))
    await _again(target, f"query ($ids: [ID!]!) {{ {fields} }}", {"ids": [id] * 100})


@attack()
async def guesses_of_a_password(target: Target) -> None:
    """Try to sign in to the account of a learner."""
    await _again(target, LOG_IN, {"email": target.email, "password": "not the one"})


@attack()
async def sockets_of_one_address(target: Target) -> None:
    """Open sockets as a learner and as a visitor, and keep as many as the server lets live."""

    async def one(index: int) -> None:
        payload = {} if index % 2 else {"authorization": f"Bearer {target.token}"}
        init = json.dumps({"type": "connection_init", "payload": payload})
        while True:
            try:
                async with connect(
                    f"ws://{target.host}:{target.port}/graphql",
                    subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]  # a plain text will do
                    local_addr=(ADDRESS, 0),
                    proxy=None,
                ) as socket:
                    await socket.send(init)
                    await socket.recv()
                    target.counts["acknowledged"] += 1
                    await socket.wait_closed()
            except ConnectionClosed as closed:
                target.counts[f"closed {closed.rcvd.code if closed.rcvd else 'without a word'}"] += 1
            except (InvalidStatus, TimeoutError, OSError) as error:
                target.counts[type(error).__name__] += 1
            await asyncio.sleep(1)

    await target.many(target.size, one)
