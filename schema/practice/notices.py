"""What learners are told of the versions of what they work on."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.practice
from loaders.content.tree import challenge_by_id
from loaders.content.versions import own_version_by_id, version_by_id
from loaders.judging.heads import changes_by_step, differences_by_step
from loaders.practice import notice_by_ref
from resolvers.policy import everyone
from schema.content.versions import ChallengeVersion
from schema.fields import Shows, column, identity, loaded
from schema.node import Node
from versioning.judging import head_status

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="The kinds of notices.")
class NoticeKind(Enum):
    OFFERED = strawberry.enum_value(
        "OFFERED", description="Another version is live. The learner keeps their version until they call adoptVersion."
    )
    MOVED = strawberry.enum_value(
        "MOVED", description="The learner was moved to the version because their stored code passes its tests."
    )
    FORCED = strawberry.enum_value("FORCED", description="Everybody was moved to it; the reason says why.")


@strawberry.type(description="Something that learners see of a version, and that differs.")
class VisibleChange(Shows[head_status.VisibleChange]):
    name: str = column("What: title, instructions, starter.html, tests and the like.", see=everyone)
    unified: str = column(
        "A unified diff; of tests that are not hidden, their sentences.", see=everyone, typical_bytes=4_000
    )


@strawberry.type(description="A notice to a learner about a challenge. Each challenge has at most one, the newest.")
class Notice(Shows[loaders.practice.Notice], Node, node=notice_by_ref):
    id: strawberry.ID = identity("user_id", "id")
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] | None = loaded(
        "The challenge; null while it is hidden.", by="challenge_id", loader=challenge_by_id, see=everyone
    )
    kind: NoticeKind = column("The kind of the notice.", see=everyone)
    from_: ChallengeVersion = loaded(
        "The version that they worked on.",
        by="from_version_id",
        loader=own_version_by_id,
        see=everyone,
        name="from",
    )
    to: ChallengeVersion | None = loaded(
        "The version that is live now; null while its challenge is hidden.",
        by="to_version_id",
        loader=version_by_id,
        see=everyone,
    )
    changelog: str | None = loaded(
        "What its author says is different.", by="to_version_id", loader=version_by_id, pick="changelog", see=everyone
    )
    changes: str | None = loaded(
        'What is different for them: "2 tests added; your saved code passes both".',
        by="step",
        loader=changes_by_step,
        see=everyone,
    )
    differences: list[VisibleChange] = loaded(
        "What they see of the two versions, where it differs.", by="step", loader=differences_by_step, see=everyone
    )
    reason: str | None = column("Why, if who published said so.", see=everyone)
    created_at: datetime = column("When they were told.", see=everyone)
    seen_at: datetime | None = column("When they put it away with dismissNotice.", see=everyone)
