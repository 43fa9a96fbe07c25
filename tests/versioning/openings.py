"""What an example of the state machine begins with, so that no rule and no refusal is left to chance.

Each opening is a list of the machine's own steps, compared with the model like any other; the walk of the example goes
on from where it ends. Every kind of publication, every rule and every refusal has its place in one of them.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

Opening: TypeAlias = Callable[[Any], None]


def nothing(machine: Any) -> None:
    """A challenge just created."""


def unpublished(machine: Any) -> None:
    """What needs a version is refused before there is one, and so is an approval by who edited."""
    machine.roll_back(0)
    machine.restore(0, "author")
    machine.start_an_experiment(0, 50)
    machine.unarchive_what_is_not_archived()
    machine.approve("author", machine.look(), True)
    machine.publish()


def versions(machine: Any) -> None:
    """Versions that come and go, with and without an approval, and what is refused for what was seen or is there."""
    seen = machine.look()
    machine.publish()
    machine.publish()
    machine.edit_and_publish("b", 2, "reviewer")
    machine.roll_back(0)
    machine.roll_back(0)
    machine.roll_back(2)
    machine.publish()
    machine.publish_what_was_seen(seen)
    machine.roll_back_what_was_seen(1, seen)
    machine.approve("author", seen, False)
    machine.restore(0, "reviewer")
    machine.edit_and_approve_and_publish("c", 1)
    machine.approve_and_edit_and_publish("d", 2)
    machine.roll_back_and_publish(0, "a", 3)


def releases(machine: Any) -> None:
    """Releases of a version and of a draft, fired, taken back, and too late for either."""
    machine.publish()
    machine.edit_and_publish("b", 1, "author")
    machine.plan(1, True)
    machine.plan(0, True)
    machine.fire()
    machine.take_back()
    machine.edit_and_plan_and_edit_and_fire("c", 1, "d", "author")
    machine.plan(0, True)
    machine.roll_back(1)
    machine.fire()
    machine.take_back()


def stopped(machine: Any) -> None:
    """An experiment that is reweighed, holds off everything else, and is stopped."""
    machine.publish()
    machine.edit_and_publish("b", 1, "author")
    machine.start_an_experiment(0, 50)
    machine.reweigh(20)
    machine.edit_and_publish("c", 1, "author")
    machine.archive()
    machine.end_the_experiment(5, True)
    machine.end_the_experiment(1, False)


def promoted(machine: Any) -> None:
    """An experiment with a winner, and another."""
    machine.publish()
    machine.edit_and_publish("b", 1, "author")
    machine.try_an_experiment_to_its_end(0, 30, True)
    machine.start_an_experiment(1, 40)
    machine.reweigh(70)
    machine.end_the_experiment(1, True)


def archived(machine: Any) -> None:
    """In the archive everything is refused; back from there it goes on."""
    machine.publish()
    machine.edit_and_publish("b", 1, "author")
    machine.archive()
    machine.try_everything_and_unarchive("c", 1, "author", 0)
    machine.archive()
    machine.unarchive_at_once()


OPENINGS: tuple[Opening, ...] = (nothing, unpublished, versions, releases, stopped, promoted, archived)
REFUSALS = {
    "ALREADY_LIVE",
    "ARCHIVED",
    "EXPERIMENT_RUNNING",
    "GATE_FAILED",
    "IDENTICAL_TO_VERSION",
    "INVALID",
    "NOTHING_TO_PUBLISH",
    "NOT_FOUND",
    "NOT_IN_EXPERIMENT",
    "NOT_PUBLISHED",
    "STALE",
}
