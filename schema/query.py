"""The root of reading."""

import asyncio
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry
from strawberry.types import Info

from loaders.pages import PageOf
from resolvers import practice, statistics
from resolvers.content import reading, releases
from resolvers.errors import InvalidArgument
from resolvers.judging import verdict_changes
from resolvers.people import people
from resolvers.policy import is_signed_in
from schema.content.drafts import ChallengeDraft
from schema.content.publications import Publication
from schema.content.publishing_mutations import HistoryVerification, PublishPlan
from schema.content.releases import Release, ReleaseState
from schema.content.tree import Challenge, Track
from schema.content.versions import TestLibrary
from schema.inputs import context, text_of
from schema.judging.verdict_changes import VerdictChange
from schema.node import Node, PublishingState, found_node, parsed_id
from schema.operations.statistics import Operations, TrackStatistics
from schema.pages import Connection
from schema.people.users import User
from schema.people.viewer import Viewer
from schema.practice.practice import LeaderboardEntry

First = Annotated[int | None, strawberry.argument(description="How many at most; 20 when absent, up to 100.")]
After = Annotated[str | None, strawberry.argument(description="The cursor to go on from; absent begins.")]
Last = Annotated[int | None, strawberry.argument(description="How many at most, counted from the end.")]
Before = Annotated[str | None, strawberry.argument(description="The cursor to go back from; absent begins at the end.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
ChallengeId = Annotated[strawberry.ID, strawberry.argument(description="The challenge's global id.")]

NODES = 100

T = TypeVar("T")


@strawberry.type(description="Everything that can be read.")
class Query:
    @strawberry.field(description="Whatever has this id; null when there is no such thing or it is not yours to see.")
    async def node(self, info: Info[Any, Any], id: Id) -> Node | None:
        found: Node | None = await found_node(context(info), id)
        return found

    @strawberry.field(description="Whatever has these ids, in their order; at most 100.")
    async def nodes(
        self,
        info: Info[Any, Any],
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids.")],
    ) -> list[Node | None]:
        if len(ids) > NODES:
            raise InvalidArgument(f"ids has {len(ids)} entries; at most {NODES} are answered at once.")
        # An id that is given twice is looked up once; the answer still has a place for each.
        distinct = list(dict.fromkeys(ids))
        found: list[Node | None] = await asyncio.gather(*(found_node(context(info), id) for id in distinct))
        nodes = dict(zip(distinct, found, strict=True))
        return [nodes[id] for id in ids]

    @strawberry.field(description="The tracks in order.")
    async def tracks(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[Track]:
        page = await reading.tracks(
            context(info), first=_given(first), after=_given(after), last=_given(last), before=_given(before)
        )
        return Connection[Track].of(page)

    @strawberry.field(description="The track of that slug or former slug.")
    async def track(
        self, info: Info[Any, Any], slug: Annotated[str, strawberry.argument(description="Its slug.")]
    ) -> Track | None:
        row = await reading.track(context(info), slug)
        return Track.maybe(row)

    @strawberry.field(description="The challenge at an address, present or former.")
    async def challenge(
        self,
        info: Info[Any, Any],
        path: Annotated[str, strawberry.argument(description="track/module/lesson/challenge, four slugs.")],
    ) -> Challenge | None:
        row = await reading.challenge(context(info), path)
        return Challenge.maybe(row)

    @strawberry.field(description="Who is asking; null for visitors.")
    async def viewer(self, info: Info[Any, Any]) -> Viewer | None:
        viewer = context(info).viewer
        return Viewer.of(viewer) if is_signed_in(viewer) else None

    @strawberry.field(
        description="A challenge's best learners in order: by score, earlier completion, fewer attempts."
        " Null for a challenge that the viewer does not see."
    )
    async def leaderboard(
        self,
        info: Info[Any, Any],
        challenge_id: ChallengeId,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
    ) -> Connection[LeaderboardEntry] | None:
        page = await practice.leaderboard(
            context(info), _uuid(challenge_id, "Challenge") or NOTHING, PageOf(_given(first), _given(after))
        )
        return Connection[LeaderboardEntry].maybe(page)

    @strawberry.field(description="Drafts, the last edited first. Authors, reviewers and admins.")
    async def drafts(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        state: Annotated[
            PublishingState | None, strawberry.argument(description="Only those of challenges in this state.")
        ] = strawberry.UNSET,
    ) -> Connection[ChallengeDraft] | None:
        wanted = _given(state)
        page = await reading.drafts(
            context(info), PageOf(_given(first), _given(after)), text_of(wanted) if wanted else None
        )
        return Connection[ChallengeDraft].of(page)

    @strawberry.field(description="Test libraries, the last uploaded first. Authors, reviewers and admins.")
    async def test_libraries(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        name: Annotated[
            str | None, strawberry.argument(description="Only those that were uploaded under this name.")
        ] = strawberry.UNSET,
    ) -> Connection[TestLibrary] | None:
        page = await reading.libraries(context(info), PageOf(_given(first), _given(after)), _given(name))
        return Connection[TestLibrary].of(page)

    @strawberry.field(description="What publishing a draft would do; changes nothing. Authors, reviewers and admins.")
    async def publish_plan(self, info: Info[Any, Any], challenge_id: ChallengeId) -> PublishPlan | None:
        plan = await reading.publish_plan(context(info), _uuid(challenge_id, "Challenge"))
        return PublishPlan.of(plan) if plan else None

    @strawberry.field(
        description="Recompute a challenge's hashes and compare them with its log. Authors, reviewers and admins."
    )
    async def verify_history(self, info: Info[Any, Any], challenge_id: ChallengeId) -> HistoryVerification | None:
        found = await reading.verify(context(info), _uuid(challenge_id, "Challenge"))
        return HistoryVerification.of(found) if found else None

    @strawberry.field(description="The publication log, newest first. Authors, reviewers and admins.")
    async def publications(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        track_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only what is about this track or something in it.")
        ] = strawberry.UNSET,
    ) -> Connection[Publication] | None:
        track = _given(track_id)
        within = _uuid(track, "Track") or NOTHING if track else None
        page = await reading.publications(context(info), PageOf(_given(first), _given(after)), within)
        return Connection[Publication].of(page)

    @strawberry.field(description="Releases, the newest first. Authors, reviewers and admins.")
    async def releases(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        state: Annotated[
            ReleaseState | None, strawberry.argument(description="Only those in this state.")
        ] = strawberry.UNSET,
    ) -> Connection[Release] | None:
        wanted = _given(state)
        page = await releases.page(
            context(info), PageOf(_given(first), _given(after)), text_of(wanted) if wanted else None
        )
        return Connection[Release].of(page)

    @strawberry.field(
        description="Verdicts that say the opposite of an earlier one of another browser or way of judging, newest"
        " first. Authors, reviewers and admins."
    )
    async def verdicts_changed(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
    ) -> Connection[VerdictChange] | None:
        page = await verdict_changes.verdicts_changed(context(info), PageOf(_given(first), _given(after)))
        return Connection[VerdictChange].of(page)

    @strawberry.field(
        description="How learners fare with a track; null for one that is newer than the counts."
        " Authors, reviewers and admins."
    )
    async def track_statistics(
        self, info: Info[Any, Any], slug: Annotated[str, strawberry.argument(description="The track's slug.")]
    ) -> TrackStatistics | None:
        return TrackStatistics.maybe(await statistics.track_statistics(context(info), slug))

    @strawberry.field(description="Figures of the database. Requires an admin.")
    async def operations(self, info: Info[Any, Any]) -> Operations | None:
        return Operations.of(await statistics.operations(context(info)))

    @strawberry.field(description="Accounts, newest first. Admins.")
    async def users(
        self,
        info: Info[Any, Any],
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        search: Annotated[
            str | None,
            strawberry.argument(description="Only those whose name contains it or whose e-mail address it is."),
        ] = strawberry.UNSET,
    ) -> Connection[User] | None:
        page = await people.users(context(info), PageOf(_given(first), _given(after)), _given(search) or "")
        return Connection[User].of(page)


NOTHING = UUID(int=0)


def _given(value: T | None) -> T | None:
    """Return None for an argument that is absent."""
    return None if value is strawberry.UNSET else value


def _uuid(id: str, type_name: str) -> UUID | None:
    parsed = parsed_id(id)
    return parsed[1][0] if parsed and parsed[0] == type_name and len(parsed[1]) == 1 else None
