"""A state machine over everything that changes a challenge, beside the model; after each step the two are compared.

``walks.run`` drives it on a database; the suite runs it for hundreds of examples, and once for each planted mutant.
"""

from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition

from core.ids import new_id
from loaders.content.log import history_by_subject_id
from loaders.loader import ReadContext
from loaders.pages import PageOf
from sql.database import Transaction
from tests.versioning.model import Live, Model
from tests.versioning.openings import Opening
from tests.versioning.world import World, checks
from versioning.content import drafts, reviews
from versioning.content.drafts import Edit
from versioning.content.labels import spelled
from versioning.experiments import experiments
from versioning.log.live import live_sets
from versioning.log.verify import verify_history
from versioning.publishing import archive, publishing, release_execution, releases, rollback
from versioning.publishing.publish_state import drafts_by_id, full_versions
from versioning.publishing.publishing import PublishRequest

T = TypeVar("T")

TEXTS = st.sampled_from(["a", "b", "c", "d"])
COUNTS = st.integers(1, 3)
NOTHING = UUID(int=0)
WHO = st.sampled_from(["author", "reviewer"])


def machine(world: World, opening: Opening) -> type[RuleBasedStateMachine]:
    """Return the machine's class for a world; each example begins with the opening."""
    rule = world.rule

    class Publishing(RuleBasedStateMachine):
        stale = Bundle("stale")

        @initialize()
        def begin(self) -> None:
            world.examples += 1
            self.logged = 0
            self.planned = self.released = NOTHING
            self.model = Model("a")
            self.id = new_id()
            edit = Edit(title="a", instructions="Do it.", tests=checks(1))

            async def create() -> UUID:
                async with world.database.transaction() as tx:
                    assert world.lesson is not None
                    slug = f"c-{world.examples}"
                    return await drafts.create(
                        tx,
                        world.keyring,
                        world.act("author"),
                        lesson_id=world.lesson,
                        slug=slug,
                        position=None,
                        edit=edit,
                    )

            self.id = world.do(create())
            self.check()
            opening(self)

        @rule(text=TEXTS, tests=COUNTS, who=WHO)
        def edit(self, text: str, tests: int, who: str) -> None:
            edit = Edit(title=text, tests=checks(tests))
            told = world.attempt(
                lambda tx: drafts.update(
                    tx,
                    world.keyring,
                    world.act(who),
                    challenge_id=self.id,
                    expected_revision=self.row.draft_revision,
                    edit=edit,
                )
            )
            assert told == self.model.edit(text, tests, who)
            self.check()

        @rule()
        def publish(self) -> None:
            content, live = self.seen()
            before = len(self.model.versions)
            told = world.attempt(lambda tx: self.publishing(tx, content, live))
            expected = self.model.publish()
            assert told == ("done" if len(self.model.versions) > before else expected)
            self.check()

        @rule(text=TEXTS, tests=COUNTS)
        def approve_and_edit_and_publish(self, text: str, tests: int) -> None:
            self.approve("reviewer", self.seen(), True)
            self.edit(text, tests, "author")
            self.publish()

        @rule(text=TEXTS, tests=COUNTS)
        def edit_and_approve_and_publish(self, text: str, tests: int) -> None:
            self.edit(text, tests, "author")
            self.approve("reviewer", self.seen(), True)
            self.publish()

        @rule(draw=st.integers(0, 100), text=TEXTS, tests=COUNTS)
        def roll_back_and_publish(self, draw: int, text: str, tests: int) -> None:
            self.roll_back(draw)
            self.edit(text, tests, "author")
            self.publish()

        @rule(target=stale)
        def look(self) -> tuple[str, str]:
            return self.seen()

        @rule(seen=stale)
        def publish_what_was_seen(self, seen: tuple[str, str]) -> None:
            if seen == self.seen():
                return
            told = world.attempt(lambda tx: self.publishing(tx, *seen))
            assert told == "STALE"
            self.check()

        @rule(draw=st.integers(0, 100), seen=stale)
        def roll_back_what_was_seen(self, draw: int, seen: tuple[str, str]) -> None:
            number = self.number(draw)
            if seen[1] == self.seen()[1]:
                return
            assert world.attempt(lambda tx: self.rolling_back(tx, number, seen[1])) == "STALE"
            self.check()

        @rule(text=TEXTS, tests=COUNTS, who=WHO)
        def edit_and_publish(self, text: str, tests: int, who: str) -> None:
            self.edit(text, tests, who)
            self.publish()

        @rule(draw=st.integers(0, 100))
        def roll_back(self, draw: int) -> None:
            number = self.number(draw)
            live = self.seen()[1]
            told = world.attempt(lambda tx: self.rolling_back(tx, number, live))
            assert told == self.model.rollback(number)
            self.check()

        @rule(draw=st.integers(0, 100), who=WHO)
        def restore(self, draw: int, who: str) -> None:
            number = self.number(draw)
            told = world.attempt(
                lambda tx: drafts.restore(
                    tx,
                    world.keyring,
                    world.act(who),
                    challenge_id=self.id,
                    from_label=self.label(number),
                    expected_revision=self.row.draft_revision,
                )
            )
            assert told == self.model.restore(number, who)
            self.check()

        @rule(draw=st.integers(0, 100), number=st.booleans())
        def plan(self, draw: int, number: bool) -> None:
            wanted = self.number(draw) if number else None
            expected = self.model.plan(wanted)
            content = self.seen()[0]
            made: list[UUID] = []

            async def planning(tx: Transaction) -> None:
                act = world.act("author")
                made.append(await releases.create(tx, act, name="A release", changelog="Something."))
                label = None if wanted is None else self.label(wanted)
                text = None if label else content
                item = releases.ReleaseItemRequest("challenge", self.id, label=label, content_hash=text)
                await releases.add(tx, world.keyring, act, made[0], item)

            assert world.attempt(planning) == expected
            if expected == "done":
                (self.planned,) = made
            self.check()

        @precondition(lambda self: self.model.planned is not None)
        @rule()
        def fire(self) -> None:
            async def firing(tx: Transaction) -> None:
                held = await releases.hold(tx, self.planned, releases.OPEN)
                await release_execution.publish(tx, world.keyring, world.act("author"), held)

            expected = self.model.fire()
            assert world.attempt(firing) == expected
            if expected == "done":
                self.released = self.planned
            self.check()

        @precondition(lambda self: self.model.released is not None)
        @rule()
        def take_back(self) -> None:
            async def reverting(tx: Transaction) -> None:
                held = await releases.hold(tx, self.released, ("PUBLISHED",))
                await release_execution.revert(tx, world.act("author"), held, "Too early.")

            assert world.attempt(reverting) == self.model.take_back()
            self.check()

        @rule(text=TEXTS, tests=COUNTS, other=TEXTS, who=WHO)
        def edit_and_plan_and_edit_and_fire(self, text: str, tests: int, other: str, who: str) -> None:
            self.edit(text, tests, who)
            self.plan(0, False)
            self.edit(other, tests, who)
            if self.model.planned is not None:
                self.fire()

        @precondition(lambda self: len(self.model.log) % 3 == 2)
        @rule()
        def archive(self) -> None:
            live = self.seen()[1]
            told = world.attempt(
                lambda tx: archive.archive(
                    tx, world.keyring, world.act("author"), challenge_id=self.id, live_set_hash=live, reason="Old."
                )
            )
            assert told == self.model.archive()
            self.check()

        @precondition(lambda self: self.model.archived)
        @rule(text=TEXTS, tests=COUNTS, who=WHO, draw=st.integers(0, 100))
        def try_everything_and_unarchive(self, text: str, tests: int, who: str, draw: int) -> None:
            self.edit(text, tests, who)
            self.publish()
            self.roll_back(draw)
            self.restore(draw, who)
            self.come_back()

        @precondition(lambda self: self.model.archived)
        @rule()
        def unarchive_at_once(self) -> None:
            self.come_back()

        @precondition(lambda self: not self.model.archived)
        @rule()
        def unarchive_what_is_not_archived(self) -> None:
            self.come_back()

        def come_back(self) -> None:
            live = self.seen()[1]
            told = world.attempt(
                lambda tx: archive.unarchive(
                    tx, world.keyring, world.act("author"), challenge_id=self.id, live_set_hash=live, reason="New."
                )
            )
            assert told == self.model.unarchive()
            self.check()

        def number(self, draw: int) -> int:
            """Return the number of a version, or now and then one that does not exist."""
            return 1 + draw % (len(self.model.versions) + 1)

        @rule(who=WHO, seen=stale, current=st.booleans())
        def approve(self, who: str, seen: tuple[str, str], current: bool) -> None:
            now = self.seen()[0]
            content = now if current else seen[0]
            told = world.attempt(
                lambda tx: reviews.review(
                    tx, world.act(who), challenge_id=self.id, content_hash=content, verdict="APPROVED", note=None
                )
            )
            assert told == ("STALE" if content != now else self.model.approve(who))
            self.check()

        @rule(draw=st.integers(0, 100), share=st.integers(1, 99))
        def start_an_experiment(self, draw: int, share: int) -> None:
            one, live = self.number(draw), self.seen()[1]
            other = one % max(2, len(self.model.versions)) + 1
            weights = {one: share, other: 100 - share}
            arms = [experiments.ArmRequest(self.label(number), weight) for number, weight in weights.items()]
            wanted = experiments.ExperimentRequest("Which?", "", arms, self.label(one))

            async def start(tx: Transaction) -> None:
                done = await experiments.start(
                    tx, world.keyring, world.act("author"), challenge_id=self.id, wanted=wanted, live_set_hash=live
                )
                self.experiment = done.experiment_id

            assert world.attempt(start) == self.model.start(weights)
            self.check()

        @precondition(lambda self: self.model.control)
        @rule(share=st.integers(1, 99))
        def reweigh(self, share: int) -> None:
            numbers = [number for number, _ in self.model.live]
            weights = dict(zip(numbers, (share, 100 - share), strict=True))
            arms = [experiments.ArmRequest(self.label(number), weight) for number, weight in weights.items()]
            given: dict[str, Any] = {
                "experiment_id": self.experiment,
                "live_set_hash": self.seen()[1],
                "reason": "Try.",
            }
            told = world.attempt(
                lambda tx: experiments.reweigh(tx, world.keyring, world.act("author"), arms=arms, **given)
            )
            assert told == self.model.reweigh(weights)
            self.check()

        @precondition(lambda self: self.model.control)
        @rule(draw=st.integers(0, 100), promoted=st.booleans())
        def end_the_experiment(self, draw: int, promoted: bool) -> None:
            number, live = self.number(draw), self.seen()[1]
            given: dict[str, Any] = {"experiment_id": self.experiment, "live_set_hash": live, "reason": "Enough."}

            def end(tx: Transaction) -> Coroutine[Any, Any, Any]:
                act, label = world.act("author"), self.label(number)
                if promoted:
                    return experiments.promote(tx, world.keyring, act, label=label, **given)
                return experiments.stop(tx, world.keyring, act, keep_label=label if draw % 2 else None, **given)

            kind = "PROMOTE" if promoted else "EXPERIMENT_STOP"
            assert world.attempt(end) == self.model.end(kind, number if promoted or draw % 2 else None)
            self.check()

        @precondition(lambda self: len(self.model.versions) > 1)
        @rule(draw=st.integers(0, 100), share=st.integers(1, 99), promoted=st.booleans())
        def try_an_experiment_to_its_end(self, draw: int, share: int, promoted: bool) -> None:
            self.start_an_experiment(draw, share)
            if self.model.control:
                self.reweigh(share)
                self.publish()
                self.end_the_experiment(draw, promoted)

        def seen(self) -> tuple[str, str]:
            live = world.do(live_sets(world.database, [self.id]))[self.id]
            return self.row.content_hash, live.hash

        def label(self, number: int) -> str:
            return self.model.versions[number - 1][2] if number <= len(self.model.versions) else spelled((99, number))

        async def publishing(self, tx: Transaction, content: str, live: str) -> None:
            wish = PublishRequest(self.id, content, live, "Something.")
            await publishing.publish(tx, world.keyring, world.act("author"), [wish])

        async def rolling_back(self, tx: Transaction, number: int, live: str) -> None:
            await rollback.rollback(
                tx,
                world.keyring,
                world.act("author"),
                challenge_id=self.id,
                to_label=self.label(number),
                live_set_hash=live,
                reason="Better.",
            )

        def check(self) -> None:
            """Compare everything that the model knows with what the database says."""
            (row,) = world.do(drafts_by_id(world.database, [self.id]))
            self.row = row  # what a writer has before them until the next step
            versions = world.do(full_versions(world.database, self.id))
            model = self.model
            assert (row.title, len(row.tests)) == model.text
            assert row.draft_revision == model.revision
            assert (row.deleted_at is not None) == model.archived
            assert row.is_published == (model.live != ())
            assert [(one.title, len(one.tests), one.label) for one in versions] == model.versions
            assert [one.reviewed_by is not None for one in versions] == model.reviewed
            assert [one.number for one in versions] == list(range(1, len(versions) + 1))
            assert tuple((one.number, one.weight) for one in versions if one.is_active) == model.live
            assert sum(weight for _, weight in model.live) == (100 if model.live else 0)
            assert world.do(self.log()) == model.log
            if len(model.log) > self.logged:
                self.verify()
            world.log.update(kind for kind, _, _ in model.log[self.logged :])
            self.logged = len(model.log)

        def verify(self) -> None:
            assert world.do(verify_history(world.database, world.keyring, self.id)).first_fault is None

        def teardown(self) -> None:
            self.verify()

        async def log(self) -> list[tuple[str, Live, Live]]:
            ctx = ReadContext(database=world.database, keyring=world.keyring, now=datetime.now(UTC))
            found = await ctx.load(history_by_subject_id, (self.id, PageOf(100)))
            assert found is not None
            return [
                (record.kind, record.before[1], record.after[1])
                for record in (edge.node for edge in reversed(found.edges))
            ]

    return Publishing
