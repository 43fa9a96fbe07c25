"""The content tree: tracks, modules, lessons, challenges."""

from typing import Annotated

import strawberry

from loaders.content.drafts import DiffOf, diff_by_names, draft_by_id
from loaders.content.experiments import experiments_by_challenge_id
from loaders.content.log import history_by_subject_id
from loaders.content.tree import (
    challenge_by_id,
    challenges_by_lesson_id,
    lesson_by_id,
    lessons_by_module_id,
    module_by_id,
    modules_by_track_id,
    next_challenge_by_id,
    previous_challenge_by_id,
    track_by_id,
)
from loaders.content.versions import (
    VersionOf,
    live_by_challenge_id,
    live_set_hash_by_challenge_id,
    version_by_choice,
    versions_by_challenge_id,
)
from loaders.pages import PageOf
from loaders.practice import progress_by_challenge_id
from resolvers.policy import everyone, may_read_content
from schema.content.drafts import ChallengeDiff, ChallengeDraft
from schema.content.publications import PublicationRecord
from schema.content.versions import ChallengeVersion, LiveVersion
from schema.experiments.experiments import Experiment
from schema.fields import Shows, column, loaded
from schema.node import Node, Publishable
from schema.pages import Connection
from schema.practice.practice import ChallengeProgress
from sql.rows.tree import ChallengeRow, LessonRow, ModuleRow, TrackRow


@strawberry.type(description="A course: modules in order.")
class Track(Shows[TrackRow], Publishable, Node, node=track_by_id):
    title: str = column("Its title.", see=everyone)
    description: str = column("What it is about, in Markdown.", see=everyone)
    modules: list["Module"] = loaded("Its modules in order.", by="id", loader=modules_by_track_id, see=everyone)


@strawberry.type(description="A part of a track: lessons in order.")
class Module(Shows[ModuleRow], Publishable, Node, node=module_by_id):
    title: str = column("Its title.", see=everyone)
    track: Track = loaded("The track it is a part of.", by="track_id", loader=track_by_id, see=everyone)
    lessons: list["Lesson"] = loaded("Its lessons in order.", by="id", loader=lessons_by_module_id, see=everyone)


@strawberry.type(description="A part of a module: challenges in order.")
class Lesson(Shows[LessonRow], Publishable, Node, node=lesson_by_id):
    title: str = column("Its title.", see=everyone)
    module: Module = loaded("The module it is a part of.", by="module_id", loader=module_by_id, see=everyone)
    challenges: list["Challenge"] = loaded(
        "Its challenges in order.", by="id", loader=challenges_by_lesson_id, see=everyone
    )


@strawberry.type(description="The stable identity of an exercise; what it says is a version.")
class Challenge(Shows[ChallengeRow], Publishable, Node, node=challenge_by_id):
    path: str = column("Its current address: track/module/lesson/challenge.", see=everyone)
    lesson: Lesson = loaded("The lesson it is a part of.", by="lesson_id", loader=lesson_by_id, see=everyone)
    version: ChallengeVersion | None = loaded(
        "The version that this viewer gets; for authors also one by label or by moment, null to others. Null where"
        " nothing is live or was.",
        by="id",
        loader=version_by_choice,
        takes=VersionOf,
        see=everyone,
    )
    viewer_progress: ChallengeProgress | None = loaded(
        "How far the viewer is with it; null for visitors.", by="id", loader=progress_by_challenge_id, see=everyone
    )
    next: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge after this one in the track.", by="id", loader=next_challenge_by_id, see=everyone
    )
    previous: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge before this one in the track.", by="id", loader=previous_challenge_by_id, see=everyone
    )
    draft: ChallengeDraft | None = loaded(
        "The working copy. Authors, reviewers and admins; null to others, like the fields below.",
        by="id",
        loader=draft_by_id,
        see=may_read_content,
    )
    live_set_hash: str | None = loaded(
        "Value to pass back as liveSetHash when changing what is live.",
        by="id",
        loader=live_set_hash_by_challenge_id,
        see=may_read_content,
    )
    live: list[LiveVersion] | None = loaded(
        "The live versions with their weights.", by="id", loader=live_by_challenge_id, see=may_read_content
    )
    experiments: list[Experiment] | None = loaded(
        "Its experiments, newest first; at most one runs.",
        by="id",
        loader=experiments_by_challenge_id,
        see=may_read_content,
    )
    versions: Connection[ChallengeVersion] | None = loaded(
        "Every version, newest first.",
        by="id",
        loader=versions_by_challenge_id,
        takes=PageOf,
        see=may_read_content,
    )
    history: Connection[PublicationRecord] | None = loaded(
        "Its share of the publication log, newest first.",
        by="id",
        loader=history_by_subject_id,
        takes=PageOf,
        see=may_read_content,
    )
    diff: ChallengeDiff | None = loaded(
        "How two of its texts differ.", by="id", loader=diff_by_names, takes=DiffOf, see=may_read_content
    )


Publishable.shown_as.update({TrackRow: Track, ModuleRow: Module, LessonRow: Lesson, ChallengeRow: Challenge})
