"""Verdicts that say the opposite of an earlier one."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.judging.verdict_changes
from loaders.judging.verdict_changes import attempts_by_judged_code, challenges_by_judged_hash, versions_by_judged_hash
from resolvers.policy import may_read_content
from schema.content.versions import ChallengeVersion
from schema.fields import Shows, column, inherited, loaded, shown

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@shown(see=may_read_content, description="What one browser, by one way of judging, said of a code under some tests.")
class KeptVerdict(Shows[loaders.judging.verdict_changes.KeptVerdict]):
    passed: bool = column("Whether every test passed.", see=inherited)
    engine: str = column("The browser that judged it.", see=inherited)
    protocol: int = column("The number of the way of judging.", see=inherited)
    judged_at: datetime = column("When it was judged.", see=inherited)


@shown(
    see=may_read_content,
    description="A code that passed its tests before and does not now, or the other way. The tests and the code are the"
    " same; the browser or the way of judging is another one. Attempts, completions and live sets keep what the earlier"
    " verdict gave them.",
)
class VerdictChange(Shows[loaders.judging.verdict_changes.VerdictChange]):
    challenges: list[Annotated["Challenge", strawberry.lazy("schema.content.tree")]] = loaded(
        "The challenges whose draft or any version has these tests.",
        by="judged_hash",
        loader=challenges_by_judged_hash,
        see=inherited,
    )
    versions: list[ChallengeVersion] = loaded(
        "The versions that have these tests, the newest of each challenge first; empty where only a draft has them.",
        by="judged_hash",
        loader=versions_by_judged_hash,
        see=inherited,
    )
    is_solution: bool = column(
        "Whether the code was the solution of a challenge with these tests when the verdict changed.", see=inherited
    )
    is_starter: bool = column(
        "Whether the code was the starter of a challenge with these tests when the verdict changed.", see=inherited
    )
    attempts: int = loaded(
        "How many attempts at these versions have this code; 0 where no learner submitted it.",
        by="key",
        loader=attempts_by_judged_code,
        see=inherited,
    )
    before: KeptVerdict = column("The earlier verdict.", see=inherited)
    after: KeptVerdict = column("The new verdict, which new judging uses.", see=inherited)
