"""Loading the demo: once, into an empty database only, and to its end however often it is interrupted."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.sealing import Keyring
from gateway.app_state import now
from gateway.bootstrap import Opened
from gateway.cli.clients import LocalClient, command_line
from gateway.demo import editions
from resolvers.context import VISITOR, Context
from resolvers.people import sessions
from sql.database import Pool


class Interrupted(BaseException):
    """What a kill would be."""


@pytest.fixture
def parts(pool: Pool, keyring: Keyring) -> Opened:
    return Opened(pool, keyring)


def counts(owner_url: str) -> tuple[int, ...]:
    tables = ("publications", "challenge_versions", "challenges", "users", "draft_history")
    with psycopg.connect(owner_url) as connection:
        return tuple(connection.execute(f"select count(*) from {table}".encode()).fetchone()[0] for table in tables)  # type: ignore[index]  # a count is always there


async def test_however_often_it_is_interrupted_the_end_is_the_same(
    parts: Opened, owner_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is ended at its 1st, 2nd, 3rd … mutation or note of progress, each going on from the one before."""
    kept = tmp_path / "data" / "demo-accounts.txt"
    left = 0

    def countdown(of: Any) -> Any:
        async def counted(*given: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Interrupted
            done = await of(*given)
            left -= 1
            if left < 0:  # after it was done, before that was noted
                raise Interrupted
            return done

        return counted

    monkeypatch.setattr(editions, "_sent", countdown(editions._sent))
    monkeypatch.setattr(editions, "_account", countdown(editions._account))
    interruptions = 0
    for patience in (1, 2, 3, 4, 6, 8, 9, 10, 11, 12, 100):
        left = patience
        try:
            await editions.load(parts, kept, lambda line: None, accounts=True)
        except Interrupted:
            interruptions += 1
    assert interruptions >= 6
    assert left > 0
    told: list[str] = []
    before = counts(owner_url)
    await editions.load(parts, kept, told.append, accounts=True)
    assert (told, counts(owner_url)) == ([], before)
    for line in kept.read_text().splitlines():
        context = Context(VISITOR, parts.pool.database(), parts.keyring, now)
        assert (await sessions.log_in(context, *line.split())).viewer.user_id is not None
    query = "query ($path: String!) { challenge(path: $path) { history { edges { node { kind } } } } }"
    author = (await command_line(parts)).viewer
    found = await LocalClient(parts, author).send(query, {"path": editions.ROLLED_BACK})
    kinds = [edge["node"]["kind"] for edge in found["challenge"]["history"]["edges"]]
    assert kinds == ["PUBLISH", "ROLLBACK", "PUBLISH", "PUBLISH"]


async def test_uninterrupted_it_makes_the_same(parts: Opened, owner_url: str, tmp_path: Path) -> None:
    told: list[str] = []
    await editions.load(parts, tmp_path / "kept", told.append, accounts=True)
    assert told[-1] == "Demo content, edition 3: 3 challenges published"
    # shown and published make two entries for the first edition
    assert counts(owner_url)[1:3] == (29, 22)


async def test_a_database_with_content_of_its_own_is_left_alone(parts: Opened, owner_url: str, tmp_path: Path) -> None:
    author = (await command_line(parts)).viewer
    track = 'mutation { createTrack(input: {slug: "own", title: "Own"}) { userErrors { code } } }'
    await LocalClient(parts, author).send(track, {})
    before = counts(owner_url)
    await editions.load(parts, tmp_path / "kept", lambda line: None, accounts=True)
    assert counts(owner_url) == before
    assert not (tmp_path / "kept").exists()
