"""The verdicts that the demo carries are those of a real browser, for every text of it."""

import orjson
import pytest

from gateway.demo import verdicts
from sandbox.pool import Sandbox
from sandbox.work import PROTOCOL

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_demo_carries_the_verdicts_of_its_own_content(sandbox: Sandbox) -> None:
    def told(verdicts: list[dict[str, object]]) -> list[object]:
        # Messages may differ from browser to browser, what passes may not.
        return [
            (one["judged"], one["code"], one["status"], [test[:2] for test in one["tests"]])  # type: ignore[attr-defined]  # plain data
            for one in verdicts
        ]

    kept = orjson.loads(verdicts.FILE.read_bytes())
    made = await verdicts.made(sandbox)
    assert told(made) == told(kept), "run python -m gateway.demo.verdicts"
    assert all(test[1] == "PASSED" for one in kept if one["confirmed"] for test in one["tests"])
    assert not any(all(test[1] == "PASSED" for test in one["tests"]) for one in kept if not one["confirmed"])
    assert len(kept) >= 40
    assert {one["protocol"] for one in kept} == {PROTOCOL}, "those of another protocol are not loaded"
