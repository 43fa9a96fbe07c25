"""Token buckets, by a clock that the test moves."""

import pytest

from gateway.errors import Refusal
from gateway.throttle import ADDRESS_BURST, ADDRESS_SECONDS, BUCKETS, CLIENT_BURST, Throttle


class Clock:
    """A clock that stands until moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_is_allowed_then_one_each_interval() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for number in range(ADDRESS_BURST):
        throttle.attempt(f"client {number}", "a@example.org")
    with pytest.raises(Refusal) as caught:
        throttle.attempt("another", "A@example.org ")
    assert (caught.value.status, caught.value.code) == (429, "OVERLOADED")
    assert caught.value.headers == {"retry-after": str(int(ADDRESS_SECONDS) + 1)}
    clock.now += ADDRESS_SECONDS
    throttle.attempt("another", "a@example.org")
    with pytest.raises(Refusal):
        throttle.attempt("another", "a@example.org")


def test_one_client_is_bounded_over_all_addresses() -> None:
    throttle = Throttle(Clock())
    for number in range(CLIENT_BURST):
        throttle.attempt("client", f"{number}@example.org")
    with pytest.raises(Refusal):
        throttle.attempt("client", "new@example.org")
    throttle.attempt("another client", "new@example.org")


def test_memory_is_bounded_and_the_latest_are_remembered() -> None:
    throttle = Throttle(Clock())
    for number in range(ADDRESS_BURST):
        throttle.attempt(f"c{number}", "old@example.org")
    for number in range(BUCKETS):
        throttle.attempt(f"d{number}")
    assert len(throttle._buckets) == BUCKETS
    throttle.attempt("e", "old@example.org")


def test_text_that_is_no_unicode_is_counted_like_any_other() -> None:
    Throttle(Clock()).attempt("client", "\ud800")
