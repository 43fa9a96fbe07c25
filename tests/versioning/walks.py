"""Runs the state machine: so many examples, as many from each opening."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.versioning.machine import machine
from tests.versioning.openings import OPENINGS
from tests.versioning.world import World


def run(world: World, *, examples: int, steps: int, shrink: bool = True) -> None:
    """Run the machine, as often from each opening; raises the assertion of the first step that differs."""
    given = settings(
        max_examples=-(-examples // len(OPENINGS)),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        report_multiple_bugs=False,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    for opening in OPENINGS:
        run_state_machine_as_test(machine(world, opening), settings=given)
