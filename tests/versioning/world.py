"""What the state machine acts on."""

import asyncio
import functools
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from hypothesis import stateful

from core.faults import Fault, Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from schema.errors import code_of
from sql.database import Database, Transaction
from versioning.content.definition import ChallengeTest

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class World:
    """A database with a lesson to put challenges in, and the people who act."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        database: Database,
        keyring: Keyring,
        people: dict[str, UUID],
        owner_url: str,
    ) -> None:
        self.owner_url = owner_url
        self.loop = loop
        self.database = database
        self.keyring = keyring
        self.people = people
        self.lesson: UUID | None = None
        self.examples = 0
        self.steps = 0
        self.log: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()

    def rule(self, **given: Any) -> Callable[[F], F]:
        """A rule of a state machine that is counted by its name, whoever runs it."""

        def counted(step: F) -> F:
            @functools.wraps(step)
            def count(*args: Any, **kwargs: Any) -> Any:
                self.rules[step.__name__] += 1
                return step(*args, **kwargs)

            made: Any = stateful.rule(**given)
            return cast(F, made(count))

        return counted

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def act(self, who: str) -> WriteContext:
        return WriteContext(self.people[who], datetime.now(UTC))

    def attempt(self, work: Callable[[Transaction], Coroutine[Any, Any, Any]]) -> str:
        """Run a write and return ``done`` or the code of the refusal, having seen that a refusal wrote nothing."""

        async def run() -> None:
            async with self.database.transaction() as tx:
                await work(tx)

        self.steps += 1
        try:
            self.do(run())
        except Refused as refused:
            faults: list[Fault] = list(refused.faults)
            code = code_of(type(faults[0])).name
            self.refusals[code] += 1
            return code
        return "done"


def checks(count: int) -> list[tuple[str | None, ChallengeTest]]:
    """Return so many tests of a challenge."""
    return [(f"t{n}", ChallengeTest(f"t{n}", "It is.", "assert(1)")) for n in range(1, count + 1)]
