"""What all mutations' inputs share: ids, absent and null, idempotency keys, and the answer to a refusal."""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar, cast
from uuid import UUID

import strawberry
from strawberry.types import Info

from core import limits, texts
from core.code import Code
from core.faults import Faults, Invalid, NotFound, Refused, Required
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall
from resolvers.policy import Rule, require
from schema.errors import errors_as, user_errors
from schema.fields import global_id
from schema.node import parsed_id
from schema.payloads import MutationPayload, Payload
from versioning.content.definition import TIMEOUT_MS, ChallengeTest, Hooks
from versioning.content.libraries import Library
from workflows.publishing.collect_replay import Unreplayed
from workflows.publishing.collect_verdicts import Unproven

P = TypeVar("P", bound=Payload)
Q = TypeVar("Q", bound=MutationPayload)

INPUT = strawberry.argument(description="What to do, field by field.")
KEY_DESCRIPTION = "Sent again under the same key within 24 hours, the mutation is done once and answers alike."


def idempotency_key() -> Any:
    """Declare the field that (nearly) every mutation's input has."""
    return strawberry.field(default=None, description=KEY_DESCRIPTION)


def optional(description: str) -> Any:
    """Declare an input field that may be absent; null is refused where the input is read."""
    return strawberry.field(default=strawberry.UNSET, description=description)


async def answered(payload: type[P], answer: Awaitable[P]) -> P:
    """Return the answer, or a payload with every fault when it was refused."""
    try:
        return await answer
    except Unproven as refused:
        run_id = global_id("Run", refused.run_id)
        return payload(user_errors=user_errors(refused.faults), run_id=run_id)  # type: ignore[call-arg]  # those that publish have it
    except Unreplayed as refused:
        replay_id = global_id("Replay", refused.replay_id)
        return payload(user_errors=user_errors(refused.faults), replay_id=replay_id)  # type: ignore[call-arg]  # publishing has it
    except Refused as refused:
        return payload(user_errors=user_errors(refused.faults))


async def answered_as(
    payload: Callable[..., Q], error: Callable[..., Any], codes: type[Enum], answer: Awaitable[Q]
) -> Q:
    """Return the answer, or a payload with every fault as the mutation's own error type when it was refused."""
    try:
        return await answer
    except Refused as refused:
        return payload(user_errors=errors_as(error, codes, refused.faults))


def asked(mutation: str, input: Any) -> IdempotentCall:
    """Return what ``once`` needs to know of a mutation."""
    given = {name: value for name, value in plain(input).items() if name != "idempotency_key"}
    key = getattr(input, "idempotency_key", None)
    return IdempotentCall(mutation, given, None if key is strawberry.UNSET else key)


def plain(value: Any) -> Any:
    """Return an input as plain data without what is absent: the form whose hash tells inputs apart."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: plain(got)
            for field in dataclasses.fields(value)
            if (got := getattr(value, field.name)) is not strawberry.UNSET
        }
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    return value


class Reader:
    """Reads an input field by field and collects what is wrong with it; ``settle`` raises it all.

    It is made with the rule of the mutation, which is asked before anything is looked at.
    """

    def __init__(self, info: Info[Any, Any], rule: Rule) -> None:
        require(context(info).viewer, rule)
        self.faults = Faults()

    def id(self, value: str, type_name: str, *path: str) -> UUID:
        """Return the uuid in a global id of that type; anything else is an unknown one."""
        return self.ids(value, (type_name,), *path)[1]

    def ids(self, value: str, type_names: tuple[str, ...], *path: str) -> tuple[str, UUID]:
        """Return the type's name and the uuid in a global id of one of these types."""
        parsed = parsed_id(value)
        if parsed is None or parsed[0] not in type_names or len(parsed[1]) != 1:
            self.faults.append(_not_an_id_of(path, type_names))
            return type_names[0], UUID(int=0)
        return parsed[0], parsed[1][0]

    def pair(self, value: str, type_name: str, *path: str) -> tuple[UUID, UUID]:
        """Return the person's and the thing's uuid in a global id that carries both."""
        parsed = parsed_id(value)
        if parsed is None or parsed[0] != type_name or len(parsed[1]) != 2:
            self.faults.append(_not_an_id_of(path, (type_name,)))
            return UUID(int=0), UUID(int=0)
        return parsed[1][0], parsed[1][1]

    def kept(self, value: Any, *path: str) -> Any:
        """Return None for an absent field and refuse null."""
        if value is strawberry.UNSET:
            return None
        if value is None:
            self.faults.append(Required(path, "null is refused; leave the field out to keep what is there."))
        return value

    def moment(self, value: datetime | None, *path: str) -> datetime | None:
        """Return a moment that has a time zone."""
        if value is not None and value.tzinfo is None:
            self.faults.append(Invalid(path, "Give a time zone: 2026-01-31T12:00:00Z."))
        return value

    def wait(self, seconds: int) -> None:
        """Check how long a caller would wait for verdicts."""
        texts.number(self.faults, ("waitSeconds",), seconds, 0, limits.WAIT_SECONDS)

    def settle(self) -> None:
        self.faults.settle()


def _not_an_id_of(path: tuple[str, ...], type_names: tuple[str, ...]) -> NotFound:
    kinds = " or ".join(f"{'an' if name[0] in 'AEIO' else 'a'} {name}" for name in type_names)
    return NotFound(path, f"This is not the id of {kinds}; take one that a query answered.")


def text_of(member: Enum) -> str:
    """Return the text that a member of a schema's enum stands for; strawberry types it as a definition."""
    return cast(str, member.value)


def context(info: Info[Any, Any]) -> Context:
    """Return the request's context, typed."""
    found = info.context
    assert isinstance(found, Context)
    return found


@strawberry.input(description="The three files of a page; an absent file is empty.")
class CodeInput:
    html: str = strawberry.field(default="", description="The HTML.")
    css: str = strawberry.field(default="", description="The CSS.")
    js: str = strawberry.field(default="", description="The JavaScript.")

    def code(self) -> Code:
        return Code(self.html, self.css, self.js)


@strawberry.input(description="A check of a learner's page.")
class ChallengeTestInput:
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Its id, local to the challenge; absent, the next free one of t1, t2, …"
    )
    text: str = strawberry.field(description="What it asks for, as learners read it.")
    code: str = strawberry.field(description="JavaScript that throws when the page is not right.")
    weight: int = strawberry.field(default=1, description="What it counts in the score.")
    hidden: bool = strawberry.field(default=False, description="Whether learners see only how many there are.")
    timeout_ms: int = strawberry.field(
        default=TIMEOUT_MS, description="How many milliseconds it may take, at most 5,000."
    )
    fresh: bool = strawberry.field(
        default=False, description="Whether it gets a page of its own, on which no other test ran."
    )

    def test(self) -> tuple[str | None, ChallengeTest]:
        return self.id, ChallengeTest(
            id=self.id or "",
            text=self.text,
            code=self.code,
            weight=self.weight,
            hidden=self.hidden,
            timeout_ms=self.timeout_ms,
            fresh=self.fresh,
        )


@strawberry.input(description="JavaScript around the tests.")
class TestHooksInput:
    __test__ = False
    before_all: str = strawberry.field(
        default="", description="Run once for each page that is loaded; what it assigns undeclared, tests see."
    )
    before_each: str = strawberry.field(default="", description="Run before each test, in the same function.")
    after_each: str = strawberry.field(default="", description="Run after each test, also one that failed.")

    def hooks(self) -> Hooks:
        return Hooks(self.before_all, self.before_each, self.after_each)


@strawberry.input(description="JavaScript that tests of several challenges share.")
class TestLibraryInput:
    __test__ = False
    name: str = strawberry.field(description="By which challenges may name it, such as dom-helpers.")
    source: str = strawberry.field(description="A classic script; what it declares, tests see.")

    def library(self) -> Library:
        return Library(self.name, self.source)


@strawberry.input(description="A hint.")
class HintInput:
    text: str = strawberry.field(description="The text of the hint, in Markdown.")
