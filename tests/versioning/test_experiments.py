"""Experiments: several versions live at once, entered in the log like everything that changes what is live."""

from typing import Any

import psycopg
import pytest

from tests.fix_api import Api, arms
from tests.practice.makers import refused_unchanged
from tests.versioning.makers import challenge, ids, lesson, log, module, of, track

PATH = "track/module/lesson/one"


@pytest.fixture
async def id(author: Api) -> str:
    """A challenge with v1.0, v1.1 (live) and v1.2 in the draft."""
    await author.done("applyContent", tracks=of(challenge("one")), publish=True)
    id = (await ids(author))[PATH]
    await author.edit(id, title="One, better")
    await author.publish(id)
    await author.edit(id, title="One, better still")
    return id


async def _live(author: Api, id: str) -> dict[str, int]:
    return {one["version"]["label"]: one["weight"] for one in (await author.standing(id))["live"]}


async def _hash(author: Api, id: str) -> str:
    return str((await author.standing(id))["liveSetHash"])


async def test_an_experiment_puts_its_arms_live_and_the_log_says_so(author: Api, id: str) -> None:
    made = await author.experiment(id, {"v1.0": 40, "v1.1": 60})
    assert made["experiment"] | {"id": ""} == {
        "id": "",
        "name": "Which?",
        "state": "RUNNING",
        "phase": 1,
        "arms": [{"version": {"label": "v1.0"}, "weight": 40}, {"version": {"label": "v1.1"}, "weight": 60}],
    }
    assert await _live(author, id) == {"v1.0": 40, "v1.1": 60}
    entry = (await log(author))[-1]
    assert (entry["kind"], entry["reason"], len(entry["records"])) == ("EXPERIMENT_START", "Which?", 1)
    assert entry["records"][0]["before"] == [{"version": {"label": "v1.1"}, "weight": 100}]
    assert entry["records"][0]["after"] == [
        {"version": {"label": "v1.0"}, "weight": 40},
        {"version": {"label": "v1.1"}, "weight": 60},
    ]
    assert await _intact(author, id)


async def test_weights_change_by_phases_and_the_arms_stay(author: Api, id: str) -> None:
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    made = await author.done(
        "reweighExperiment",
        experimentId=experiment,
        arms=arms({"v1.1": 90, "v1.0": 10}),
        liveSetHash=await _hash(author, id),
        reason="It looks good.",
    )
    assert (made["publication"]["kind"], made["experiment"]["phase"]) == ("EXPERIMENT_REWEIGH", 2)
    assert await _live(author, id) == {"v1.0": 10, "v1.1": 90}
    assert await _intact(author, id)


@pytest.mark.parametrize(("keep", "live"), [(None, "v1.0"), ("v1.1", "v1.1")])
async def test_stopping_leaves_one_arm_live_the_control_unless_another_is_named(
    author: Api, id: str, keep: str | None, live: str
) -> None:
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    made = await author.done(
        "stopExperiment",
        experimentId=experiment,
        keepLabel=keep,
        liveSetHash=await _hash(author, id),
        reason="Enough.",
    )
    assert (made["publication"]["kind"], made["experiment"]["state"]) == ("EXPERIMENT_STOP", "STOPPED")
    assert await _live(author, id) == {live: 100}
    shown = await author.results(experiment)
    assert shown["stoppedAt"] > shown["startedAt"]
    over = await author.do(
        "stopExperiment", experimentId=experiment, liveSetHash=await _hash(author, id), reason="Again."
    )
    assert [(one["code"], one["actual"]) for one in over["userErrors"]] == [("STALE", "STOPPED")]
    assert await _intact(author, id)


async def test_promoting_what_is_no_winner_takes_a_reason(author: Api, id: str, owner_url: str) -> None:
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    given = {"experimentId": experiment, "label": "v1.1", "liveSetHash": await _hash(author, id)}
    assert await refused_unchanged(owner_url, author, "promoteVersion", **given, reason=" ") == [("REQUIRED", "reason")]
    made = await author.done("promoteVersion", **given, reason="The lecturer asked for it.")
    assert (made["publication"]["kind"], made["experiment"]["state"]) == ("PROMOTE", "PROMOTED")
    assert made["version"] | {"id": ""} == {"id": "", "label": "v1.1", "isActive": True}
    assert await _live(author, id) == {"v1.1": 100}
    assert await _intact(author, id)


async def test_what_would_change_what_is_live_waits_for_the_experiments_end(
    author: Api, id: str, owner_url: str
) -> None:
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    seen = await author.standing(id)
    hash = {"challengeId": id, "liveSetHash": seen["liveSetHash"]}
    publish = hash | {"contentHash": seen["draft"]["contentHash"], "changelog": "More."}
    refusals = {
        "publishChallenge": (publish, "NO_EXPERIMENT"),
        "rollbackChallenge": (hash | {"toLabel": "v1.0", "reason": "Back."}, "challengeId"),
        "archiveChallenge": (hash | {"reason": "Away."}, "challengeId"),
    }
    for mutation, (input, path) in refusals.items():
        assert await refused_unchanged(owner_url, author, mutation, **input) == [("EXPERIMENT_RUNNING", path)]
    again = {"name": "Two", "hypothesis": "", "arms": arms({"v1.0": 50, "v1.1": 50}), "controlLabel": "v1.0"}
    assert await refused_unchanged(owner_url, author, "startExperiment", **hash, **again) == [
        ("EXPERIMENT_RUNNING", "challengeId")
    ]
    plan = (await author.run(PLAN, id=id))["publishPlan"]
    (gate,) = [one for one in plan["gates"] if one["gate"] == "NO_EXPERIMENT"]
    assert (gate["state"], "stopExperiment" in gate["message"]) == ("FAILED", True)
    await author.done("stopExperiment", experimentId=experiment, liveSetHash=seen["liveSetHash"], reason="Enough.")
    assert (await author.publish(id))["version"]["label"] == "v1.2"


async def test_everything_that_is_wrong_with_an_experiment_is_told_at_once(
    author: Api, id: str, owner_url: str
) -> None:
    given: dict[str, Any] = {"challengeId": id, "liveSetHash": await _hash(author, id), "hypothesis": "h" * 2001}
    wrong = [
        {"label": "v1.0", "weight": 0},
        {"label": "v1.0", "weight": 50},
        {"label": "v9.9", "weight": 49},
        {"label": "first", "weight": 100},
    ]
    assert await refused_unchanged(
        owner_url,
        author,
        "startExperiment",
        **given,
        name=" ",
        arms=wrong,
        controlLabel="v1.1",
        guardrails={"maxErrorPercent": 0, "maxAttempts": 5000},
    ) == [
        ("REQUIRED", "name"),
        ("TOO_LARGE", "hypothesis"),
        ("INVALID", "guardrails.maxErrorPercent"),
        ("INVALID", "guardrails.maxAttempts"),
        ("INVALID", "arms.0.weight"),
        ("TAKEN", "arms.1.label"),
        ("INVALID", "arms.3.weight"),
        ("INVALID", "arms"),
        ("NOT_FOUND", "arms.2.label"),
        ("INVALID", "arms.3.label"),
        ("NOT_IN_EXPERIMENT", "controlLabel"),
    ]
    stale = await refused_unchanged(
        owner_url,
        author,
        "startExperiment",
        **given | {"liveSetHash": "0"},
        name=" ",
        arms=wrong,
        controlLabel="v1.1",
    )
    assert stale == [("STALE", "liveSetHash")], "staleness is told first and alone"


async def test_a_reweigh_names_every_arm_and_no_other(author: Api, id: str, owner_url: str) -> None:
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    given = {"experimentId": experiment, "liveSetHash": await _hash(author, id)}
    told = await refused_unchanged(
        owner_url, author, "reweighExperiment", **given, arms=arms({"v1.0": 50, "v1.2": 50}), reason=""
    )
    assert told == [("REQUIRED", "reason"), ("NOT_IN_EXPERIMENT", "arms.1.label"), ("REQUIRED", "arms")]
    same = arms({"v1.0": 50, "v1.1": 50})
    told = await refused_unchanged(owner_url, author, "reweighExperiment", **given, arms=same, reason="Why not.")
    assert told == [("INVALID", "arms")]
    told = await refused_unchanged(owner_url, author, "stopExperiment", **given, keepLabel="v1.2", reason="Enough.")
    assert told == [("NOT_IN_EXPERIMENT", "keepLabel")]


async def test_as_of_a_moment_within_an_experiment_the_control_was_live(author: Api, id: str) -> None:
    experiment = (await author.experiment(id, {"v1.1": 10, "v1.0": 90}))["experiment"]["id"]
    reweighed = {"experimentId": experiment, "arms": arms({"v1.1": 20, "v1.0": 80}), "reason": "More."}
    await author.done("reweighExperiment", **reweighed, liveSetHash=await _hash(author, id))
    within = (await author.run(HISTORY, path=PATH))["challenge"]["history"]["edges"]
    hash = await _hash(author, id)
    await author.done("stopExperiment", experimentId=experiment, keepLabel="v1.0", liveSetHash=hash, reason="Enough.")
    after = (await author.run(HISTORY, path=PATH))["challenge"]["history"]["edges"][0]
    for edge in within[:2]:
        assert await _as_of(author, edge["node"]["at"]) == "v1.1"
    assert await _as_of(author, after["node"]["at"]) == "v1.0"


async def test_a_push_of_a_tree_leaves_a_running_experiment_alone_and_does_not_undo_its_end(
    author: Api, id: str
) -> None:
    wanted = of(challenge("one", title="One, better"))
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    held = await _apply(author, of(challenge("one", title="Another")))
    assert held == [("HELD", "The experiment “Which?” is running on it; stop it first.")]
    assert (await author.standing(id))["draft"]["title"] != "Another"
    pruned = await author.done("applyContent", tracks=[track(module(lesson()))], prune=True, publish=True)
    assert [one["action"] for one in pruned["changes"] if one["path"] == PATH] == ["HELD"]
    assert await _live(author, id) == {"v1.0": 50, "v1.1": 50}
    hash = await _hash(author, id)
    await author.done("stopExperiment", experimentId=experiment, liveSetHash=hash, reason="It lost.")
    held = await _apply(author, wanted)
    assert held == [("HELD", "v1.1 says exactly this and was taken out of service when an experiment was stopped.")]
    assert await _live(author, id) == {"v1.0": 100}


async def test_the_counts_that_an_end_rests_on_are_in_the_log_for_ever(author: Api, id: str, owner_url: str) -> None:
    experiment = (await author.experiment(id, {"v1.0": 50, "v1.1": 50}))["experiment"]["id"]
    hash = await _hash(author, id)
    await author.done("stopExperiment", experimentId=experiment, liveSetHash=hash, reason="Enough.")
    assert await _intact(author, id)
    with psycopg.connect(owner_url) as owner:
        owner.execute("""update publications set facts = jsonb_set(facts, '{experiment}', '"other"')
            where kind = 'EXPERIMENT_STOP'""")
    assert not await _intact(author, id), "the entry's hash covers them"


async def _apply(author: Api, wanted: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    done = await author.done("applyContent", tracks=wanted, publish=True)
    return [(one["action"], one["message"]) for one in done["changes"] if one["path"] == PATH]


async def _as_of(author: Api, at: str) -> str:
    found = await author.run(AS_OF, path=PATH, at=at)
    return str(found["challenge"]["version"]["label"])


async def _intact(author: Api, id: str) -> bool:
    found = await author.run("query ($id: ID!) { verifyHistory(challengeId: $id) { intact firstFault } }", id=id)
    return bool(found["verifyHistory"]["intact"])


PLAN = "query ($id: ID!) { publishPlan(challengeId: $id) { gates { gate state message } } }"
HISTORY = "query ($path: String!) { challenge(path: $path) { history { edges { node { seq at } } } } }"
AS_OF = "query ($path: String!, $at: DateTime!) { challenge(path: $path) { version(asOf: $at) { label } } }"
