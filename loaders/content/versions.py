"""Loading versions, their texts and their solutions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.code import Code
from loaders.batch import by_key, grouped
from loaders.content.experiments import ExperimentAssignment
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import LARGEST_INTEGER, Page, PageOf, ReadError, cursor_of
from loaders.practice import pins_of
from practice.progress import versions_within_reach
from sql.named import Query, load
from sql.rows.practice import ReachRow
from sql.rows.versions import AsOfRow, VersionRow, VersionTextRow
from versioning.content import labels
from versioning.content.definition import ChallengeTest, Hooks
from versioning.content.solutions import opened
from versioning.log.live import live_sets
from versioning.pins.selection import Pin, RunningExperiment, followed, selected, successions_in, unpinned
from versioning.publishing.rollback import by_label


@dataclass(frozen=True)
class _Queries:
    live_versions_by_challenge_id: Query
    shown_versions_by_id: Query
    versions_by_number: Query
    versions_as_of: Query
    version_pages_by_challenge_id: Query
    texts_by_version_id: Query


_TEXTS_AT_ONCE = 20
_q = load("versioning/versions", _Queries)


@dataclass(frozen=True, slots=True)
class VersionOf:
    """Which version of a challenge: the one that the viewer gets, or for authors one by label or by moment."""

    label: str | None = field(default=None, metadata={"description": "A label such as v1.1. Authors only."})
    as_of: datetime | None = field(
        default=None, metadata={"description": "The version that was live at this moment. Authors only."}
    )


@dataclass(frozen=True, slots=True)
class Live:
    """A member of a live set with its version."""

    version: VersionRow
    weight: int


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint, as a thing that can be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A version's long texts; ``tests`` are those that learners may see, ``source_tests`` all of them."""

    instructions: str
    starter: Code
    tests: tuple[ChallengeTest, ...]
    source_tests: tuple[ChallengeTest, ...]
    hidden_tests: int
    hints: tuple[Hint, ...]
    hooks: Hooks


@list_loader
async def live_by_challenge_id(ctx: ReadContext, challenge_ids: Sequence[UUID]) -> dict[UUID, list[Live]]:
    """Find the live versions of these challenges; a challenge of which nothing is live is absent."""
    rows = await ctx.database.fetch_all(_q.live_versions_by_challenge_id, VersionRow, ids=list(challenge_ids))
    return grouped((Live(row, row.weight) for row in rows), lambda live: live.version.challenge_id)


@loader
async def version_by_choice(
    ctx: ReadContext, keys: Sequence[tuple[UUID, VersionOf]]
) -> dict[tuple[UUID, VersionOf], VersionRow | None]:
    """Find the version of each choice: one statement for each of the three ways to choose."""
    found: dict[tuple[UUID, VersionOf], VersionRow | None] = {}
    plain = [key for key in keys if key[1].label is None and key[1].as_of is None]
    named = [key for key in keys if key[1].label is not None and ctx.sees_all]
    dated = [key for key in keys if key[1].as_of is not None and ctx.sees_all]
    for _, choice in {*named, *dated}:
        _check(ctx, choice)
    if plain:
        found |= await _selected(ctx, plain)
    if named:
        rows = await _by_label(ctx, named)
        found |= {key: rows.get((key[0], key[1].label or "")) for key in named}
    if dated:
        moments = [key[1].as_of for key in dated]
        as_of = await ctx.database.fetch_all(
            _q.versions_as_of, AsOfRow, challenge_ids=[id for id, _ in dated], moments=moments
        )
        at = {(row.challenge_id, row.asked_at): row for row in as_of}
        found |= {key: at.get((key[0], key[1].as_of)) for key in dated if key[1].as_of}
    return found


async def live_versions(ctx: ReadContext, challenge_ids: Sequence[UUID]) -> dict[UUID, list[Live]]:
    """Return what is live, as this request saw it first; a challenge of which nothing is live is absent."""
    ids = list(dict.fromkeys(challenge_ids))
    arms = await asyncio.gather(*(ctx.load(live_by_challenge_id, id) for id in ids))
    return {id: found for id, found in zip(ids, arms, strict=True) if found}


@loader
async def live_set_hash_by_challenge_id(ctx: ReadContext, challenge_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Find the hashes of what is live."""
    return {id: live.hash for id, live in (await live_sets(ctx.database, challenge_ids)).items()}


@loader
async def version_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, VersionRow]:
    """Find versions as far as the viewer sees them: all, or those that they get, tried or work on."""
    found = await _reached(ctx, await _by_id(ctx, ids, all=ctx.sees_all))
    missing = set(ids) - found.keys()
    if missing and ctx.user_id is not None and not ctx.sees_all:
        begun = await versions_within_reach(ctx.database, ctx.user_id, sorted(missing))
        found |= await _by_id(ctx, sorted(row.id for row in begun if row.tried or _works_on(row)), all=True)
    return found


@loader
async def own_version_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, VersionRow]:
    """Find versions that rows about the viewer name: those are within their reach."""
    return await _by_id(ctx, ids, all=True)


@loader
async def newer_version_by_pin(
    ctx: ReadContext, keys: Sequence[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], VersionRow]:
    """Find what a learner would get without their pin, where that is another version; a key is (challenge, pin)."""
    live, drawing = await live_versions(ctx, [id for id, _ in keys]), _drawing(ctx)
    trials = await drawing.trials(_all_arms(live))
    assigned = await drawing.assigned(list(trials.values()))
    unbound = {id: unpinned(_arms(arms), trials.get(id), assigned.get(id)) for id, arms in live.items()}
    others = {key: id for key in keys if (id := unbound.get(key[0])) is not None and id != key[1]}
    shown = await _by_id(ctx, sorted(set(others.values())), all=ctx.sees_all)
    return {key: shown[id] for key, id in others.items() if id in shown}


async def _selected(
    ctx: ReadContext, keys: Sequence[tuple[UUID, VersionOf]]
) -> dict[tuple[UUID, VersionOf], VersionRow | None]:
    ids = [id for id, _ in keys]
    live, pins = await live_versions(ctx, ids), await pins_of(ctx, ids)
    trials = await _drawing(ctx).trials(_all_arms(live))
    chosen = await _draw(ctx, ids, live, pins, trials)
    rows = {arm.version.id: arm.version for arms in live.values() for arm in arms}
    rows |= await _by_id(ctx, sorted({id for id in chosen.values() if id and id not in rows}), all=True)
    return {key: rows[version_id] if (version_id := chosen[key[0]]) else None for key in keys}


async def _draw(
    ctx: ReadContext,
    ids: Sequence[UUID],
    live: dict[UUID, list[Live]],
    pins: dict[UUID, UUID],
    trials: dict[UUID, RunningExperiment],
) -> dict[UUID, UUID | None]:
    """Return what the viewer gets of these challenges, and note the arms that they are drawn for just now."""
    drawing = _drawing(ctx)
    assigned = await drawing.assigned([trial for id, trial in trials.items() if id not in pins])
    chosen = {
        id: selected(_arms(live.get(id, ())), pins.get(id), trials.get(id), assigned.get(id), drawing.subject)
        for id in ids
    }
    for id, trial in trials.items():
        version_id = chosen[id]
        if id not in pins and id not in assigned and drawing.subject is not None and version_id is not None:
            drawing.show(trial, version_id)
    return chosen


async def _reached(ctx: ReadContext, found: dict[UUID, VersionRow]) -> dict[UUID, VersionRow]:
    """Return what is left of live versions when arms are left out that the viewer does not get."""
    trials = {} if ctx.sees_all else await _drawing(ctx).trials(list(found.values()))
    if not trials:
        return found
    ids = sorted(trials)
    chosen = await _draw(ctx, ids, await live_versions(ctx, ids), await pins_of(ctx, ids), trials)
    return {id: row for id, row in found.items() if chosen.get(row.challenge_id, id) == id}


async def _by_id(ctx: ReadContext, ids: Sequence[UUID], *, all: bool) -> dict[UUID, VersionRow]:
    if not ids:
        return {}
    rows = await ctx.database.fetch_all(_q.shown_versions_by_id, VersionRow, ids=list(ids), all=all)
    return by_key(rows, lambda row: row.id)


@list_loader
async def live_by_live_set(
    ctx: ReadContext, keys: Sequence[tuple[UUID, tuple[tuple[int, int], ...]]]
) -> dict[tuple[UUID, tuple[tuple[int, int], ...]], list[Live]]:
    """Find the members of live sets that the log tells of; a key is a challenge with (number, weight) pairs."""
    wanted = sorted({(id, number) for id, arms in keys for number, _ in arms})
    if not wanted:
        return {key: [] for key in keys}
    rows = await ctx.database.fetch_all(
        _q.versions_by_number,
        VersionRow,
        challenge_ids=[id for id, _ in wanted],
        numbers=[number for _, number in wanted],
    )
    versions = {(row.challenge_id, row.number): row for row in rows}
    return {(id, arms): [Live(versions[id, number], weight) for number, weight in arms] for id, arms in keys}


@loader
async def versions_by_challenge_id(
    ctx: ReadContext, keys: Sequence[tuple[UUID, PageOf]]
) -> dict[tuple[UUID, PageOf], Page[VersionRow]]:
    """Find pages of versions, newest first; one statement for each page size."""
    found: dict[tuple[UUID, PageOf], Page[VersionRow]] = {}
    for size in {page.size for _, page in keys}:
        same = [key for key in keys if key[1].size == size]
        for after in {page.after for _, page in same}:
            ids = [id for id, page in same if page.after == after]
            page = PageOf(size, after)
            rows = await ctx.database.fetch_all(
                _q.version_pages_by_challenge_id,
                VersionRow,
                challenge_ids=ids,
                below=[page.key(LARGEST_INTEGER)] * len(ids),
                limit=size + 1,
            )
            for key in same:
                if key[1].after == after:
                    own = [row for row in rows if row.challenge_id == key[0]]
                    found[key] = Page.cut(own, size, lambda row: cursor_of(row.number), later=after is not None)
    return found


@loader
async def text_by_version_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, Text]:
    """Find the long texts of versions; who is shown an arm's texts is exposed to it before."""
    await _drawing(ctx).expose(ids)
    rows = await ctx.database.fetch_all(_q.texts_by_version_id, VersionTextRow, ids=list(ids))
    found: dict[UUID, Text] = {}
    for start in range(0, len(rows), _TEXTS_AT_ONCE):
        # A version has up to a hundred tests; between the parts the event loop gets a turn.
        found |= {row.id: _text(row) for row in rows[start : start + _TEXTS_AT_ONCE]}
        await asyncio.sleep(0)
    return found


@loader
async def solution_by_hash(ctx: ReadContext, hashes: Sequence[str | None]) -> dict[str | None, Code]:
    """Open solutions by their hashes."""
    return await opened(ctx.database, ctx.keyring, hashes)


def _check(ctx: ReadContext, choice: VersionOf) -> None:
    if choice.label is not None and choice.as_of is not None:
        raise ReadError("label and asOf exclude each other; give one of them.")
    if choice.as_of is not None and choice.as_of.tzinfo is None:
        raise ReadError("asOf needs a time zone: 2026-01-31T12:00:00Z.")
    if choice.as_of is not None and choice.as_of > ctx.now:
        raise ReadError("asOf lies in the future, of which there is no record.")


async def _by_label(ctx: ReadContext, keys: Sequence[tuple[UUID, VersionOf]]) -> dict[tuple[UUID, str], VersionRow]:
    pairs = [(id, parsed) for id, choice in keys if (parsed := labels.parse(choice.label or ""))]
    if not pairs:
        return {}
    rows = await ctx.database.fetch_all(
        by_label.versions_by_label,
        VersionRow,
        challenge_ids=[id for id, _ in pairs],
        majors=[label[0] for _, label in pairs],
        minors=[label[1] for _, label in pairs],
    )
    return {(row.challenge_id, row.label): row for row in rows}


def _drawing(ctx: ReadContext) -> ExperimentAssignment:
    return ctx.kept(ExperimentAssignment.of)


def _all_arms(live: dict[UUID, list[Live]]) -> list[VersionRow]:
    return [arm.version for arms in live.values() for arm in arms]


def _works_on(row: ReachRow) -> bool:
    pin = Pin(row.pinned_version_id, row.pinned_seq)
    return followed(pin, successions_in(row.successions)).version_id == row.id


def _arms(live: Sequence[Live]) -> list[VersionRow]:
    return [arm.version for arm in live]


def _text(row: VersionTextRow) -> Text:
    tests = tuple(ChallengeTest(**test) for test in row.tests)
    visible = tuple(test for test in tests if not test.hidden)
    return Text(
        instructions=row.instructions,
        starter=Code(row.starter_html, row.starter_css, row.starter_js),
        tests=visible,
        source_tests=tests,
        hidden_tests=len(tests) - len(visible),
        hints=tuple(map(Hint, row.hints)),
        hooks=Hooks(**row.hooks),
    )
