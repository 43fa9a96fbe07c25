"""Pages: sizes, what the ends of a page say, and cursors that nobody can make us trust."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import limits
from loaders.pages import LARGEST, Page, PageInfo, PageOf, ReadError, cursor_of, key_in, number_in, page_size

FOREIGN = "The cursor is not one that this list gave; begin without one."


def encoded(key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def test_a_page_has_twenty_rows_unless_asked_for_others_up_to_a_hundred() -> None:
    assert [PageOf(first).size for first in (None, 0, 1, 100)] == [limits.PAGE, 0, 1, limits.LONGEST_PAGE]
    assert (limits.PAGE, limits.LONGEST_PAGE) == (20, 100)
    for asked in (-1, 101):
        with pytest.raises(ReadError, match=rf"^last is {asked}; a page has between 0 and 100 entries\.$"):
            page_size(asked, "last")
        with pytest.raises(ReadError, match=rf"^first is {asked}; "):
            _ = PageOf(asked).size


@pytest.mark.parametrize("later", [False, True])
def test_one_row_more_than_asked_tells_that_there_is_more(later: bool) -> None:
    page = Page.cut([5, 4, 3], 2, cursor_of, later=later)
    assert [(edge.node, edge.cursor) for edge in page.edges] == [(5, cursor_of(5)), (4, cursor_of(4))]
    assert page.page_info == PageInfo(True, later, cursor_of(5), cursor_of(4))
    assert Page.cut([5, 4], 2, cursor_of, later=later).page_info == PageInfo(False, later, cursor_of(5), cursor_of(4))


@pytest.mark.parametrize("later", [False, True])
def test_rows_read_backward_are_turned_round_and_the_ends_change_places(later: bool) -> None:
    page = Page.cut([3, 4, 5], 2, cursor_of, later=later, backward=True)
    assert [edge.node for edge in page.edges] == [4, 3]
    assert page.page_info == PageInfo(later, True, cursor_of(4), cursor_of(3))


def test_an_empty_page_has_no_cursors() -> None:
    assert Page.cut([], 20, cursor_of, later=False) == Page([], PageInfo(False, False, None, None))
    assert Page.cut([1], 0, cursor_of, later=False) == Page([], PageInfo(True, False, None, None))


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, 10_000), max_size=30), st.integers(1, 7))
def test_walking_the_pages_shows_every_row_once_in_order(numbers: set[int], size: int) -> None:
    rows, shown, after, more = sorted(numbers, reverse=True), list[int](), None, True
    while more:
        key = number_in(after)
        read = [row for row in rows if key is None or row < key][: size + 1]
        page = Page.cut(read, size, cursor_of, later=after is not None)
        shown += [edge.node for edge in page.edges]
        after, more = page.page_info.end_cursor, page.page_info.has_next_page
        assert len(page.edges) == size or not more
    assert shown == rows


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, LARGEST) | texts, max_size=4))
def test_a_cursor_reads_back_as_its_key_and_is_fit_for_an_address(key: list[int | str]) -> None:
    cursor = cursor_of(*key)
    assert key_in(cursor, *(type(part) for part in key)) == key
    assert all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in cursor)


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "x", "====", "%", "ä", "\ud800", "null", "W10", "\0", "AAAA"),
        *(encoded(key) for key in (None, 7, "7", {}, {"0": 7}, [], ["7"], [7.0], [True], [None], [7, 7], [[7]])),
        *(encoded([number]) for number in (-1, LARGEST + 1, 2**63, 2**64, 10**30)),
        "W" * 10_000,
        encoded([7])[:-3],
    ],
)
def test_a_cursor_that_is_not_ours_is_one_sentence(cursor: str) -> None:
    with pytest.raises(ReadError) as refused:
        number_in(cursor)
    assert str(refused.value) == FOREIGN


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_text_at_all_breaks_the_reading_of_cursors(cursor: str) -> None:
    for types in ((int,), (int, str), (str, str)):
        try:
            key = key_in(cursor, *types)
        except ReadError:
            continue
        assert [type(part) for part in key] == list(types)


def test_the_cursor_of_another_list_is_refused_by_its_types() -> None:
    for key, types in (((1, "a"), (int,)), ((1,), (int, str)), (("a", 1), (int, str))):
        with pytest.raises(ReadError):
            key_in(cursor_of(*key), *types)


def test_a_list_that_counts_in_less_refuses_greater_numbers() -> None:
    assert number_in(cursor_of(2**31 - 1), 2**31 - 1) == 2**31 - 1
    with pytest.raises(ReadError):
        number_in(cursor_of(2**31), 2**31 - 1)


def test_no_cursor_is_no_number() -> None:
    assert number_in(None) is None
    assert PageOf().key() is None
    assert PageOf(after=cursor_of(7)).key() == 7
