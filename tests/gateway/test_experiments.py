"""What is done to experiments without asking, and drawing through the gateway itself."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from core.sealing import Keyring
from gateway.jobs import experiments
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from sql.database import Pool
from tests.fix_api import Api, uuid_of
from tests.fix_gateway import GatewayServer
from tests.practice.makers import PATH, Room, looked_up, opened, published
from tests.versioning.makers import challenge, log
from tests.waits import soon, waiting
from versioning.experiments import automation
from versioning.experiments.experiments import by_id
from versioning.experiments.rules import best_chances, floored
from versioning.experiments.statistics import beats

OPEN = "query ($path: String!) { challenge(path: $path) { version { label instructions } } }"


@pytest.fixture
async def room(author: Api) -> Room:
    made = await opened(author)
    await made.publish(instructions="Write one, please.")
    return made


@pytest.fixture
def worker(worker_pool: Pool, keyring: Keyring) -> WorkerState:
    return WorkerState(worker_pool, keyring, Log(lambda line: None))


def _people(owner_url: str, experiment: str, *, came: dict[str, int], completed: dict[str, int], **more: Any) -> None:
    """Put learners behind the gateway's back into an experiment's present phase: so many came, so many completed."""
    ago = more.get("ago", timedelta())
    with psycopg.connect(owner_url) as owner:
        owner.execute("set local session_replication_role = replica")
        (found,) = owner.execute("select challenge_id, phase from experiments where id = %s", [uuid_of(experiment)])
        for label, number in came.items():
            (arm,) = owner.execute(
                """select a.version_id, a.weight from experiment_arms a join challenge_versions v on v.id = a.version_id
                where a.experiment_id = %s and a.phase = %s and 'v' || v.major || '.' || v.minor = %s""",
                [uuid_of(experiment), found[1], label],
            )
            learners = [uuid4() for _ in range(number)]
            at = datetime.now(UTC) - ago
            owner.cursor().executemany(
                "insert into experiment_assignments values (%s, %s, %s, %s, %s, %s, %s)",
                [(one, uuid_of(experiment), found[0], arm[0], found[1], arm[1], at) for one in learners],
            )
            done = learners[: completed.get(label, 0)]
            owner.cursor().executemany(
                """insert into user_progress (user_id, challenge_id, status, best_score, total_attempts, started_at,
                last_attempt_at, pinned_version_id, completed_at, completed_attempt_id, completed_version_id)
                values (%s, %s, 'COMPLETED', 100, 3, %s, %s, %s, %s, %s, %s)""",
                [(one, found[0], at, at, arm[0], at, uuid4(), arm[0]) for one in done],
            )
            owner.cursor().executemany(
                "insert into leaderboard_entries values (%s, %s, 100, %s, %s)",
                [(one, found[0], at, more.get("tries", 3)) for one in done],
            )


async def _start(room: Room, **policy: Any) -> str:
    made = await room.author.experiment(room.id, {"v1.0": 50, "v1.1": 50}, **policy)
    return str(made["experiment"]["id"])


async def _state(room: Room, experiment: str) -> tuple[str, dict[str, int]]:
    shown = await room.author.results(experiment)
    live = (await room.author.standing(room.id))["live"]
    return shown["state"], {one["version"]["label"]: one["weight"] for one in live}


async def test_a_winner_is_promoted_as_soon_as_there_is_one(room: Room, worker: WorkerState, owner_url: str) -> None:
    experiment = await _start(room, promoteWinner=True)
    _people(owner_url, experiment, came={"v1.0": 300, "v1.1": 300}, completed={"v1.0": 100, "v1.1": 120})
    await experiments.watch(worker)
    assert await _state(room, experiment) == ("RUNNING", {"v1.0": 50, "v1.1": 50})
    _people(owner_url, experiment, came={"v1.0": 3000, "v1.1": 3000}, completed={"v1.0": 1000, "v1.1": 1500})
    await experiments.watch(worker)
    assert await _state(room, experiment) == ("PROMOTED", {"v1.1": 100})
    shown = await room.author.results(experiment)
    assert (shown["verdict"]["state"], shown["verdict"]["winner"]) == ("WINNER", {"label": "v1.1"})
    entry = (await log(room.author))[-1]
    assert (entry["kind"], "completed more often" in entry["reason"]) == ("PROMOTE", True)
    assert shown["arms"][1]["exposures"] == 3300


async def test_a_fault_of_one_experiment_is_noted_and_starves_no_other(
    room: Room, worker_pool: Pool, keyring: Keyring, owner_url: str
) -> None:
    author = room.author
    other = (await published(author, challenge("one"), challenge("two")))["track/module/lesson/two"]
    await author.edit(other, instructions="Write two, please.")
    await author.publish(other)
    second = replace(room, id=other)
    started = {await _start(one, promoteWinner=True): one for one in (room, second)}
    for experiment in started:
        ago = timedelta(days=3)
        _people(
            owner_url, experiment, came={"v1.0": 3000, "v1.1": 3000}, completed={"v1.0": 1000, "v1.1": 1500}, ago=ago
        )
    first = (await automation.with_policy(worker_pool.database()))[0].row.id
    looked_up(owner_url, """update experiments set policy = policy || '{"abandoned": "many"}' where id = %s""", first)
    lines: list[str] = []
    await experiments.watch(WorkerState(worker_pool, keyring, Log(lines.append)))
    for experiment, one in started.items():
        state = (await author.results(experiment))["state"]
        assert state == ("RUNNING" if uuid_of(experiment) == first else "PROMOTED"), one.id
    (told,) = [line for line in map(json.loads, lines) if line["event"] == "experiment failed"]
    assert (told["experiment"], told["causes"][0]["type"]) == (str(first), "builtins.TypeError")


async def test_without_a_policy_nothing_is_done(room: Room, worker: WorkerState, owner_url: str) -> None:
    experiment = await _start(room)
    _people(owner_url, experiment, came={"v1.0": 3000, "v1.1": 3000}, completed={"v1.0": 1000, "v1.1": 1500})
    await experiments.watch(worker)
    assert await _state(room, experiment) == ("RUNNING", {"v1.0": 50, "v1.1": 50})
    assert (await room.author.results(experiment))["verdict"]["state"] == "WINNER"


async def test_nobody_is_promoted_in_the_name_of_who_may_no_longer(
    room: Room, worker: WorkerState, owner_url: str
) -> None:
    experiment = await _start(room, promoteWinner=True)
    _people(owner_url, experiment, came={"v1.0": 3000, "v1.1": 3000}, completed={"v1.0": 1000, "v1.1": 1500})
    looked_up(owner_url, "update users set role = 'learner' where id = %s", room.author.viewer.user_id)
    await experiments.watch(worker)
    assert looked_up(owner_url, "select state from experiments") == [("RUNNING",)]


async def test_an_arm_that_learners_give_up_on_ends_with_the_control(
    room: Room, worker: WorkerState, owner_url: str
) -> None:
    experiment = await _start(room, guardrails={"maxAbandonPercent": 50})
    _people(
        owner_url, experiment, came={"v1.0": 40, "v1.1": 40}, completed={"v1.0": 0, "v1.1": 25}, ago=timedelta(days=3)
    )
    await experiments.watch(worker)
    assert (await _state(room, experiment))[0] == "RUNNING", "the control is not judged, and v1.1 is well below"
    _people(owner_url, experiment, came={"v1.1": 160}, completed={}, ago=timedelta(days=3))
    await experiments.watch(worker)
    assert await _state(room, experiment) == ("STOPPED", {"v1.0": 100})
    shown = await room.author.results(experiment)
    told = "v1.1: 175 of 200 learners who came more than a day ago gave up; 50 % are allowed."
    assert (shown["verdict"]["state"], shown["verdict"]["reason"]) == ("GUARDRAIL", told)
    assert (await log(room.author))[-1]["reason"] == told


async def test_an_arm_that_takes_too_many_attempts_ends_with_the_control(
    room: Room, worker: WorkerState, owner_url: str
) -> None:
    experiment = await _start(room, guardrails={"maxAttempts": 5})
    _people(owner_url, experiment, came={"v1.1": 60}, completed={"v1.1": 40}, tries=5)
    await experiments.watch(worker)
    assert (await _state(room, experiment))[0] == "RUNNING"
    _people(owner_url, experiment, came={"v1.1": 200}, completed={"v1.1": 200}, tries=9)
    await experiments.watch(worker)
    assert await _state(room, experiment) == ("STOPPED", {"v1.0": 100})


async def test_an_arm_in_which_pages_break_ends_with_the_control(
    room: Room, worker: WorkerState, owner_url: str
) -> None:
    experiment = await _start(room, guardrails={"maxErrorPercent": 20})
    learners = 0
    while learners < 3:
        room = await room.another(f"-{uuid4().hex[:6]}")
        version = (await room.learner.run(OPEN, path=PATH))["challenge"]["version"]["label"]
        learners += version == "v1.1"
        for number in range(20 if version == "v1.1" else 1):
            attempt = await room.submit()
            outcome = "ERROR" if number % 2 else "FAILED"
            told = [{"testId": id, "outcome": outcome} for id in ("t1", "t2", "t3")]
            await room.grader.done("gradeAttempt", attemptId=attempt, results=told)
    await experiments.watch(worker)
    assert await _state(room, experiment) == ("STOPPED", {"v1.0": 100})
    reason = (await log(room.author))[-1]["reason"]
    assert reason == "v1.1: something broke in 30 of 60 judged attempts; 20 % are allowed."


async def test_weights_follow_who_is_likely_the_best_and_leave_everybody_five_percent(
    room: Room, worker: WorkerState, owner_url: str
) -> None:
    experiment = await _start(room, adaptWeights=True)
    _people(owner_url, experiment, came={"v1.0": 40, "v1.1": 40}, completed={"v1.0": 4, "v1.1": 30})
    await experiments.watch(worker)
    assert (await _state(room, experiment))[1] == {"v1.0": 50, "v1.1": 50}, "too few came"
    _people(owner_url, experiment, came={"v1.0": 40, "v1.1": 40}, completed={"v1.0": 4, "v1.1": 30})
    await experiments.watch(worker)
    assert (await _state(room, experiment))[1] == {"v1.0": 5, "v1.1": 95}
    entry = (await log(room.author))[-1]
    assert (entry["kind"], entry["reason"]) == (
        "EXPERIMENT_REWEIGH",
        "Weights adapted to how likely each arm is the best: v1.0 0 %, v1.1 100 %.",
    )
    await experiments.watch(worker)
    assert (await room.author.results(experiment))["phase"] == 2, "nobody came since"


def test_whole_percents_sum_to_a_hundred_and_none_is_below_five() -> None:
    for chances in ([1.0, 0.0], [0.333, 0.333, 0.334], [0.999, 0.001, 0.0, 0.0, 0.0], [0.2] * 5, [0.501, 0.499]):
        weights = floored(chances)
        assert sum(weights) == 100
        assert min(weights) >= 5
        assert weights[chances.index(max(chances))] == max(weights)


async def test_chances_are_those_of_the_exact_sum(room: Room) -> None:
    experiment = await _start(room)
    (found,) = await by_id(room.author.pool.database(), [uuid_of(experiment)])
    a, b = UUID(int=1), UUID(int=2)
    drawn = best_chances({a: (14, 14), b: (16, 14)}, found.row)
    assert drawn == best_chances({a: (14, 14), b: (16, 14)}, found.row), "the same counts, the same answer"
    assert drawn[b] == pytest.approx(beats((14, 28), (16, 30)), abs=0.03)


def test_a_visitors_id_comes_in_a_header_or_a_cookie(server: GatewayServer) -> None:
    _two_arms(server)
    seen: dict[int, set[str]] = {}
    asked = {"query": OPEN, "variables": {"path": PATH}}
    with server.client() as client:
        for number in range(12):
            for headers in ({"x-palimpsest-visitor": f"id-{number}"}, {"cookie": f"palimpsest_visitor=id-{number}"}):
                answer = client.post("/graphql", json=asked, headers=headers).json()
                seen.setdefault(number, set()).add(answer["data"]["challenge"]["version"]["label"])
    assert all(len(labels) == 1 for labels in seen.values())
    assert {label for labels in seen.values() for label in labels} == {"v1.0", "v1.1"}


def test_a_query_that_met_a_reweigh_is_asked_again_and_shows_what_is_stored(
    server: GatewayServer, owner_url: str
) -> None:
    """A twin's row with the other arm commits between the look-up and the drawing, which waits for it."""
    _two_arms(server)
    token = server.token("learner")
    shown = server.gql(OPEN, {"path": PATH}, token)["data"]["challenge"]["version"]["label"]
    looked_up(owner_url, "delete from experiment_assignments")
    with psycopg.connect(owner_url) as other:
        other.execute(
            """insert into experiment_assignments select %s, e.id, e.challenge_id, v.id, 1, 50, now() from experiments e
            join challenge_versions v on v.challenge_id = e.challenge_id and 'v' || v.major || '.' || v.minor <> %s""",
            [server.user_id("learner"), shown],
        )
        waiting = asyncio.run(_raced(server, token, other, owner_url))
    assert waiting["data"]["challenge"]["version"]["label"] != shown
    assert waiting["data"]["challenge"]["version"]["instructions"]


async def _raced(server: GatewayServer, token: str, other: psycopg.Connection[Any], owner_url: str) -> dict[str, Any]:
    asked = asyncio.create_task(asyncio.to_thread(server.gql, OPEN, {"path": PATH}, token))
    await soon(lambda: waiting(owner_url) == 1)
    assert not asked.done(), "it waits for the twin"
    other.commit()
    return await asked


def _two_arms(server: GatewayServer) -> None:
    """Publish two versions over HTTP and start an experiment between them."""

    async def made() -> None:
        api = Api(server.parts.pool, server.parts.keyring, server.parts.clock)
        author = await api.as_("author")
        id = (await published(author, challenge("one")))[PATH]
        await author.edit(id, instructions="Write one, please.")
        await author.publish(id)
        await author.experiment(id, {"v1.0": 50, "v1.1": 50})

    server.do(made())
