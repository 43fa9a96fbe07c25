"""Ids of rows: UUIDv7, made by the application (RFC 9562, section 5.7), so that keys are known before the insert."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """Return a UUIDv7; within one process each is greater than the one before, also inside a millisecond."""
    global _last
    with _lock:
        # 48 bits of milliseconds and 12 bits of fraction (method 3 of section 6.2), never going back.
        ticks = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
        _last = ticks
    tail = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | tail)
