"""Drawing by gateways that are killed meanwhile; the whole of it is ``python -m bench.drawing``."""

import pytest

from bench.drawing import drawing
from core.sealing import Keyring


@pytest.mark.long
async def test_nobody_is_switched_lost_or_counted_twice_when_gateways_die(
    owner_url: str, gateway_url: str, unset: None
) -> None:
    keys = Keyring.generate()
    found = await drawing(
        owner_url, gateway_url, Keyring.parse(keys), keys, learners=150, clients=8, reweighs=6, kills=2
    )
    assert found.faults == []
    assert (found.opened, found.killed, found.reweighed) == (300, 2, 6)
    assert min(found.arms.values()) > 20
