"""Many writers at once on real connections: what 16 of them do to 8 challenges, watched from outside.

The suite runs this in small; ``python -m bench.races --operations 2000`` runs it at full size.
"""

from bench.races import races
from sql.sealing import Keyring


async def test_writers_at_once_lose_nothing(gateway_url: str, keyring: Keyring) -> None:
    found = await races(gateway_url, keyring, writers=16, challenges=8, operations=400)
    assert found.done["publish"] >= 40
    assert found.done["rollback"] >= 40
    assert found.stale > 0, "the writers never met, so nothing was shown"
    assert found.samples >= 200
    assert found.faults == []
