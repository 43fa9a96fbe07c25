"""Loading how learners' work stands against what is live for them, and what is different there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from sql.database import Reads
from sql.rows.versions import FullVersionRow, VersionRow
from versioning.judging.head_status import HeadStatus, VisibleChange, Work, describe_changes, heads, visible_changes
from versioning.publishing.publish_state import full_versions_by_id

Step: TypeAlias = tuple[Work, UUID, UUID]  # whose work, from which version, to which one


@dataclass(frozen=True, slots=True)
class Heads:
    """``newer`` finds what a learner would get without their pin, ``own`` and ``shown`` find a version: the one those
    that rows about the viewer name, the other those that the viewer sees. All three are loaders, so they cost once."""

    reads: Reads
    newer: Callable[[tuple[UUID, UUID]], Awaitable[VersionRow | None]]
    own: Callable[[UUID], Awaitable[VersionRow | None]]
    shown: Callable[[UUID], Awaitable[VersionRow | None]]

    async def statuses(self, works: Sequence[Work]) -> dict[Work, HeadStatus]:
        """Return whether each work passes what is live for its learner."""
        newer = await self._newer(works)
        own = dict(zip(works, await asyncio.gather(*(self._own(work) for work in works)), strict=True))
        live = {work: version for work, version in own.items() if version is not None and version.is_active} | newer
        targets = {work: version.id for work, version in live.items()}
        found = dict(zip(targets, await heads(self.reads, list(targets.items())), strict=True))
        return {work: found[work].status if work in found else "UNKNOWN" for work in works}

    async def newer_changes(self, works: Sequence[Work]) -> dict[Work, str]:
        """Return what is different in the version that each would get without their pin."""
        steps = {
            (work, work.version_id, version.id): work
            for work, version in (await self._newer(works)).items()
            if work.version_id is not None
        }
        found = await self._told(list(steps))
        return {work: found[step] for step, work in steps.items()}

    async def changes(self, steps: Sequence[Step]) -> dict[Step, str]:
        """Return what is different after each step to a version that the viewer sees."""
        return await self._told(await self._seen(steps))

    async def differences(self, steps: Sequence[Step]) -> dict[Step, list[VisibleChange]]:
        """Return the differences that each step makes, as far as learners see them."""
        seen = await self._seen(steps)
        versions = await self._versions(seen)
        return {step: visible_changes(versions[step[1]], versions[step[2]]) for step in seen}

    async def _told(self, steps: Sequence[Step]) -> dict[Step, str]:
        versions = await self._versions(steps)
        found = await heads(self.reads, [(work, to) for work, _, to in steps])
        return {
            step: describe_changes(versions[step[1]], versions[step[2]], head)
            for step, head in zip(steps, found, strict=True)
        }

    async def _versions(self, steps: Sequence[Step]) -> dict[UUID, FullVersionRow]:
        ids = sorted({id for _, before, after in steps for id in (before, after)})
        return {row.id: row for row in await full_versions_by_id(self.reads, ids)} if ids else {}

    async def _newer(self, works: Sequence[Work]) -> dict[Work, VersionRow]:
        begun = [(work, (work.challenge_id, work.version_id)) for work in works if work.version_id is not None]
        found = await asyncio.gather(*(self.newer(key) for _, key in begun))
        return {work: version for (work, _), version in zip(begun, found, strict=True) if version is not None}

    async def _own(self, work: Work) -> VersionRow | None:
        return None if work.version_id is None else await self.own(work.version_id)

    async def _seen(self, steps: Sequence[Step]) -> list[Step]:
        found = await asyncio.gather(*(self.shown(to) for _, _, to in steps))
        return [step for step, version in zip(steps, found, strict=True) if version is not None]
