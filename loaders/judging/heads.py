"""Loading how learners' work stands against what is live for them, and what is different there."""

import asyncio
from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from loaders.content.versions import newer_version_by_pin, own_version_by_id, version_by_id
from loaders.loader import ReadContext, list_loader, loader
from sql.rows.versions import FullVersionRow, VersionRow
from versioning.judging.head_status import HeadStatus, VisibleChange, Work, describe_changes, heads, visible_changes
from versioning.publishing.publish_state import full_versions_by_id

Step: TypeAlias = tuple[Work, UUID, UUID]  # whose work, from which version, to which one


@loader
async def head_status_by_work(ctx: ReadContext, works: Sequence[Work]) -> dict[Work, HeadStatus]:
    """Find whether each work passes what is live for its learner."""
    newer = await _newer(ctx, works)
    own = dict(zip(works, await asyncio.gather(*(_own(ctx, work) for work in works)), strict=True))
    live = {work: version for work, version in own.items() if version is not None and version.is_active} | newer
    targets = {work: version.id for work, version in live.items()}
    found = dict(zip(targets, await heads(ctx.database, list(targets.items())), strict=True))
    return {work: found[work].status if work in found else "UNKNOWN" for work in works}


@loader
async def newer_changes_by_work(ctx: ReadContext, works: Sequence[Work]) -> dict[Work, str]:
    """Say what is different in the version that each would get without their pin."""
    steps = {
        (work, work.version_id, version.id): work
        for work, version in (await _newer(ctx, works)).items()
        if work.version_id is not None
    }
    found = await _told(ctx, list(steps))
    return {work: found[step] for step, work in steps.items()}


@loader
async def changes_by_step(ctx: ReadContext, steps: Sequence[Step]) -> dict[Step, str]:
    """Say what is different after each step to a version that the viewer sees."""
    return await _told(ctx, await _seen(ctx, steps))


@list_loader
async def differences_by_step(ctx: ReadContext, steps: Sequence[Step]) -> dict[Step, list[VisibleChange]]:
    """Find the differences that each step makes, as far as learners see them."""
    seen = await _seen(ctx, steps)
    versions = await _versions(ctx, seen)
    return {step: visible_changes(versions[step[1]], versions[step[2]]) for step in seen}


async def _told(ctx: ReadContext, steps: Sequence[Step]) -> dict[Step, str]:
    versions = await _versions(ctx, steps)
    found = await heads(ctx.database, [(work, to) for work, _, to in steps])
    return {
        step: describe_changes(versions[step[1]], versions[step[2]], head)
        for step, head in zip(steps, found, strict=True)
    }


async def _versions(ctx: ReadContext, steps: Sequence[Step]) -> dict[UUID, FullVersionRow]:
    ids = sorted({id for _, before, after in steps for id in (before, after)})
    return {row.id: row for row in await full_versions_by_id(ctx.database, ids)} if ids else {}


async def _newer(ctx: ReadContext, works: Sequence[Work]) -> dict[Work, VersionRow]:
    begun = [(work, (work.challenge_id, work.version_id)) for work in works if work.version_id is not None]
    found = await asyncio.gather(*(ctx.load(newer_version_by_pin, key) for _, key in begun))
    return {work: version for (work, _), version in zip(begun, found, strict=True) if version is not None}


async def _own(ctx: ReadContext, work: Work) -> VersionRow | None:
    return None if work.version_id is None else await ctx.load(own_version_by_id, work.version_id)


async def _seen(ctx: ReadContext, steps: Sequence[Step]) -> list[Step]:
    found = await asyncio.gather(*(ctx.load(version_by_id, to) for _, _, to in steps))
    return [step for step, version in zip(steps, found, strict=True) if version is not None]
