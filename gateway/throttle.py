"""How often somebody may try to get in: token buckets in this process, by address and by client.

Both are needed: one slows the guessing of one account from everywhere, the other one machine's guessing of all. Only
keyed hashes of addresses are kept. Deliberately absent: sharing between processes; each adds its own allowance.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from gateway.errors import Refusal

ADDRESS_BURST, ADDRESS_SECONDS = 10, 30.0  # ten tries at once, then one each half minute
CLIENT_BURST, CLIENT_SECONDS = 60, 2.0
BUCKETS = 20_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Throttle:
    """Counts attempts; the least recently tried of ``BUCKETS`` is forgotten first."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()
        self._salt = os.urandom(16)

    def attempt(self, client: str, address: str | None = None, *, count: int = 1) -> None:
        """Count ``count`` attempts; raises ``Refusal`` (429, OVERLOADED) when there were too many."""
        wait = self._take(self._key("client", client), count, CLIENT_BURST, CLIENT_SECONDS)
        if address is not None:
            key = self._key("address", address.strip().casefold())
            wait = max(wait, self._take(key, count, ADDRESS_BURST, ADDRESS_SECONDS))
        if wait > 0:
            seconds = int(wait) + 1
            raise Refusal(
                429,
                "OVERLOADED",
                f"Too many attempts; try again in {seconds} seconds.",
                {"retry-after": str(seconds)},
            )

    def _key(self, kind: str, text: str) -> bytes:
        return hashlib.blake2b(f"{kind}\0{text}".encode(errors="replace"), key=self._salt, digest_size=16).digest()

    def _take(self, key: bytes, count: int, burst: int, seconds: float) -> float:
        """Take from a bucket and return 0, or leave it and return for how many seconds it is too empty."""
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(burst, now)
            if len(self._buckets) > BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.left = min(burst, bucket.left + (now - bucket.at) / seconds)
        bucket.at = now
        if bucket.left < count:
            return (count - bucket.left) * seconds
        bucket.left -= count
        return 0.0
