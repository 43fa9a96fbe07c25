"""Leaderboards: ranks across pages, who is left out, and who sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.ids import new_id
from loaders.pages import cursor_of
from resolvers.people.sessions import viewer_of
from schema.fields import global_id
from tests.fix_api import Api, uuid_of
from tests.practice.makers import BOARD, Room, board, looked_up, opened, published
from tests.versioning.makers import challenge, ids, visitor

NOON = datetime(2030, 1, 31, 12, tzinfo=UTC)
ENTRY = """insert into leaderboard_entries (user_id, challenge_id, best_score, completed_at, attempts)
values (%s, %s, %s, %s, %s)"""
# Name, best score, seconds after noon, attempts; in the order of the leaderboard.
ENTRIES = (
    ("ann", 100, 0, 1),
    ("bob", 100, 60, 1),
    ("cleo", 100, 60, 1),
    ("dan", 100, 60, 2),
    ("eve", 100, 61, 1),
    ("fay", 100, 61, 1),
    ("gus", 100, 61, 1),
    ("hal", 100, 62, 9),
    ("ida", 99, 0, 1),
)
RANKS = [1, 2, 2, 4, 5, 5, 5, 8, 9]


@pytest.fixture
async def room(author: Api) -> Room:
    """A published challenge, a learner, and a grader."""
    return await opened(author)


@pytest.fixture
async def ranked(room: Room, owner_url: str) -> Room:
    """The same with nine entries on its leaderboard."""
    for name, score, seconds, attempts in reversed(ENTRIES):
        user = (await room.author.as_("learner", name)).viewer.user_id
        looked_up(owner_url, ENTRY, user, uuid_of(room.id), score, NOON + timedelta(seconds=seconds), attempts)
    return room


async def _page(room: Room, **page: Any) -> tuple[list[tuple[int, str]], list[str], dict[str, Any]]:
    """Return a page's ranks and names, its cursors and its info."""
    found = (await room.learner.run(BOARD, id=room.id, **page))["leaderboard"]
    shown = [(edge["node"]["rank"], edge["node"]["displayName"]) for edge in found["edges"]]
    return shown, [edge["cursor"] for edge in found["edges"]], found["pageInfo"]


async def _walked(room: Room, size: int) -> list[tuple[int, str]]:
    """Return the whole leaderboard, page by page."""
    walked: list[tuple[int, str]] = []
    after = None
    while True:
        shown, _, info = await _page(room, first=size, after=after)
        walked += shown
        if not info["hasNextPage"]:
            return walked
        assert len(shown) == size
        after = info["endCursor"]


async def test_equals_share_a_rank_and_the_next_one_counts_them(ranked: Room) -> None:
    entries = await board(ranked.learner, ranked.id)
    assert [one["rank"] for one in entries] == RANKS
    assert [one["bestScore"] for one in entries] == [score for _, score, _, _ in ENTRIES]
    assert [one["totalAttempts"] for one in entries] == [attempts for *_, attempts in ENTRIES]
    moments = [datetime.fromisoformat(one["completedAt"]) for one in entries]
    assert moments == [NOON + timedelta(seconds=seconds) for _, _, seconds, _ in ENTRIES]
    names = [one["displayName"].removeprefix("Learner") for one in entries]
    for tied in (slice(1), slice(1, 3), slice(3, 4), slice(4, 7), slice(7, 8), slice(8, 9)):
        assert sorted(names[tied]) == [entry[0] for entry in ENTRIES][tied]
    assert await board(visitor(ranked.author), ranked.id) == entries, "all may read it"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9, 100])
async def test_ranks_go_on_across_pages_of_every_size(ranked: Room, size: int) -> None:
    whole, cursors, info = await _page(ranked, first=100)
    assert ([rank for rank, _ in whole], info["hasNextPage"]) == (RANKS, False)
    assert await _walked(ranked, size) == whole
    for index, cursor in enumerate(cursors):
        assert (await _page(ranked, first=size, after=cursor))[0] == whole[index + 1 :][:size]


async def test_real_submissions_are_ranked_by_completion_and_count_attempts_up_to_it(room: Room) -> None:
    for name, outcomes in (("ann", ["t1", "t1 t2 t3", "t1"]), ("bob", ["t1 t2 t3"]), ("cleo", ["t1 t2"])):
        learner = await room.another(name)
        for passed in outcomes:
            await learner.attempt(passed)
    entries = await board(room.learner, room.id)
    told = [(one["rank"], one["displayName"], one["bestScore"], one["totalAttempts"]) for one in entries]
    assert told == [(1, "Learnerann", 100, 2), (2, "Learnerbob", 100, 1)]


async def test_whoever_hides_is_left_out_and_comes_back_where_they_were(ranked: Room) -> None:
    whole = await ranked.board()
    hidden = await ranked.author.as_("learner", "bob")
    _, cursors, _ = await _page(ranked, first=2)
    payload = await hidden.done("updateProfile", hideFromLeaderboards=True)
    assert payload["userErrors"] == []
    without = [name for _, name in whole if name != "Learnerbob"]
    assert await ranked.board() == list(zip([1, 2, 3, 4, 4, 4, 7, 8], without, strict=True))
    assert await _walked(ranked, 1) == await ranked.board()
    assert await board(hidden, ranked.id) == await board(ranked.learner, ranked.id), "from oneself too"
    rest = [name for _, name in (await _page(ranked, first=100, after=cursors[-1]))[0]]
    assert rest == [name for _, name in whole[2:] if name != "Learnerbob"], "a page under way goes on"
    await hidden.done("updateProfile", displayName="Bob")
    assert "Bob" not in [name for _, name in await ranked.board()], "what is not said stays"
    await hidden.done("updateProfile", hideFromLeaderboards=False, displayName="Learnerbob")
    assert await ranked.board() == whole
    assert await hidden.refused("updateProfile", hideFromLeaderboards=None) == [("REQUIRED", "hideFromLeaderboards")]


async def test_whoever_hides_before_completing_is_left_out_as_well(room: Room) -> None:
    await room.learner.done("updateProfile", hideFromLeaderboards=True)
    await room.attempt()
    assert await room.board() == []
    await room.learner.done("updateProfile", hideFromLeaderboards=False)
    assert await room.board() == [(1, "Learner")]


async def test_the_suspended_are_left_out_until_they_are_let_in_again(ranked: Room) -> None:
    admin = await ranked.author.as_("admin")
    whole = await ranked.board()
    given = {"userId": global_id("User", (await ranked.author.as_("learner", "ann")).viewer.user_id), "reason": "Why."}
    await admin.done("suspendUser", **given)
    assert await ranked.board() == list(zip([1, 1, 3, 4, 4, 4, 7, 8], [name for _, name in whole[1:]], strict=True))
    await admin.done("reinstateUser", **given)
    assert await ranked.board() == whole


async def test_what_the_suspended_had_submitted_is_judged_and_shown_when_they_are_back(room: Room) -> None:
    admin = await room.author.as_("admin")
    given = {"userId": global_id("User", room.learner.viewer.user_id), "reason": "Why."}
    attempt = await room.submit()
    await admin.done("suspendUser", **given)
    assert (await room.grade(attempt))["progress"]["status"] == "COMPLETED"
    other = await room.another("-other")
    assert await other.board() == []
    await admin.done("reinstateUser", **given)
    assert await other.board() == [(1, "Learner")]


async def test_sessions_and_tokens_of_the_suspended_no_longer_stand_for_anybody(room: Room) -> None:
    database, admin = room.author.pool.database(), await room.author.as_("admin")
    given = {"email": "ada@example.org", "password": "long enough", "displayName": "Ada"}
    entered = (await visitor(room.author).run(SIGN_UP, input=given))["signUp"]
    author = room.author.viewer.user_id
    token = (await room.author.run(TOKEN, input={"name": "tool", "scopes": ["CONTENT_READ"]}))["createApiToken"][
        "token"
    ]
    for secret, user in ((entered["token"], entered["viewer"]["user"]["id"]), (token, global_id("User", author))):
        found = await viewer_of(database, secret, room.author.clock())
        assert found is not None
        assert global_id("User", found.user_id) == user
        await admin.done("suspendUser", userId=user, reason="Why.")
        assert await viewer_of(database, secret, room.author.clock()) is None
        await admin.done("reinstateUser", userId=user, reason="Why.")
    assert await viewer_of(database, entered["token"], room.author.clock()) is None, "a session ended for good"
    assert await viewer_of(database, token, room.author.clock()) is not None


async def test_a_challenge_that_is_not_seen_has_no_leaderboard(room: Room) -> None:
    await room.attempt()
    stranger = await room.another("-stranger")
    lesson = (await ids(room.author))["track/module/lesson"]
    draft = await room.author.done("createChallenge", lessonId=lesson, slug="draft", title="Draft")
    for id in (draft["challenge"]["id"], global_id("Challenge", new_id()), lesson, "nonsense", "\0"):
        assert await board(room.learner, id) is None, id
    await room.archive()
    for viewer in (stranger.learner, visitor(room.author)):
        assert await board(viewer, room.id) is None
    assert await room.board() == [(1, "Learner")], "who began it goes on seeing it"
    await room.archive(back=True)
    await room.author.done("setPublished", id=lesson, published=False)
    assert await board(room.learner, room.id) is None
    await room.author.done("setPublished", id=lesson, published=True)
    assert await stranger.board() == [(1, "Learner")]


async def test_each_challenge_has_its_own(author: Api, owner_url: str) -> None:
    room = await opened(author)
    other = (await published(author, challenge("two")))["track/module/lesson/two"]
    await room.attempt()
    assert await board(room.learner, other) == []


async def test_pages_from_0_to_100_are_answered_and_no_others(ranked: Room) -> None:
    shown, cursors, info = await _page(ranked, first=0)
    assert (shown, cursors, info) == ([], [], {"hasNextPage": True, "endCursor": None})
    assert len((await _page(ranked, first=100))[0]) == len((await _page(ranked))[0]) == 9
    for size in (101, -1, 2**31 - 1):
        assert (await ranked.learner.run(BOARD, id=ranked.id, first=size)).codes == ["ReadError"], size


async def test_cursors_that_this_list_did_not_give_are_refused_or_go_on_somewhere(ranked: Room) -> None:
    id, refused = str(new_id()), 0
    for cursor in (
        *("", "nonsense", "=", "\0", "\ud800", "W10", "x" * 100_000),
        *(cursor_of(1), cursor_of(5, id), cursor_of(100, 1, 1, "no-uuid", 1, 1), cursor_of(100, 1, 1, id, 1)),
        *(cursor_of(-1, 1, 1, id, 1, 1), cursor_of(100, -1, 1, id, 1, 1), cursor_of(100, 2**61, 1, id, 1, 1)),
        *(cursor_of(2**31, 1, 1, id, 1, 1), cursor_of(2**57, 1, 1, id, 1, 1)),
        *(cursor_of(100, 1, 2**31, id, 1, 1), cursor_of(100, 1, 2**57, id, 1, 1)),
        *(cursor_of(100, 2**57, 1, id, 1, 1), cursor_of(100, 1, 1, id, 2**57, 2**57)),
    ):
        codes = (await ranked.learner.run(BOARD, id=ranked.id, after=cursor)).codes
        assert codes in ([], ["ReadError"]), cursor[:60]
        refused += codes != []
    assert refused >= 14


SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { token viewer { user { id } } } }"
TOKEN = "mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { token } }"
