"""Labels only grow, and are read back only as they are spelled."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from versioning.content.labels import Bump, following, parse, spelled

pairs = st.tuples(st.integers(1, 999_999_999), st.integers(0, 999_999_999))


@settings(max_examples=200, deadline=None)
@given(pairs)
def test_a_label_reads_back_as_it_was_spelled(label: tuple[int, int]) -> None:
    assert parse(spelled(label)) == label


@pytest.mark.parametrize(
    "text",
    [
        *("", "v1", "1.0", "v1.", "v0.1", "v01.0", "v1.00", "v1.0.0", "V1.0", "v-1.0", "v1.-1", "v1,0"),
        *("v1.0\n", " v1.0", "v१.0", "v1234567890.0", "v1.1234567890"),
    ],
)
def test_what_is_not_spelled_like_a_label_is_none(text: str) -> None:
    assert parse(text) is None


def test_the_first_label_is_v1_0_whatever_the_change() -> None:
    assert following(None, "MAJOR") == following(None, "MINOR") == (1, 0)


def test_a_major_change_begins_a_new_row_and_a_minor_one_continues_it() -> None:
    label, seen = None, []
    bumps: list[Bump] = ["MINOR", "MINOR", "MAJOR", "MINOR", "MAJOR", "MAJOR", "MINOR"]
    for bump in bumps:
        label = following(label, bump)
        seen.append(spelled(label))
    assert seen == ["v1.0", "v1.1", "v2.0", "v2.1", "v3.0", "v4.0", "v4.1"]


@settings(max_examples=200, deadline=None)
@given(pairs, st.sampled_from(["MAJOR", "MINOR"]))
def test_the_following_label_is_greater(highest: tuple[int, int], bump: Bump) -> None:
    assert following(highest, bump) > highest
