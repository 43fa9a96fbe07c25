"""Learners at work while everything about their challenge changes; the whole of it is ``python -m bench.changing``."""

import pytest

from bench.changing import changing, own_tests
from bench.scene.classroom import NotDone, classroom
from core.sealing import Keyring
from sql.database import Pool


@pytest.mark.long
async def test_every_attempt_is_judged_by_what_its_learner_saw_and_nothing_is_lost(
    owner_url: str, gateway_url: str, keyring: Keyring, unset: None
) -> None:
    found = await changing(owner_url, gateway_url, keyring, attempts=200, clients=8, learners=30)
    assert found.faults == []
    assert found.attempts == 200
    assert min(found.acts[act] for act in ("publish", "rollback", "start", "reweigh")) >= 1


async def test_a_refusal_in_the_classroom_says_for_what(
    owner_url: str, pool: Pool, keyring: Keyring, unset: None
) -> None:
    room = await classroom(owner_url, pool, keyring, 2, own_tests(1))
    assert len(room.learners) == 2
    with pytest.raises(NotDone) as refused:
        await room.start({"v1.0": 50, "v9.0": 50})
    assert refused.value.codes == ["NOT_FOUND"]
