"""Submit an attempt: choose the learner's version, store their code, and ask for its verdict."""

from uuid import UUID

from core.code import Code
from core.faults import Faults
from core.write_context import WriteContext
from practice import attempts, notices
from sql import settings
from sql.database import Transaction
from sql.errors import Busy
from sql.jobs import BULK, LEARNERS, ask
from workflows.attempts.choose_version import TURNS, Chooser, choose

PATIENCE = LEARNERS - BULK - 1  # even then before trees of content


async def submit(tx: Transaction, chooser: Chooser, challenge_id: UUID, code: Code, version_id: UUID | None) -> UUID:
    """Store work on the version that the learner works on and return the attempt's id; its job is asked for."""
    for _ in range(TURNS):
        faults, chosen = await choose(tx, chooser, challenge_id, version_id)
        found = Faults(faults)
        code.check(found, ("code",))
        found.settle()
        assert chosen is not None
        # None: another request of the learner led their pin on between the two statements, so look where to.
        if id := await attempts.submit(tx, chooser.act, challenge_id, chosen, code):
            break
    else:
        raise Busy
    await notices.tell_forced(tx, chooser.act, challenge_id, chosen)
    await ask_for_verdict(tx, chooser.act, challenge_id, id)
    return id


async def ask_for_verdict(tx: Transaction, act: WriteContext, challenge_id: UUID, attempt_id: UUID) -> None:
    """Ask for the job that judges the acting learner's attempt; for none where graders judge."""
    if await settings.get(tx, "attempts_judged_by") == "grader":
        return
    # Nobody is refused, but who has many waiting comes after those who have few.
    before = await attempts.waiting(tx, act.actor, challenge_id, act.at) - 1
    whose = {"user_id": act.actor, "attempt_id": attempt_id}
    await ask(tx, "runs:attempt", queue="learner", priority=LEARNERS - min(max(before, 0), PATIENCE), ids=whose)
