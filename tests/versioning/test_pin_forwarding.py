"""Where pins lead: a pure function, which storing its answer at any moment does not change."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from versioning.pins.selection import Pin, Succession, followed, successions_in

ONE, TWO, THREE, FOUR = (UUID(int=number) for number in range(1, 5))
VERSIONS = st.sampled_from([ONE, TWO, THREE, FOUR])


@st.composite
def histories(draw: st.DrawFn) -> list[Succession]:
    """Draw publications in order, each carrying some versions, or forcing all others, to one."""
    found: list[Succession] = []
    for seq in range(1, draw(st.integers(0, 8)) + 1):
        to = draw(VERSIONS)
        others = [one for one in (ONE, TWO, THREE, FOUR) if one != to]
        kept = draw(st.lists(st.sampled_from(others), unique=True))
        found += [(one, to, seq) for one in kept]
    return found


def test_a_pin_follows_what_came_after_it_in_order() -> None:
    history = [(ONE, TWO, 5), (TWO, THREE, 7), (ONE, FOUR, 8)]
    assert followed(Pin(ONE, 4), history) == Pin(THREE, 7)
    assert followed(Pin(ONE, 5), history) == Pin(FOUR, 8), "set at v1 after v2 took its place, so meant"
    assert followed(Pin(TWO, 6), history) == Pin(THREE, 7)
    assert followed(Pin(TWO, 7), history) == Pin(TWO, 7)
    assert followed(Pin(THREE, 1), history) == Pin(THREE, 1)
    assert followed(Pin(ONE, 4), []) == Pin(ONE, 4)


def test_a_pin_may_come_back_to_where_it_was() -> None:
    assert followed(Pin(ONE, 1), [(ONE, TWO, 2), (TWO, ONE, 3), (ONE, TWO, 4)]) == Pin(TWO, 4)


def test_successions_are_read_as_the_database_tells_them() -> None:
    assert successions_in(None) == []
    assert successions_in([[str(ONE), str(TWO), 5]]) == [(ONE, TWO, 5)]


@settings(max_examples=500)
@given(histories(), VERSIONS, st.integers(0, 8), st.integers(0, 8))
def test_storing_where_a_pin_leads_changes_nothing_that_follows(
    history: list[Succession], version: UUID, seq: int, until: int
) -> None:
    pin = Pin(version, seq)
    kept = followed(pin, [one for one in history if one[2] <= until])
    assert followed(kept, history) == followed(pin, history)
    assert followed(followed(pin, history), history) == followed(pin, history)


@settings(max_examples=200)
@given(histories(), VERSIONS, VERSIONS, st.integers(0, 8))
def test_whoever_came_before_a_forced_change_is_where_it_led(
    history: list[Succession], version: UUID, to: UUID, seq: int
) -> None:
    last = max((one[2] for one in history), default=0) + 1
    forced = [*history, *((one, to, last) for one in (ONE, TWO, THREE, FOUR) if one != to)]
    assert followed(Pin(version, min(seq, last - 1)), forced).version_id == to
