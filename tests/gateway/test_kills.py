"""Publishing by a gateway that is killed meanwhile; the whole of it is ``python -m bench.kills``."""

import pytest

from bench.kills import kills
from core.sealing import Keyring


@pytest.mark.long
async def test_no_publish_is_lost_or_doubled_when_the_gateway_dies(
    owner_url: str, gateway_url: str, unset: None
) -> None:
    keys = Keyring.generate()
    found = await kills(owner_url, gateway_url, Keyring.parse(keys), keys, times=2, clients=4)
    assert found.faults == []
    assert (found.killed, len(found.health), len(found.reads)) == (2, 3, 3)
    assert found.published >= 2
    assert found.resent > 0
