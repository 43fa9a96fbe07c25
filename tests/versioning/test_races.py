"""Many writers at once on real connections: what 16 of them do to 8 challenges, watched from outside.

The suite runs this in small; ``python -m bench.races --operations 2000`` runs it at full size.
"""

import asyncio

import pytest

from bench.races import races
from core.sealing import Keyring
from core.write_context import WriteContext
from tests.fix_api import TEST, Api, uuid_of
from tests.waits import soon, waiting
from versioning.publishing.publish_state import lock_drafts
from versioning.publishing.publishing import PublishRequest, publish


@pytest.mark.long
async def test_writers_at_once_lose_nothing(gateway_url: str, keyring: Keyring) -> None:
    found = await races(gateway_url, keyring, writers=16, challenges=8, operations=400)
    assert found.done["publish"] >= 40
    assert found.done["rollback"] >= 40
    assert found.stale > 0, "the writers never met, so nothing was shown"
    assert found.samples >= 200
    assert found.faults == []


async def test_applying_a_renamed_tree_beside_a_publish_is_no_deadlock(author: Api, owner_url: str) -> None:
    id = (await author.challenge())["id"]
    seen = await author.standing(id)
    wish = PublishRequest(uuid_of(id), seen["draft"]["contentHash"], seen["liveSetHash"], "Something.")
    assert author.viewer.user_id is not None
    act = WriteContext(author.viewer.user_id, author.clock())
    challenge = {"slug": "one", "title": "One", "instructions": "Write a heading.", "difficulty": "EASY", "points": 10}
    challenge |= {"estimatedTimeMinutes": 10, "tests": [TEST]}
    lesson = {"slug": "lesson", "title": "Renamed", "challenges": [challenge]}
    module = {"slug": "module", "title": "Module", "lessons": [lesson]}
    async with author.pool.database().transaction() as tx:
        await lock_drafts(tx, [uuid_of(id)])
        applying = asyncio.create_task(
            author.do("applyContent", tracks=[{"slug": "track", "title": "Track", "modules": [module]}])
        )
        await soon(lambda: waiting(owner_url) == 1)  # the apply stands before the lock that this holds
        assert not applying.done()
        await publish(tx, author.keyring, act, [wish])
    applied = await applying
    assert applied["userErrors"] == []
    assert applied["updated"] == 1
