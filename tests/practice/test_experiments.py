"""Learners in experiments: drawn once, when they open the challenge, and counted as what they were drawn for."""

import asyncio
import math
from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from resolvers.context import Viewer
from tests.fix_api import Api, arms
from tests.practice.makers import PATH, Room, enrolled, looked_up, opened
from versioning.pins.selection import BUCKETS, RunningExperiment, arm_at, bucket, drawn

CARD = "query ($path: String!) { challenge(path: $path) { version { id label title points } } }"
OPEN = "query ($path: String!) { challenge(path: $path) { version { id label instructions } } }"
ASSIGNED = """select v.major || '.' || v.minor, a.phase, a.weight from experiment_assignments a
    join challenge_versions v on v.id = a.version_id where a.user_id = %s"""


@pytest.fixture
async def room(author: Api) -> Room:
    """A challenge with v1.0 and v1.1, of which v1.1 is live, and a learner who has not opened it."""
    made = await opened(author)
    assert await made.publish(instructions="Write one, please.") == "v1.1"
    return made


async def _experiment(room: Room, **weights: int) -> str:
    made = await room.author.experiment(room.id, weights or {"v1.0": 50, "v1.1": 50})
    return str(made["experiment"]["id"])


async def _reweigh(room: Room, experiment: str, weights: dict[str, int]) -> None:
    hash = (await room.author.standing(room.id))["liveSetHash"]
    given = {"experimentId": experiment, "liveSetHash": hash, "arms": arms(weights), "reason": "Try."}
    await room.author.done("reweighExperiment", **given)


async def _learners(room: Room, number: int) -> list[Api]:
    return [await enrolled(room.author, f"-{n}") for n in range(number)]


async def _opens(learner: Api) -> str:
    return str((await learner.run(OPEN, path=PATH))["challenge"]["version"]["label"])


def _stored(owner_url: str, learner: Api) -> list[Any]:
    return list(looked_up(owner_url, ASSIGNED, learner.viewer.user_id))


async def test_a_card_shows_the_arm_and_stores_nothing_and_opening_stores_it_once(room: Room, owner_url: str) -> None:
    await _experiment(room)
    card = (await room.learner.run(CARD, path=PATH))["challenge"]["version"]
    assert _stored(owner_url, room.learner) == []
    for _ in range(3):
        assert await _opens(room.learner) == card["label"]
    assert _stored(owner_url, room.learner) == [(card["label"][1:], 1, 50)]


@pytest.mark.parametrize("field", ["instructions", "starter { html }", "tests { text }", "hints { text }"])
async def test_whatever_shows_the_arms_text_is_an_exposure(room: Room, owner_url: str, field: str) -> None:
    await _experiment(room)
    await room.learner.run(CARD.replace("title points", field), path=PATH)
    assert len(_stored(owner_url, room.learner)) == 1


async def test_new_weights_move_nobody_who_was_drawn(room: Room, owner_url: str) -> None:
    experiment = await _experiment(room)
    learners = await _learners(room, 20)
    before = [await _opens(one) for one in learners]
    assert {"v1.0", "v1.1"} == set(before)
    for weights in ({"v1.0": 99, "v1.1": 1}, {"v1.0": 1, "v1.1": 99}):
        await _reweigh(room, experiment, weights)
        assert [await _opens(one) for one in learners] == before
    late = [await enrolled(room.author, f"-late-{n}") for n in range(12)]
    assert [await _opens(one) for one in late].count("v1.1") >= 10
    assert {row[1:] for one in late for row in _stored(owner_url, one)} <= {(3, 99), (3, 1)}


async def test_starting_draws_too_and_the_pin_is_the_arm(room: Room, owner_url: str) -> None:
    experiment = await _experiment(room)
    begun = await room.learner.done("startChallenge", challengeId=room.id)
    label = begun["progress"]["version"]["label"]
    assert _stored(owner_url, room.learner) == [(label[1:], 1, 50)]
    assert begun["progress"]["newerVersion"] is None
    hash = (await room.author.standing(room.id))["liveSetHash"]
    other = "v1.0" if label == "v1.1" else "v1.1"
    stopped = {"experimentId": experiment, "keepLabel": other, "liveSetHash": hash, "reason": "Enough."}
    await room.author.done("stopExperiment", **stopped)
    page = await room.page()
    assert page["version"]["label"] == label, "what one works on stays"
    assert page["viewerProgress"]["newerVersion"]["label"] == other


async def test_who_had_begun_stays_and_is_left_out(room: Room, owner_url: str) -> None:
    await room.learner.done("startChallenge", challengeId=room.id)
    experiment = await _experiment(room, **{"v1.0": 99, "v1.1": 1})
    assert await _opens(room.learner) == "v1.1"
    progress = (await room.page())["viewerProgress"]
    assert progress["newerVersion"]["label"] == "v1.0", "without the pin they would get the control"
    assert _stored(owner_url, room.learner) == []
    assert [arm["exposures"] for arm in (await room.author.results(experiment))["arms"]] == [0, 0]
    moved = await room.learner.done("adoptVersion", challengeId=room.id)
    assert moved["progress"]["version"]["label"] == "v1.0"
    assert _stored(owner_url, room.learner) == []


async def test_authors_and_visitors_without_an_id_get_the_control(room: Room, owner_url: str) -> None:
    await _experiment(room, **{"v1.0": 1, "v1.1": 99})
    for viewer in (room.author, Api(room.author.pool, room.author.keyring, room.author.clock)):
        for _ in range(3):
            assert await _opens(viewer) == "v1.0"
    assert looked_up(owner_url, "select from experiment_assignments") == []


async def test_visitors_are_drawn_by_their_id_and_keep_their_arm_as_learners(room: Room, owner_url: str) -> None:
    experiment = await _experiment(room)
    seen = set()
    for number in range(12):
        visitor = Api(room.author.pool, room.author.keyring, room.author.clock, Viewer(visitor=f"{number:064x}"))
        label = await _opens(visitor)
        assert await _opens(visitor) == label
        seen.add(label)
        signed = await visitor.run(SIGN_UP, input=_account(number))
        assert signed["signUp"]["userErrors"] == []
        (user,) = looked_up(
            owner_url, "select id, visitor_hash from users where display_name = %s", f"Visitor {number}"
        )
        assert user[1] == f"{number:064x}"
        learner = Api(visitor.pool, visitor.keyring, visitor.clock, Viewer(user[0], "learner", "V", visitor=user[1]))
        assert await _opens(learner) == label
    assert seen == {"v1.0", "v1.1"}
    assert sum(arm["exposures"] for arm in (await room.author.results(experiment))["arms"]) == 12


def _account(number: int) -> dict[str, str]:
    return {"email": f"v{number}@example.org", "password": "correct horse", "displayName": f"Visitor {number}"}


async def test_a_learner_reaches_no_other_arm_by_its_id(room: Room) -> None:
    await _experiment(room)
    versions = (await room.author.run(VERSIONS, path=PATH))["challenge"]["live"]
    ids = {one["version"]["label"]: one["version"]["id"] for one in versions}
    own = await _opens(room.learner)
    (other,) = ids.keys() - {own}
    for label, there in ((own, True), (other, False)):
        found = await room.learner.run("query ($id: ID!) { node(id: $id) { id } }", id=ids[label])
        assert (found["node"] is not None) is there
    told = await room.learner.refused("startChallenge", challengeId=room.id, versionId=ids[other])
    assert told == [("STALE", "versionId")]


async def test_what_is_shown_is_what_was_drawn_counted_and_completed(room: Room, owner_url: str) -> None:
    experiment = await _experiment(room)
    learners = await _learners(room, 16)
    drawn_for = [await _opens(one) for one in learners]
    for learner, label in zip(learners, drawn_for, strict=True):
        if label == "v1.1":
            await Room(room.author, learner, room.grader, room.id).attempt("t1")
            await Room(room.author, learner, room.grader, room.id).attempt()
    shown = await room.author.results(experiment)
    by_label = {arm["version"]["label"]: arm for arm in shown["arms"]}
    for label, completions in (("v1.0", 0), ("v1.1", drawn_for.count("v1.1"))):
        arm = by_label[label]
        assert (arm["exposures"], arm["completions"]) == (drawn_for.count(label), completions)
    assert by_label["v1.1"]["averageAttempts"] == 2
    assert by_label["v1.1"]["averageScore"] == 100
    assert by_label["v1.1"]["completion"]["high"] == 1
    assert by_label["v1.0"]["difference"] is None
    assert by_label["v1.1"]["difference"]["estimate"] == 1
    assert (shown["verdict"]["state"], "100 of each" in shown["verdict"]["reason"]) == ("COLLECTING", True)
    hash = (await room.author.standing(room.id))["liveSetHash"]
    given = {"experimentId": experiment, "label": "v1.1", "liveSetHash": hash, "reason": "All of them did it."}
    await room.author.done("promoteVersion", **given)
    late = next(one for one, label in zip(learners, drawn_for, strict=True) if label == "v1.0")
    assert await _opens(late) == "v1.1", "who had only looked gets what is live"
    await Room(room.author, late, room.grader, room.id).attempt()
    over = await room.author.results(experiment)
    assert over["arms"] == shown["arms"], "an experiment that is over shows what it showed"
    facts = looked_up(owner_url, "select facts from publications where kind = 'PROMOTE'")[0][0]
    assert sum(one["exposures"] for one in facts["counts"]) == 16


async def test_of_tabs_that_open_at_once_one_draws_and_all_show_it(room: Room, owner_url: str) -> None:
    await _experiment(room)
    labels = await asyncio.gather(*(_opens(room.learner) for _ in range(20)))
    assert len(set(labels)) == 1
    assert len(_stored(owner_url, room.learner)) == 1


async def test_a_suspicion_about_who_came_blocks_the_verdict(room: Room, owner_url: str) -> None:
    experiment = await _experiment(room)
    assert (await room.author.results(experiment))["sampleRatio"] is None
    with psycopg.connect(owner_url) as owner:
        owner.execute("set local session_replication_role = replica")
        owner.execute(
            """insert into experiment_assignments select gen_random_uuid(), e.id, e.challenge_id, v.id, 1, 50, now()
            from experiments e join challenge_versions v on v.challenge_id = e.challenge_id
            cross join generate_series(1, case v.minor when 0 then 500 else 390 end)"""
        )
    shown = await room.author.results(experiment)
    assert (shown["sampleRatio"]["ok"], shown["sampleRatio"]["pValue"] < 0.001) == (False, True)
    assert (shown["verdict"]["state"], shown["verdict"]["winner"]) == ("SAMPLE_RATIO_MISMATCH", None)


@pytest.fixture(scope="module")
def places() -> Counter[int]:
    """The places of a million ids in an experiment."""
    return Counter(bucket(UUID(int=1_001), str(number)) for number in range(1_000_000))


@pytest.mark.parametrize("weights", [(50, 50), (1, 99), (20, 30, 50), (10, 20, 30, 40), (20, 20, 20, 20, 20)])
def test_of_a_million_ids_each_arm_gets_its_share(places: Counter[int], weights: tuple[int, ...]) -> None:
    ids = [UUID(int=number) for number in range(len(weights))]
    trial = RunningExperiment(UUID(int=7), uuid4(), UUID(int=1_001), ids[0], 1, tuple(zip(ids, weights, strict=True)))
    assert drawn(trial, "someone") == arm_at(trial, bucket(trial.salt, "someone"))
    counts = dict.fromkeys(ids, 0)
    for place, number in places.items():
        counts[arm_at(trial, place)] += number
    for id, weight in zip(ids, weights, strict=True):
        share = weight / 100
        assert abs(counts[id] - 1_000_000 * share) <= 3 * math.sqrt(1_000_000 * share * (1 - share))


def test_places_in_two_experiments_have_nothing_to_do_with_one_another() -> None:
    first, second = uuid4(), uuid4()
    both = sum(bucket(first, str(n)) < BUCKETS / 2 and bucket(second, str(n)) < BUCKETS / 2 for n in range(100_000))
    assert abs(both - 25_000) < 5 * math.sqrt(25_000 * 0.75)


SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { code path } } }"
VERSIONS = "query ($path: String!) { challenge(path: $path) { live { version { id label } } } }"
