"""Learners at work while everything about their challenge changes; the whole of it is ``python -m bench.changing``."""

from bench.changing import changing
from sql.sealing import Keyring


async def test_every_attempt_is_judged_by_what_its_learner_saw_and_nothing_is_lost(
    owner_url: str, gateway_url: str, keyring: Keyring, unset: None
) -> None:
    found = await changing(owner_url, gateway_url, keyring, attempts=200, clients=8, learners=30)
    assert found.faults == []
    assert found.attempts == 200
    assert min(found.acts[act] for act in ("publish", "rollback", "start", "reweigh")) >= 1
