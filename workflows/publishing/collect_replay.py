"""Collect a replay: have learners' solutions run under a draft's tests, for a publish that waits for nothing else."""

from collections.abc import Callable, Sequence
from uuid import UUID

from core.faults import Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database, Transaction
from sql.jobs import BULK, ask
from sql.rows.tree import IdRow
from sql.signals import Signals
from versioning.faults import NotPublished
from versioning.judging import replays
from versioning.judging.replays import Subject, queries
from versioning.log.live import arms_of
from versioning.publishing import publish_state
from versioning.publishing.publish_state import PublishState
from versioning.publishing.publishing import PublishRequest, waits_for_replay
from workflows.waiting import wait, wait_for_browser


class Unreplayed(Refused):
    """A publish was refused while a replay is still under way."""

    def __init__(self, refused: Refused, replay_id: UUID) -> None:
        super().__init__(refused.faults)
        self.replay_id = replay_id


async def collect_replay(
    database: Database,
    keyring: Keyring,
    act: Callable[[], WriteContext],
    wish: PublishRequest,
    *,
    signals: Signals | None,
    seconds: float,
) -> UUID | None:
    """Have run what a publish waits for, if it waits for nothing else; returns a replay that is not over then."""
    standing = (await publish_state.load(database, keyring, [wish.challenge_id])).get(wish.challenge_id)
    if standing is None or (standing.draft.content_hash, standing.live.hash) != (wish.content_hash, wish.live_set_hash):
        return None
    if not waits_for_replay(standing, wish):
        return None
    left = await wait_for_browser(database, signals, seconds)
    if left is None:
        return None
    async with database.transaction() as tx:
        id = await request_replay(tx, act(), standing, None, None)
    return await over(database, signals, [id], left)


async def request_replay(
    tx: Transaction, act: WriteContext, standing: PublishState, seed: int | None, most: int | None
) -> UUID:
    """Ask for a replay with the job of its first step, or for the one that is under way."""
    live = (await arms_of(tx, [standing.draft.id])).get(standing.draft.id, ())
    if not live or standing.live_content is None:
        raise Refused(NotPublished(("challengeId",)))
    subject = Subject(standing.draft.id, standing.content, live[0].id, standing.live_content.judged_hash)
    id, is_new = await replays.request(tx, act, subject, seed=seed, most=most)
    if is_new:
        first: dict[str, UUID | str] = {"replay_id": id, "step": "0"}
        await ask(tx, "replays:replay", queue="bulk", priority=BULK, lock=replays.lane(0), ids=first)
    return id


async def over(database: Database, signals: Signals | None, ids: Sequence[UUID], seconds: float) -> UUID | None:
    """Wait until these replays are over, at most so long; returns one that is not."""

    async def under_way() -> list[UUID]:
        rows = await database.fetch_all(queries.unfinished_replays, IdRow, ids=list(ids))
        return [row.id for row in rows]

    left = await wait(signals, "palimpsest_replays", None, seconds, under_way)
    return left[0] if left else None
