"""Honest clients beside attacks, in small; the whole of it is ``python -m bench.edge``."""

from pathlib import Path

import pytest

from bench.attacks.connections import half_open, slow_headers
from bench.attacks.registry import kinds
from bench.attacks.requests import introspection
from bench.edge import beside, populate, target
from core.sealing import Keyring
from sql.database import Pool


def test_the_registry_finds_every_attack_by_the_name_of_its_function() -> None:
    found = {kinds()[name].run for name in ("half open", "slow headers", "introspection")}
    assert found == {half_open, slow_headers, introspection}
    assert all(kind.name == name for name, kind in kinds().items())


@pytest.mark.long
async def test_honest_clients_are_served_beside_an_attack(
    owner_url: str, gateway_url: str, unset: None, pool: Pool, tmp_path: Path
) -> None:
    keys = Keyring.generate()
    await populate(owner_url, pool, Keyring.parse(keys))
    outcome = await beside("slow headers", gateway_url, keys, target(3, 50), Path())
    assert outcome.counts["opened"] == 50
    assert len(outcome.honest.taken) > 10
    assert len(outcome.honest.probes) > 3
    assert (outcome.honest.failed, outcome.honest.unwell) == ({}, {})
    assert "descriptors" in str(outcome)
