"""What an experiment's numbers allow to be said, in plain Python.

Proportions are (successes, trials). Everything here is a pure function of counts; who is counted is decided elsewhere.

=================  ===================================================================================================
``mismatch``       chi-square test that learners came to the arms as their weights say (Pearson 1900)
``wilson``         interval of one proportion (Wilson, JASA 22:209, 1927)
``difference``     asymptotic confidence sequence of a difference, which holds however often somebody looks:
                   Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, arXiv 2103.06476v7, equations 9 and 161
``Phase``          inverse-probability weighting across phases of other weights (Hájek's estimator)
``beats``          P(B > A) under uniform priors, by its finite sum
=================  ===================================================================================================

``python -m versioning.experiments.statistics`` reads a case as JSON from each line of standard input and
answers a line each; what is wrong with a case is its answer::

    {"kind": "srm", "users": [500, 480], "weights": [0.5, 0.5]}                      {"v": p}
    {"kind": "wilson", "k": 3, "n": 10}                                              {"v": [low, high]}
    {"kind": "sequential", "a": [14, 28], "b": [16, 30], "tuning_n": 500, "alpha": 0.05}   {"v": [low, high]}
    {"kind": "beats", "a": [14, 28], "b": [16, 30]}                                  {"v": P(B > A)}
"""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]
Counts: TypeAlias = tuple[int, int]  # successes, trials

Z95 = 1.959963984540054  # the normal distribution's 97.5 % point
TUNING_N = 5_000  # learners of both arms together at which a sequence is to be tightest
ALPHA = 0.05
SERIES = 100_000  # terms of a series at most; those met here need some dozens


def mismatch(users: Sequence[int], weights: Sequence[float]) -> float:
    """Return the p-value of learners' having come to the arms by their weights, which need not sum to one.

    Arms of weight 0 to which nobody came are left out; somebody in one cannot be, and answers 0. With nobody at all, or
    one arm, nothing speaks against it: 1.

    Raises:
        ValueError: the numbers are not of one length, negative, or without any weight.
    """
    return mismatch_of_phases([(users, weights)])


def mismatch_of_phases(phases: Iterable[tuple[Sequence[int], Sequence[float]]]) -> float:
    """Return the p-value over phases of other weights, each of them (learners, weights): the statistics are summed, and
    so are their degrees of freedom. Raises as ``mismatch`` does."""
    whole, freedom = 0.0, 0
    for users, weights in phases:
        statistic, free = _pearson(users, weights)
        whole, freedom = whole + statistic, freedom + free
    return chi_square_above(whole, freedom) if freedom else 1.0


def _pearson(users: Sequence[int], weights: Sequence[float]) -> tuple[float, int]:
    """Return the chi-square statistic and its degrees of freedom, 0 where nothing can speak against the weights."""
    _require(len(users) == len(weights) > 0, "there is a weight for each arm")
    _require(all(number >= 0 for number in users), "numbers of learners are not negative")
    _require(all(weight >= 0 and math.isfinite(weight) for weight in weights), "weights are not negative")
    total, whole = sum(users), math.fsum(weights)
    _require(whole > 0, "some arm has weight")
    if any(number and not weight for number, weight in zip(users, weights, strict=True)):
        return math.inf, 1
    expected = [(number, total * weight / whole) for number, weight in zip(users, weights, strict=True) if weight]
    if total == 0 or len(expected) < 2:
        return 0.0, 0
    return math.fsum((number - wanted) ** 2 / wanted for number, wanted in expected), len(expected) - 1


def chi_square_above(statistic: float, freedom: int) -> float:
    """Return the probability that a chi-square variable of so many degrees of freedom is larger."""
    if statistic == math.inf:
        return 0.0
    return _gamma_above(freedom / 2, statistic / 2)


def wilson(k: float, n: float, z: float = Z95) -> Interval:
    """Return the interval of a proportion, 95 % as it stands; with no trial, everything is possible. Numbers that are
    not whole come of weighted counts, with as many trials as would tell as much unweighted."""
    _require(0 <= k <= n, "successes are between 0 and the trials")
    if n == 0:
        return 0.0, 1.0
    p, squared = k / n, z * z
    centre = (p + squared / (2 * n)) / (1 + squared / n)
    half = z / (1 + squared / n) * math.sqrt(p * (1 - p) / n + squared / (4 * n * n))
    # at the ends the two parts are equal but for rounding
    return (0.0 if k == 0 else max(0.0, centre - half)), (1.0 if k == n else min(1.0, centre + half))


@dataclass(frozen=True, slots=True)
class Phase:
    """An arm's counts while the weights stood still; ``weight`` is its share of them then, above 0."""

    k: int
    n: int
    weight: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A weighted proportion, the variance of that estimate, and from how many learners."""

    value: float
    variance: float
    n: int

    @classmethod
    def of(cls, phases: Iterable[Phase]) -> "Mean | None":
        """Weigh each learner by one over the share that their arm had when they came, so that no phase counts for more
        in one arm than in another; None without a learner. With one phase it is the plain proportion."""
        there = [phase for phase in phases if phase.n]
        for phase in there:
            _require(0 <= phase.k <= phase.n, "successes are between 0 and the trials")
            _require(phase.weight > 0, "an arm to which learners came has weight")
        if not there:
            return None
        whole = math.fsum(phase.n / phase.weight for phase in there)
        value = math.fsum(phase.k / phase.weight for phase in there) / whole
        squares = math.fsum(
            (phase.k * (1 - value) ** 2 + (phase.n - phase.k) * value**2) / phase.weight**2 for phase in there
        )
        return cls(value, squares / whole**2, sum(phase.n for phase in there))

    def interval(self, z: float = Z95) -> Interval:
        """Return Wilson's interval of it, from as many unweighted trials as would have its variance."""
        spread = self.value * (1 - self.value)
        trials = spread / self.variance if self.variance > 0 else float(self.n)
        return wilson(self.value * trials, trials, z)


def difference(control: Mean, arm: Mean, *, tuning_n: float = TUNING_N, alpha: float = ALPHA) -> Interval:
    """Return the confidence sequence's interval of (arm - control), as it stands after so many learners.

    With probability 1 - ``alpha`` the true difference is in all the intervals that are ever looked at. ``tuning_n`` is
    the number of learners, of both together, at which it is tightest; it is chosen beforehand. Without any variance
    (all succeeded, or none) nothing is known of it: the whole range.

    Raises:
        ValueError: ``tuning_n`` or ``alpha`` cannot be.
    """
    _require(0 < alpha < 1, "alpha is between 0 and 1")
    _require(1 <= tuning_n <= 1e15, "tuning_n is between 1 and a thousand million million")
    found = arm.value - control.value
    variance = control.variance + arm.variance
    if variance <= 0:
        return -1.0, 1.0
    n = control.n + arm.n
    rho_squared = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tuning_n  # equation 161
    grown = n * rho_squared + 1
    # equation 9, whose variance is that of one learner where ours is that of the estimate
    half = math.sqrt(variance * n * 2 * grown * math.log(math.sqrt(grown) / alpha) / (n * n * rho_squared))
    return found - half, found + half


def beats(a: Counts, b: Counts) -> float:
    """Return the probability that B's true proportion is above A's, if before the trials all were as likely.

    The sum runs over the successes of one of the four counts, the smallest, since the four forms are one by symmetry.
    """
    for k, n in (a, b):
        _require(0 <= k <= n, "successes are between 0 and the trials")
    won = (a[0] + 1, a[1] - a[0] + 1, b[0] + 1, b[1] - b[0] + 1)
    least = min(won)
    if won[2] == least:
        return _beats(won[0], won[1], won[2], won[3])
    if won[0] == least:
        return 1 - _beats(won[2], won[3], won[0], won[1])
    if won[1] == least:  # failures of A: with failures for successes, B beats A where A "beats" B
        return _beats(won[3], won[2], won[1], won[0])
    return 1 - _beats(won[1], won[0], won[3], won[2])


def _beats(a1: int, a0: int, b1: int, b0: int) -> float:
    """P(Beta(b1, b0) > Beta(a1, a0)) as a sum of ``b1`` terms."""
    log_beta_a = _log_beta(a1, a0)
    terms = (
        math.exp(_log_beta(a1 + i, a0 + b0) - math.log(b0 + i) - _log_beta(1 + i, b0) - log_beta_a) for i in range(b1)
    )
    return min(1.0, math.fsum(terms))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _gamma_above(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function: a series below ``a + 1``, a continued fraction (Lentz) above."""
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        for step in range(1, SERIES):
            term *= x / (a + step)
            total += term
            if term < total * 1e-17:
                break
        return max(0.0, 1 - front * total)
    b = x + 1 - a
    c, d = 1e300, 1 / b
    product = d
    for step in range(1, SERIES):
        factor = -step * (step - a)
        b += 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        product *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * product


def _require(true: bool, what: str) -> None:
    if not true:
        raise ValueError(f"It has to be so that {what}.")


# ---- a line in, a line out -----------------------------------------------------------------------------------------
def answer(line: str) -> dict[str, object]:
    """Return what a case comes to, or what is wrong with it."""
    try:
        case = json.loads(line)
        if not isinstance(case, dict):
            raise TypeError("a case is an object")
        return {"v": _answered(case)}
    except KeyError as error:
        return {"error": f"The case lacks {error.args[0]}."}
    except (ValueError, TypeError, ArithmeticError) as error:
        return {"error": str(error)}


def _answered(case: dict[str, object]) -> object:
    match case["kind"]:
        case "srm":
            return mismatch(_whole(case["users"]), _numbers(case["weights"]))
        case "wilson":
            (k, n) = _whole([case["k"], case["n"]])
            return wilson(k, n)
        case "sequential":
            means = [Mean.of([Phase(*_pair(case[name]), 1.0)]) for name in ("a", "b")]
            if None in means:
                return [-1.0, 1.0]
            (tuning_n, alpha) = _numbers([case.get("tuning_n", TUNING_N), case.get("alpha", ALPHA)])
            control, arm = (mean for mean in means if mean)
            return difference(control, arm, tuning_n=tuning_n, alpha=alpha)
        case "beats":
            return beats(_pair(case["a"]), _pair(case["b"]))
        case other:
            raise ValueError(f"There is no kind {other!r}; there are srm, wilson, sequential and beats.")


def _pair(value: object) -> Counts:
    k, n = _whole(value)
    return k, n


def _whole(value: object) -> list[int]:
    if not isinstance(value, list) or any(type(one) is not int for one in value):
        raise TypeError(f"{value!r} is no list of whole numbers.")
    return value


def _numbers(value: object) -> list[float]:
    if not isinstance(value, list) or any(type(one) not in (int, float) for one in value):
        raise TypeError(f"{value!r} is no list of numbers.")
    return value


def answers(lines: Iterable[str]) -> Iterator[str]:
    """Answer each line that is not blank."""
    for line in lines:
        if line.strip():
            yield json.dumps(answer(line))


if __name__ == "__main__":
    for told in answers(sys.stdin):
        print(told, flush=True)
