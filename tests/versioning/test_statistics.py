"""The statistics of experiments: against figures of other programs, and against what chance itself does.

The figures were computed with scipy 1.17.1 (chi-square, numerical integration over Beta distributions), statsmodels
0.15.0 (Wilson) and gbstats 0.8.0 (the confidence sequence).
"""

import bisect
import json
import math
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versioning.experiments.statistics import (
    Z95,
    Counts,
    Mean,
    Phase,
    beats,
    chi_square_above,
    difference,
    mismatch,
    wilson,
)

ROOT = Path(__file__).parent.parent.parent
THIRD = 1 / 3

RATIOS: list[tuple[list[int], list[float], float]] = [
    ([500, 480], [0.5, 0.5], 0.5229032345126705),
    ([1000, 1100, 950], [THIRD, THIRD, THIRD], 0.0032221549052224925),
    ([300, 600, 100], [0.3, 0.6, 0.1], 1.0),
    ([25000, 23750], [0.5, 0.5], 1.5015596937212426e-08),
    ([10, 20, 30, 40, 50], [0.2] * 5, 1.020735571764047e-06),
    ([100000, 99000, 101000, 100500], [0.25] * 4, 7.016840932542697e-05),
    ([5, 100], [0.5, 0.5], 1.843211445074672e-20),
]
WILSON = [
    (3, 10, 0.10779126740630104, 0.6032218525388546),
    (0, 10, 0.0, 0.27753279986288926),
    (10, 10, 0.7224672001371106, 1.0),
    (1, 1, 0.2065493143772374, 1.0),
    (50, 100, 0.4038315303659956, 0.5961684696340044),
    (999, 1000, 0.9943574414020421, 0.9998234536293739),
    (123456, 1000000, 0.12281269653142285, 0.12410219641400438),
]
SEQUENCES: list[tuple[Counts, Counts, float, float, float, float]] = [
    ((14, 28), (16, 30), 500, 0.05, -0.455296206088832, 0.5219628727554986),
    ((300, 1000), (330, 1000), 5000, 0.05, -0.0348588621179569, 0.09485886211795695),
    ((3000, 10000), (3300, 10000), 20000, 0.01, 0.006549318402855945, 0.05345068159714411),
    ((14, 28), (16, 30), 5000, 0.05, -1.0812229870407455, 1.1478896537074124),
]
BEATS: list[tuple[Counts, Counts, float]] = [
    ((14, 28), (16, 30), 0.598548206681703),
    ((0, 0), (0, 0), 0.5),
    ((1, 10), (9, 10), 0.999827056328604),
    ((300, 1000), (330, 1000), 0.9255297407950851),
    ((0, 50), (5, 50), 0.9866254666703778),
    ((5000, 10000), (5100, 10000), 0.92135126022094),
]


def plain(counts: Counts) -> Mean:
    mean = Mean.of([Phase(*counts, 1.0)])
    assert mean
    return mean


@pytest.mark.parametrize(("users", "weights", "p"), RATIOS)
def test_ratios_of_samples_are_those_of_another_program(users: list[int], weights: list[float], p: float) -> None:
    assert mismatch(users, weights) == pytest.approx(p, rel=1e-9, abs=1e-12)
    percents = [weight * 100 for weight in weights]
    assert mismatch(users, percents) == pytest.approx(p, rel=1e-9, abs=1e-12), "weights need not sum to one"


@pytest.mark.parametrize(("k", "n", "low", "high"), WILSON)
def test_intervals_are_those_of_another_program(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("a", "b", "tuning_n", "alpha", "low", "high"), SEQUENCES)
def test_sequences_are_those_of_another_program(
    a: Counts, b: Counts, tuning_n: float, alpha: float, low: float, high: float
) -> None:
    found = difference(plain(a), plain(b), tuning_n=tuning_n, alpha=alpha)
    assert found == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(("a", "b", "p"), BEATS)
def test_chances_to_be_better_are_those_of_another_program(a: Counts, b: Counts, p: float) -> None:
    assert beats(a, b) == pytest.approx(p, abs=1e-9)
    assert beats(b, a) == pytest.approx(1 - p, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 400), st.integers(1, 3))
def test_chi_square_of_one_to_three_degrees_is_its_closed_form(x: float, half: int) -> None:
    even = math.fsum(math.exp(-x / 2) * (x / 2) ** i / math.factorial(i) for i in range(half))
    assert chi_square_above(x, 2 * half) == pytest.approx(even, rel=1e-9, abs=1e-300)
    assert chi_square_above(x, 1) == pytest.approx(math.erfc(math.sqrt(x / 2)), rel=1e-9, abs=1e-300)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_chances_add_up_whatever_the_counts(a1: int, a0: int, b1: int, b0: int) -> None:
    a, b = (a1, a1 + a0), (b1, b1 + b0)
    assert 0 <= beats(a, b) <= 1
    assert beats(a, b) + beats(b, a) == pytest.approx(1, abs=1e-9)
    assert beats((a0, a1 + a0), (b0, b1 + b0)) == pytest.approx(beats(b, a), abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_proportion_and_nothing_beyond_the_possible(k: int, rest: int) -> None:
    low, high = wilson(k, k + rest)
    assert 0 <= low <= high <= 1
    if k + rest:
        assert low <= k / (k + rest) <= high


def test_nothing_known_is_said_to_be_nothing_known() -> None:
    assert mismatch([0, 0], [0.5, 0.5]) == 1
    assert mismatch([7], [1]) == 1
    assert mismatch([7, 0], [1, 0]) == 1
    assert mismatch([7, 1], [1, 0]) == 0
    assert wilson(0, 0) == (0, 1)
    assert Mean.of([]) is None
    assert Mean.of([Phase(0, 0, 0.0)]) is None
    assert difference(plain((5, 5)), plain((9, 9))) == (-1, 1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mismatch([1], [0.5, 0.5]),
        lambda: mismatch([], []),
        lambda: mismatch([-1, 2], [0.5, 0.5]),
        lambda: mismatch([1, 2], [math.nan, 0.5]),
        lambda: mismatch([0, 0], [0, 0]),
        lambda: wilson(3, 2),
        lambda: wilson(-1, 2),
        lambda: beats((3, 2), (1, 1)),
        lambda: Mean.of([Phase(1, 2, 0.0)]),
        lambda: Mean.of([Phase(3, 2, 0.5)]),
        lambda: difference(plain((1, 2)), plain((1, 2)), alpha=0),
        lambda: difference(plain((1, 2)), plain((1, 2)), alpha=1),
        lambda: difference(plain((1, 2)), plain((1, 2)), tuning_n=0),
    ],
)
def test_what_cannot_be_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match="It has to be so that"):
        call()


def test_phases_are_weighted_and_never_pooled() -> None:
    """In the first phase learners do well and few get the arm, in the second they do badly and most get it: pooled, the
    arm looks 48 points worse than a control that it equals in each phase."""
    control = [Phase(720, 900, 0.9), Phase(20, 100, 0.1)]
    arm = [Phase(80, 100, 0.1), Phase(180, 900, 0.9)]
    assert sum(phase.k for phase in control) / 1000 - sum(phase.k for phase in arm) / 1000 > 0.4
    one, other = Mean.of(control), Mean.of(arm)
    assert one
    assert other
    assert one.value == pytest.approx(other.value) == pytest.approx(0.5)
    low, high = difference(one, other, tuning_n=2_000)
    assert low < 0 < high


def test_one_phase_is_the_plain_proportion_whatever_its_weight() -> None:
    for weight in (0.01, 0.5, 1.0):
        mean = Mean.of([Phase(3, 10, weight)])
        assert mean
        assert mean.value == pytest.approx(0.3)
        assert mean.variance == pytest.approx(0.021)
        assert mean.n == 10


class Coin:
    """Successes of ``n`` trials at once: the binomial distribution, by its table."""

    def __init__(self, n: int, p: float, chance: random.Random) -> None:
        self._chance = chance
        self._table = []
        total = 0.0
        for k in range(n + 1):
            log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
            total += math.exp(log + k * math.log(p) + (n - k) * math.log(1 - p))
            self._table.append(total)
        self._table[-1] = 1.0

    def toss(self) -> int:
        return bisect.bisect_left(self._table, self._chance.random())


LOOKS, EACH = 100, 100


def _looks(control: Coin, arm: Coin) -> Iterator[tuple[Counts, Counts]]:
    a = b = 0
    for look in range(1, LOOKS + 1):
        a, b = a + control.toss(), b + arm.toss()
        yield (a, look * EACH), (b, look * EACH)


def _tells(a: Counts, b: Counts) -> bool:
    low, high = difference(plain(a), plain(b))
    return low > 0 or high < 0


def _naively_tells(a: Counts, b: Counts) -> bool:
    p, q = plain(a), plain(b)
    return abs(q.value - p.value) > Z95 * math.sqrt(p.variance + q.variance) > 0


def test_of_a_thousand_experiments_with_equal_arms_looked_at_a_hundred_times_at_most_one_in_twenty_errs() -> None:
    chance = random.Random(20261127)
    coin = Coin(EACH, 0.3, chance)
    erring = naive = 0
    for _ in range(1_000):
        looks = list(_looks(coin, coin))
        erring += any(_tells(*look) for look in looks)
        naive += any(_naively_tells(*look) for look in looks)
    assert erring <= 50
    assert 300 <= naive <= 450, "who looks as often with a plain test errs in more than a third"


def test_three_points_on_thirty_percent_are_found_with_ten_thousand_learners_an_arm() -> None:
    chance = random.Random(20261128)
    control, arm = Coin(EACH, 0.30, chance), Coin(EACH, 0.33, chance)
    found = sum(any(_tells(*look) for look in _looks(control, arm)) for _ in range(400))
    assert found >= 0.9 * 400


def test_a_twentieth_of_an_arm_that_is_lost_is_noticed_and_equal_arms_are_not() -> None:
    """Of 50,000 learners; so many are spread normally, as near as it matters. The exact share is 99.1 %."""
    chance = random.Random(20261129)
    trials, noticed, false = 50_000, 0, 0
    for _ in range(trials):
        first = round(chance.gauss(25_000, math.sqrt(12_500)))
        second = 50_000 - first
        false += mismatch([first, second], [50, 50]) < 0.001
        kept = second - round(chance.gauss(second * 0.05, math.sqrt(second * 0.05 * 0.95)))
        noticed += mismatch([first, kept], [50, 50]) < 0.001
    assert noticed >= 0.99 * trials
    assert false <= 0.0015 * trials


def test_cases_are_answered_line_by_line_and_a_bad_one_stops_nothing() -> None:
    cases = [
        {"kind": "srm", "users": [500, 480], "weights": [0.5, 0.5]},
        {"kind": "wilson", "k": 3, "n": 10},
        {"kind": "sequential", "a": [14, 28], "b": [16, 30], "tuning_n": 500, "alpha": 0.05},
        {"kind": "sequential", "a": [0, 0], "b": [16, 30]},
        {"kind": "beats", "a": [14, 28], "b": [16, 30]},
        {"kind": "wilson", "k": 3},
        {"kind": "wilson", "k": 3.5, "n": 10},
        {"kind": "wilson", "k": True, "n": 10},
        {"kind": "beats", "a": [1, 2, 3], "b": [1, 2]},
        {"kind": "guess"},
        ["no case"],
        {"kind": "sequential", "a": [14, 28], "b": [16, 30], "tuning_n": 1e-320},
    ]
    lines = "\n".join([*map(json.dumps, cases), "", "no JSON"])
    words = [sys.executable, "-m", "versioning.experiments.statistics"]
    done = subprocess.run(words, input=lines, capture_output=True, text=True, check=True, cwd=ROOT)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(told) == len(cases) + 1
    assert told[0]["v"] == pytest.approx(RATIOS[0][2], abs=1e-9)
    assert told[1]["v"] == pytest.approx(WILSON[0][2:], abs=1e-9)
    assert told[2]["v"] == pytest.approx(SEQUENCES[0][4:], abs=1e-9)
    assert told[3]["v"] == [-1, 1]
    assert told[4]["v"] == pytest.approx(BEATS[0][2], abs=1e-9)
    assert all(set(one) == {"error"} for one in told[5:])
