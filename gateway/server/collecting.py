"""Garbage collection that does not hold the event loop.

A full collection walks everything that was ever imported, 150 ms of it, in whatever callback happens to allocate. What
is there when serving begins stays, so it is left out from then on; and full collections are made in a thread,
every few seconds, when only the remains of requests are left to walk.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SECONDS = 5.0
_YOUNG = 2_000
_NEVER = 1_000_000


@contextmanager
def collected_apart() -> Iterator[None]:
    """Collect garbage this way for as long as the block."""
    before = gc.get_threshold()
    ended = threading.Event()
    thread = threading.Thread(target=_collect_until, args=(ended,), name="garbage", daemon=True)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, _NEVER)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        gc.set_threshold(*before)
        gc.unfreeze()


def _collect_until(ended: threading.Event) -> None:
    while not ended.wait(_SECONDS):
        gc.collect()
