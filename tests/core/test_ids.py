"""Ids grow, are UUIDs of version 7, and carry the millisecond in which they were made."""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from core.ids import new_id


def test_an_id_is_a_uuid_of_version_7_with_the_millisecond_in_front() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    for id in ids:
        assert (id.version, id.variant) == (7, RFC_4122)
        # A burst may run ahead of the clock by the 12 bits of fraction that it used up.
        assert before <= id.int >> 80 <= after + 1


def test_ids_made_one_after_the_other_only_grow() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_each_thread_sees_its_ids_grow_and_no_two_threads_get_one() -> None:
    def many(_: int) -> list[UUID]:
        return [new_id() for _ in range(5000)]

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(many, range(8)))
    for ids in made:
        assert ids == sorted(ids)
    assert len({id.int >> 64 for ids in made for id in ids}) == 8 * 5000


def test_the_end_of_an_id_cannot_be_told_from_the_one_before() -> None:
    tails = {new_id().int & (1 << 62) - 1 for _ in range(1000)}
    assert len(tails) == 1000
    assert all(any(tail >> bit & 1 for tail in tails) and any(~tail >> bit & 1 for tail in tails) for bit in range(62))
