"""Every loader by name, made afresh for each request (and again after a write, so that nothing stale is shown)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from core.code import Code
from core.sealing import Keyring
from loaders import users
from loaders.batch import Batch, Fetching
from loaders.content import libraries, releases
from loaders.content.drafts import DiffOf, Draft, Drafts
from loaders.content.experiments import ExperimentAssignment, Experiments
from loaders.content.log import Log, Record
from loaders.content.releases import Release, ReleaseItem
from loaders.content.tree import NodeRow, Tree
from loaders.content.versions import Live, Text, VersionOf, Versions, live_by_challenge_id
from loaders.judging import replays, runs, verdict_changes
from loaders.judging.heads import Heads, Step
from loaders.judging.replays import Replay, Sample
from loaders.judging.runs import Run
from loaders.pages import Page, PageOf
from loaders.practice import Attempt, AttemptsOf, Enrollment, Notice, Practice, Progress, ProgressOf
from practice.enrollments import TrackTotals
from sql.database import Database
from sql.rows.accounts import ApiTokenRow, UserRow
from sql.rows.drafts import ReviewRequestRow, ReviewRow
from sql.rows.experiments import ExperimentRow
from sql.rows.libraries import LibraryRow
from sql.rows.log import PublicationRow
from sql.rows.migrations import MigrationRow
from sql.rows.tree import ChallengeRow, LessonRow, ModuleRow, TrackRow
from sql.rows.versions import VersionRow
from versioning.content.diff import Diff
from versioning.experiments.results import Results
from versioning.judging.head_status import VisibleChange, Work
from versioning.judging.verdict_changes import attempts as judged_attempts

K = TypeVar("K")
V = TypeVar("V")

LiveKey = tuple[UUID, tuple[tuple[int, int], ...]]


class Loaders:
    """The request's loaders. ``sees_all`` is true for viewers who read drafts; it goes into the statements, as does
    ``user_id``, whose own work is loaded, and ``in_person``, which is False for a token. ``totals`` outlive the
    request; ``learner`` and ``subject`` are who is drawn for experiments, and by what."""

    track_by_id: Batch[UUID, TrackRow | None]
    module_by_id: Batch[UUID, ModuleRow | None]
    lesson_by_id: Batch[UUID, LessonRow | None]
    challenge_by_id: Batch[UUID, ChallengeRow | None]
    node_by_ref: Batch[tuple[str, UUID], NodeRow | None]
    modules_by_track_id: Batch[UUID, list[ModuleRow]]
    lessons_by_module_id: Batch[UUID, list[LessonRow]]
    challenges_by_lesson_id: Batch[UUID, list[ChallengeRow]]
    next_challenge_by_id: Batch[UUID, ChallengeRow | None]
    previous_challenge_by_id: Batch[UUID, ChallengeRow | None]
    version_by_choice: Batch[tuple[UUID, VersionOf], VersionRow | None]
    version_by_id: Batch[UUID, VersionRow | None]
    versions_by_challenge_id: Batch[tuple[UUID, PageOf], Page[VersionRow]]
    text_by_version_id: Batch[UUID, Text | None]
    solution_by_hash: Batch[str | None, Code | None]
    live_by_challenge_id: Batch[UUID, list[Live]]
    live_by_live_set: Batch[LiveKey, list[Live]]
    live_set_hash_by_challenge_id: Batch[UUID, str | None]
    draft_by_id: Batch[UUID, Draft | None]
    past_drafts_by_id: Batch[UUID, list[Draft]]
    reviews_by_challenge_id: Batch[UUID, list[ReviewRow]]
    review_by_id: Batch[UUID, ReviewRow | None]
    review_request_by_challenge_id: Batch[UUID, ReviewRequestRow | None]
    diff_by_names: Batch[tuple[UUID, DiffOf], Diff | None]
    publication_by_id: Batch[UUID, PublicationRow | None]
    records_by_publication_id: Batch[UUID, list[Record]]
    migration_by_record: Batch[tuple[UUID, int], MigrationRow | None]
    history_by_subject_id: Batch[tuple[UUID, PageOf], Page[Record] | None]
    user_by_id: Batch[UUID, UserRow | None]
    api_tokens_by_user_id: Batch[UUID, list[ApiTokenRow]]
    own_version_by_id: Batch[UUID, VersionRow | None]
    newer_version_by_pin: Batch[tuple[UUID, UUID], VersionRow | None]
    enrollments_by_user_id: Batch[UUID, list[Enrollment]]
    enrollment_by_ref: Batch[tuple[UUID, UUID], Enrollment | None]
    progress_by_challenge_id: Batch[UUID, Progress | None]
    progress_by_user_id: Batch[tuple[UUID, ProgressOf], Page[Progress]]
    attempt_by_ref: Batch[tuple[UUID, UUID], Attempt | None]
    attempts_by_user_id: Batch[tuple[UUID, AttemptsOf], Page[Attempt]]
    head_status_by_work: Batch[Work, str]
    newer_changes_by_work: Batch[Work, str | None]
    notice_by_ref: Batch[tuple[UUID, UUID], Notice | None]
    notices_by_user_id: Batch[tuple[UUID, PageOf], Page[Notice]]
    changes_by_step: Batch[Step, str | None]
    differences_by_step: Batch[Step, list[VisibleChange]]

    run_by_id: Batch[UUID, Run | None]
    release_by_id: Batch[UUID, Release | None]
    items_by_release_id: Batch[UUID, list[ReleaseItem]]
    replay_by_id: Batch[UUID, Replay | None]
    replay_samples_by_id: Batch[UUID, list[Sample]]
    versions_by_judged_hash: Batch[str, list[VersionRow]]
    challenges_by_judged_hash: Batch[str, list[ChallengeRow]]
    attempts_by_judged_code: Batch[verdict_changes.JudgedCode, int]
    libraries_by_hashes: Batch[tuple[str, ...], list[LibraryRow]]
    libraries_by_version_id: Batch[UUID, list[LibraryRow]]
    experiment_by_id: Batch[UUID, ExperimentRow | None]
    experiments_by_challenge_id: Batch[UUID, list[ExperimentRow]]
    results_by_experiment_id: Batch[UUID, Results | None]

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        *,
        sees_all: bool,
        now: datetime,
        user_id: UUID | None,
        in_person: bool,
        totals: TrackTotals,
        learner: UUID | None,
        subject: str | None,
    ) -> None:
        self._tasks = Fetching()
        practice = Practice(database, user_id, totals, in_person)
        tree = Tree(database, sees_all, user_id)
        self.live_by_challenge_id = self._many(lambda ids: live_by_challenge_id(database, ids))
        versions = Versions(
            reads=database,
            keyring=keyring,
            all=sees_all,
            now=now,
            practice=practice,
            drawing=ExperimentAssignment(database, learner, subject, now),
            live_of=self.live_by_challenge_id.load,
        )
        experiments = Experiments(database)
        drafts = Drafts(database, keyring)
        log = Log(database)
        self.sees_all = sees_all
        self.drafts = drafts
        self.versions = versions
        self.log = log
        self.tree = tree
        self.track_by_id = self._one(tree.tracks)
        self.module_by_id = self._one(tree.modules)
        self.lesson_by_id = self._one(tree.lessons)
        self.challenge_by_id = self._one(tree.challenges)
        self.node_by_ref = self._one(tree.nodes)
        self.modules_by_track_id = self._many(tree.modules_of)
        self.lessons_by_module_id = self._many(tree.lessons_of)
        self.challenges_by_lesson_id = self._many(tree.challenges_of)
        self.next_challenge_by_id = self._one(tree.following)
        self.previous_challenge_by_id = self._one(tree.preceding)
        self.version_by_choice = self._one(versions.chosen)
        self.version_by_id = self._one(versions.by_id)
        self.versions_by_challenge_id = self._one(versions.pages)
        self.text_by_version_id = self._one(versions.texts)
        self.solution_by_hash = self._one(versions.solutions)
        self.live_by_live_set = self._many(versions.in_live_sets)
        self.live_set_hash_by_challenge_id = self._one(versions.live_set_hashes)
        self.draft_by_id = self._one(drafts.by_id)
        self.past_drafts_by_id = self._many(drafts.past)
        self.reviews_by_challenge_id = self._many(drafts.reviews)
        self.review_by_id = self._one(drafts.reviews_by_id)
        self.review_request_by_challenge_id = self._one(drafts.review_requests)
        self.diff_by_names = self._one(drafts.diffs)
        self.publication_by_id = self._one(log.by_id)
        self.records_by_publication_id = self._many(log.records)
        self.migration_by_record = self._one(log.migrations)
        self.history_by_subject_id = self._one(log.pages)
        self.user_by_id = self._one(lambda ids: users.users_by_id(database, ids))
        self.api_tokens_by_user_id = self._many(lambda ids: users.api_tokens_by_user_id(database, ids))
        self.libraries_by_hashes = self._many(lambda keys: libraries.by_hashes(database, keys))
        self.libraries_by_version_id = self._many(lambda ids: libraries.by_version_id(database, ids))
        self.run_by_id = self._one(lambda ids: runs.by_id(database, ids))
        self.experiment_by_id = self._one(experiments.by_id)
        self.experiments_by_challenge_id = self._many(experiments.of_challenges)
        self.results_by_experiment_id = self._one(experiments.results)
        self.release_by_id = self._one(lambda ids: releases.by_id(database, ids))
        self.items_by_release_id = self._many(lambda ids: releases.items(database, ids))
        self.replay_by_id = self._one(lambda ids: replays.by_id(database, ids))
        self.replay_samples_by_id = self._many(lambda ids: replays.samples(database, ids))
        self.versions_by_judged_hash = self._many(lambda hashes: verdict_changes.versions(database, hashes))
        self.challenges_by_judged_hash = self._many(lambda hashes: verdict_changes.challenges(database, tree, hashes))
        self.attempts_by_judged_code = self._one(lambda keys: judged_attempts(database, keys))
        self.own_version_by_id = self._one(versions.own)
        self.newer_version_by_pin = self._one(versions.newer)
        self.enrollments_by_user_id = self._many(practice.dashboards)
        self.enrollment_by_ref = self._one(practice.enrollments)
        self.progress_by_challenge_id = self._one(practice.progress)
        self.progress_by_user_id = self._one(practice.progress_pages)
        self.attempt_by_ref = self._one(practice.attempts)
        self.attempts_by_user_id = self._one(practice.attempt_pages)
        heads = Heads(database, self.newer_version_by_pin.load, self.own_version_by_id.load, self.version_by_id.load)
        self.head_status_by_work = self._one(heads.statuses)
        self.newer_changes_by_work = self._one(heads.newer_changes)
        self.notice_by_ref = self._one(practice.notices)
        self.notices_by_user_id = self._one(practice.notice_pages)
        self.changes_by_step = self._one(heads.changes)
        self.differences_by_step = self._many(heads.differences)

    def cancel(self) -> None:
        """Cancel every batch under way, and let none begin: the request was given up."""
        self._tasks.end()

    def _one(self, fetch: Callable[[Sequence[Any]], Awaitable[dict[Any, Any]]]) -> Any:
        return Batch(fetch, lambda: None, self._tasks)

    def _many(self, fetch: Callable[[Sequence[Any]], Awaitable[dict[Any, list[Any]]]]) -> Any:
        return Batch(fetch, list, self._tasks)
