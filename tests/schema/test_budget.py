"""What a request can cost: answers are bounded by what they hold, and lists of faults by their length."""

import time
from typing import Any

import pytest

from core import limits
from resolvers.errors import LimitExceeded
from tests.fix_api import TEST, Api
from tests.fix_gateway import GatewayServer


def _lesson(challenges: int) -> list[dict[str, Any]]:
    content = {"title": "C", "instructions": "Do it.", "difficulty": "EASY", "points": 1, "estimatedTimeMinutes": 1}
    named = [content | {"slug": f"c{number}", "tests": [TEST]} for number in range(challenges)]
    lesson = {"slug": "l", "title": "L", "challenges": named}
    return [{"slug": "t", "title": "T", "modules": [{"slug": "m", "title": "M", "lessons": [lesson]}]}]


def test_going_round_in_the_tree_ends_at_the_limit_and_holds_nobody_up(server: GatewayServer) -> None:
    apply = "mutation ($input: ApplyContentInput!) { applyContent(input: $input) { userErrors { message } } }"
    given = {"input": {"tracks": _lesson(60), "publish": True}}
    assert server.gql(apply, given, server.token("author"))["data"]["applyContent"]["userErrors"] == []
    around = "lesson { challenges { " * 4 + "slug" + " } }" * 4
    began = time.process_time()  # of this process, in which the server is: the clock on the wall tells of others too
    answer = server.gql(f'{{ challenge(path: "t/m/l/c0") {{ {around} }} }}')
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"LIMIT"}
    assert time.process_time() - began < 10
    assert len(answer["errors"]) <= 10


async def test_what_a_request_counts_is_its_own(author: Api) -> None:
    context = author.context()
    context.count(limits.OPERATION_OBJECTS)
    with pytest.raises(LimitExceeded):
        context.count(1)
    author.context().count(1)


async def test_too_many_tests_are_one_fault_and_many_faults_are_cut(author: Api) -> None:
    tree = _lesson(1)
    lesson = tree[0]["modules"][0]["lessons"][0]
    lesson["challenges"][0]["tests"] = [{"text": "", "code": ""}] * 5_000
    payload = await author.do("applyContent", tracks=tree)
    assert [error["code"] for error in payload["userErrors"]] == ["TOO_LARGE"]
    lesson["challenges"] = [_lesson(1)[0]["modules"][0]["lessons"][0]["challenges"][0] | {"slug": ""}] * 2_000
    payload = await author.do("applyContent", tracks=tree)
    assert limits.FAULTS_TOLD <= len(payload["userErrors"]) <= limits.FAULTS_TOLD + 1


async def test_a_wait_beyond_its_limit_is_refused(author: Api) -> None:
    assert await author.refused("applyContent", tracks=[], waitSeconds=-5) == [("INVALID", "waitSeconds")]
    assert await author.refused("applyContent", tracks=[], waitSeconds=61) == [("INVALID", "waitSeconds")]
    id = (await author.challenge())["id"]
    told = await author.refused(
        "publishChallenge", challengeId=id, contentHash="", liveSetHash="", changelog="", waitSeconds=61
    )
    assert told == [("INVALID", "waitSeconds")]
