"""Demo content for an empty database: three editions of it, published one after the other, and a rollback between.

So History, Diff and AsOf have something to show on the first day. It comes in by the same mutations as any content.
How far it came is kept in the settings, so that a start that was interrupted is gone on with by the next one.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.faults import Refused, Taken
from gateway.app_state import now
from gateway.bootstrap import Opened
from gateway.cli.clients import LocalClient, command_line
from gateway.content_files import read_folder
from gateway.content_files.push import APPLY
from gateway.errors import CommandError
from gateway.http.health import queries
from resolvers.context import VISITOR, Context, Role, Viewer
from resolvers.people import people, sessions
from sql import settings

FOLDER = Path(__file__).parents[2] / "demo"
ROLES: tuple[Role, ...] = ("admin", "author", "reviewer", "learner")
ROLLED_BACK = "web-pages/first-page/headings/one-heading"
CHANGELOGS = ("First edition", "Clearer wording, and tests for what readers got wrong", "Third edition")
STEPS: tuple[int | None, ...] = (1, 2, None, 3)  # editions; None is the rollback
SETTING = "demo_steps_done"

_ANY = "{ tracks(first: 1) { edges { node { id } } } }"
_LIVE = "query ($path: String!) { challenge(path: $path) { id liveSetHash } }"
_ROLL_BACK = """
mutation ($input: RollbackChallengeInput!) { rollbackChallenge(input: $input) { userErrors { code message } } }
"""

Report = Callable[[str], None]


async def is_loaded(parts: Opened) -> bool:
    """Tell whether all of it is there already."""
    return await _steps_done(parts) == len(STEPS)


async def load(parts: Opened, kept: Path, report: Report, *, accounts: bool) -> None:
    """Fill the database if it holds no track, or go on where that was interrupted.

    The accounts' passwords are told once and go to the file ``kept``, which only its owner may read.
    """
    command = await command_line(parts)
    done = await _steps_done(parts)
    if done is None:
        if (await LocalClient(parts, command.viewer).send(_ANY, {}))["tracks"]["edges"]:
            return
        _forget(kept)
        await _note(parts, 0)
        done = 0
    if done == len(STEPS):
        return
    author = command.viewer
    if accounts:
        author = await _accounts(parts, command, kept, report) or author
    else:
        report("No demo accounts, since others can reach this address; make one with: ./palimpsest user create --help")
    client = LocalClient(parts, author)
    for number, edition in enumerate(STEPS[done:], start=done + 1):
        await (_roll_back(client, report) if edition is None else _publish(client, edition, report))
        await _note(parts, number)


async def _publish(client: LocalClient, edition: int, report: Report) -> None:
    folders = [FOLDER / str(number) for number in range(1, edition + 1)]
    tree = read_folder(folders[0], *folders[1:])
    wish = {**tree, "publish": True, "changelog": CHANGELOGS[edition - 1]}
    payload = await _sent(client, APPLY, wish)
    _refuse(payload["userErrors"])
    report(f"Demo content, edition {edition}: {payload['published']} challenges published")


async def _roll_back(client: LocalClient, report: Report) -> None:
    challenge = (await client.send(_LIVE, {"path": ROLLED_BACK}))["challenge"]
    wish = {
        "challengeId": challenge["id"],
        "liveSetHash": challenge["liveSetHash"],
        "toLabel": "v1.0",
        "reason": "Learners found the first wording clearer",
    }
    errors = (await _sent(client, _ROLL_BACK, wish))["userErrors"]
    # Interrupted between the rollback and the note of it, it is rolled back already.
    _refuse([error for error in errors if error["code"] != "ALREADY_LIVE"])
    report(f"Demo content: {ROLLED_BACK} rolled back to v1.0")


async def _sent(client: LocalClient, mutation: str, wish: dict[str, Any]) -> dict[str, Any]:
    data = await client.send(mutation, {"input": wish})
    payload: dict[str, Any] = next(iter(data.values()))
    return payload


def _refuse(errors: list[dict[str, Any]]) -> None:
    if errors:
        raise CommandError(f"The demo content was refused: {errors[0]['message']}")


async def _accounts(parts: Opened, command: Context, kept: Path, report: Report) -> Viewer | None:
    """Make the accounts that are not there yet, and return the author."""
    passwords = _passwords(kept)
    author = None
    report(f"Demo accounts (kept in {kept}):")
    for role in ROLES:
        email = f"{role}@example.com"
        viewer = await _account(parts, command, role, email, passwords[email])
        author = viewer if role == "author" else author
        report(f"  {email:24} {passwords[email]}")
    return author


async def _account(parts: Opened, command: Context, role: Role, email: str, password: str) -> Viewer | None:
    context = Context(VISITOR, parts.pool.database(), parts.keyring, now)
    try:
        invited = await people.create_user(command, email, f"Demo {role}", role)
    except Refused as refused:
        if not all(isinstance(fault, Taken) for fault in refused.faults):
            raise
        # An interrupted start made it; whose file of passwords is gone goes on without the person.
        try:
            entered = await sessions.log_in(context, email, password)
        except Refused:
            return None
    else:
        entered = await sessions.accept_invitation(context, invited.secret, password)
    await sessions.log_out(context)
    return entered.viewer


def _forget(kept: Path) -> None:
    """Remove the file of a database that is no longer there."""
    kept.unlink(missing_ok=True)


def _passwords(kept: Path) -> dict[str, str]:
    """Return each address's password, from the file or chosen now and written before they are used."""
    if kept.exists():
        found = dict(line.split() for line in kept.read_text().splitlines())
        if all(f"{role}@example.com" in found for role in ROLES):
            return found
        kept.unlink()
    chosen = {f"{role}@example.com": secrets.token_urlsafe(12) for role in ROLES}
    kept.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{email} {password}\n" for email, password in chosen.items())
    return chosen


async def _steps_done(parts: Opened) -> int | None:
    found = await settings.kept(parts.pool.database(), SETTING)
    return int(found) if found is not None else None


async def _note(parts: Opened, done: int) -> None:
    async with parts.pool.database().transaction() as tx:
        await tx.execute(queries.replace_setting, name=SETTING, value=str(done))
