"""A token bucket: so many at once, then so many a second."""

from collections.abc import Callable
from time import monotonic


class Pace:
    """Counts what one connection sends; ``burst`` at once, refilled by ``per_second``."""

    def __init__(self, burst: float, per_second: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst = burst
        self._per_second = per_second
        self._clock = clock
        self._left = float(burst)
        self._at = clock()

    def take(self, weight: float = 1.0) -> bool:
        """Take ``weight`` and return True, or leave the bucket as it is and return False."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < weight:
            return False
        self._left -= weight
        return True
