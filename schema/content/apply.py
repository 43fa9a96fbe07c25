"""``applyContent``: a whole content tree, declarative and idempotent by slug path, all of it or nothing."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from resolvers.content import publishing
from resolvers.policy import may_write_content
from schema.content.versions import Difficulty
from schema.inputs import (
    INPUT,
    ChallengeTestInput,
    CodeInput,
    HintInput,
    Reader,
    TestHooksInput,
    TestLibraryInput,
    answered,
    asked,
    context,
    idempotency_key,
    text_of,
)
from schema.payloads import Payload
from versioning.content.definition import Content, with_ids
from versioning.tree.apply_input import ChallengeWish, LessonWish, ModuleWish, Options, TrackWish

FORMER_PATH = "Where it stands today when that is elsewhere: it is moved here and keeps its history."


@strawberry.enum(description="What happened to a node.")
class ContentAction(Enum):
    CREATED = strawberry.enum_value("CREATED", description="It is new.")
    UPDATED = strawberry.enum_value("UPDATED", description="It was changed; the message may say how.")
    UNCHANGED = strawberry.enum_value("UNCHANGED", description="It is as it was.")
    ARCHIVED = strawberry.enum_value("ARCHIVED", description="It was absent from the tree and is out of service.")
    PUBLISHED = strawberry.enum_value("PUBLISHED", description="Its draft became a version, which is live.")
    HELD = strawberry.enum_value("HELD", description="It was left as it is; the message says why. No error.")


@strawberry.input(description="A challenge as it is to be.")
class ChallengeContentInput:
    former_path: str | None = strawberry.field(default=None, description=FORMER_PATH)
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="The title.")
    instructions: str = strawberry.field(description="What the learner is to do, in Markdown.")
    difficulty: Difficulty = strawberry.field(description="How hard it is.")
    points: int = strawberry.field(description="What solving it earns.")
    estimated_time_minutes: int = strawberry.field(description="How many minutes it takes.")
    starter: CodeInput = strawberry.field(default_factory=CodeInput, description="What the learner begins with.")
    solution: CodeInput = strawberry.field(default_factory=CodeInput, description="The reference solution.")
    tests: list[ChallengeTestInput] = strawberry.field(description="The checks, in order.")
    hooks: TestHooksInput = strawberry.field(default_factory=TestHooksInput, description="The code around the tests.")
    libraries: list[str] = strawberry.field(
        default_factory=list, description="Test libraries in order, each by name or hash."
    )
    hints: list[HintInput] = strawberry.field(default_factory=list, description="Hints in order.")

    def wish(self) -> ChallengeWish:
        content = Content(
            title=self.title,
            instructions=self.instructions,
            difficulty=text_of(self.difficulty),
            points=self.points,
            estimated_time_minutes=self.estimated_time_minutes,
            starter=self.starter.code(),
            solution=self.solution.code(),
            tests=with_ids([test.test() for test in self.tests]),
            hints=tuple(hint.text for hint in self.hints),
            hooks=self.hooks.hooks(),
            libraries=tuple(self.libraries),
        )
        return ChallengeWish(self.slug, content, self.former_path)


@strawberry.input(description="A lesson as it is to be.")
class LessonContentInput:
    former_path: str | None = strawberry.field(default=None, description=FORMER_PATH)
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="Its title.")
    challenges: list[ChallengeContentInput] = strawberry.field(
        default_factory=list, description="Its challenges; their order is their position."
    )


@strawberry.input(description="A module as it is to be.")
class ModuleContentInput:
    former_path: str | None = strawberry.field(default=None, description=FORMER_PATH)
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="Its title.")
    lessons: list[LessonContentInput] = strawberry.field(
        default_factory=list, description="Its lessons; their order is their position."
    )


@strawberry.input(description="A track as it is to be.")
class TrackContentInput:
    former_path: str | None = strawberry.field(default=None, description=FORMER_PATH)
    slug: str = strawberry.field(description="Its name in addresses.")
    title: str = strawberry.field(description="Its title.")
    description: str = strawberry.field(default="", description="What it is about, in Markdown.")
    modules: list[ModuleContentInput] = strawberry.field(
        default_factory=list, description="Its modules; their order is their position."
    )

    def wish(self) -> TrackWish:
        modules = [
            ModuleWish(
                module.slug,
                module.title,
                [
                    LessonWish(
                        lesson.slug,
                        lesson.title,
                        [challenge.wish() for challenge in lesson.challenges],
                        lesson.former_path,
                    )
                    for lesson in module.lessons
                ],
                module.former_path,
            )
            for module in self.modules
        ]
        return TrackWish(self.slug, self.title, modules, self.former_path, self.description)


@strawberry.input(description="A content tree and how to apply it.")
class ApplyContentInput:
    tracks: list[TrackContentInput] = strawberry.field(
        description="The tracks as they are to be, up to 5,000 challenges."
    )
    libraries: list[TestLibraryInput] = strawberry.field(
        default_factory=list, description="Test libraries that come along, up to 100; challenges name them."
    )
    dry_run: bool = strawberry.field(
        default=False,
        description="Tell what would happen, change nothing and run nothing. A challenge whose verdicts are missing is"
        " PUBLISHED with a message that begins with PENDING.",
    )
    prune: bool = strawberry.field(
        default=False, description="Archive every node of the named tracks that the input does not contain."
    )
    publish: bool = strawberry.field(
        default=False, description="Show everything named, and publish every challenge that differs from what is live."
    )
    overwrite: bool = strawberry.field(default=False, description="Replace drafts that somebody else edited since.")
    changelog: str = strawberry.field(default="", description="What is different; absent, a plain sentence is written.")
    wait_seconds: int = strawberry.field(
        default=30, description="How long to wait for verdicts that are missing, 0 to 60."
    )
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="What happened to the node of a path.")
class ContentChange:
    path: str = strawberry.field(description="Its address.")
    action: ContentAction = strawberry.field(description="What happened.")
    message: str | None = strawberry.field(default=None, description="How or why, where there is more to say.")


@strawberry.type(description="The answer of applyContent; the numbers count entries of changes by action.")
class ApplyContentPayload(Payload):
    run_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="A run that was not over yet, or came to no verdict; the same call again goes on from there.",
    )
    created: int | None = strawberry.field(default=None, description="How many nodes are new.")
    updated: int | None = strawberry.field(default=None, description="How many nodes were changed.")
    unchanged: int | None = strawberry.field(default=None, description="How many nodes are as they were.")
    archived: int | None = strawberry.field(default=None, description="How many nodes are out of service.")
    published: int | None = strawberry.field(default=None, description="How many challenges have a new version.")
    changes: list[ContentChange] | None = strawberry.field(default=None, description="What happened to each node.")


@strawberry.type
class ApplyMutations:
    @strawberry.mutation(
        description="Bring the content tree to what is given, all of it or nothing. Twice changes nothing."
    )
    async def apply_content(
        self, info: Info[Any, Any], input: Annotated[ApplyContentInput, INPUT]
    ) -> ApplyContentPayload:
        async def do() -> ApplyContentPayload:
            reader = Reader(info, may_write_content)
            reader.wait(input.wait_seconds)
            reader.settle()
            done = await publishing.apply_content(
                context(info),
                asked("applyContent", input),
                [track.wish() for track in input.tracks],
                Options(input.prune, input.publish, input.overwrite, input.changelog),
                [one.library() for one in input.libraries],
                dry_run=input.dry_run,
                wait_seconds=input.wait_seconds,
            )
            changes = done["changes"]
            counts = {
                action: sum(change["action"] == action for change in changes) for action in ContentAction.__members__
            }
            return ApplyContentPayload(
                created=counts["CREATED"],
                updated=counts["UPDATED"],
                unchanged=counts["UNCHANGED"],
                archived=counts["ARCHIVED"],
                published=counts["PUBLISHED"],
                changes=[
                    ContentChange(
                        path=change["path"], action=ContentAction[change["action"]], message=change["message"]
                    )
                    for change in changes
                ],
            )

        return await answered(ApplyContentPayload, do())
