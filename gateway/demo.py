"""Demo content for an empty database: three editions of it, published one after the other, and a rollback between.

So History, Diff and AsOf have something to show on the first day. It comes in by the same mutations as any content.
"""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.clients import LocalClient, command_line
from gateway.content import read_folder
from gateway.errors import CommandError
from gateway.opening import Opened
from gateway.parts import now
from gateway.push import APPLY
from resolvers import people, sessions
from resolvers.context import VISITOR, Context, Role, Viewer

FOLDER = Path(__file__).parent.parent / "demo"
ROLES: tuple[Role, ...] = ("admin", "author", "reviewer", "learner")
ROLLED_BACK = "web-pages/first-page/headings/one-heading"
CHANGELOGS = ("First edition", "Clearer wording, and tests for what readers got wrong", "Third edition")

_ANY = "{ tracks(first: 1) { edges { node { id } } } }"
_LIVE = "query ($path: String!) { challenge(path: $path) { id liveSetHash } }"
_ROLL_BACK = """
mutation ($input: RollbackChallengeInput!) { rollbackChallenge(input: $input) { userErrors { message } } }
"""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account as it is shown once."""

    email: str
    password: str
    viewer: Viewer


async def load(parts: Opened, data: Path, report: Report, *, accounts: bool) -> None:
    """Fill the database if it holds no track; the accounts' passwords go to ``demo-accounts.txt`` in ``data``."""
    command = await command_line(parts)
    client = LocalClient(parts, command.viewer)
    if (await client.send(_ANY, {}))["tracks"]["edges"]:
        return
    author = command.viewer
    if accounts:
        made = [await _account(parts, command, role) for role in ROLES]
        keep(data / "demo-accounts.txt", made)
        report(f"Demo accounts (kept in {data / 'demo-accounts.txt'}):")
        for account in made:
            report(f"  {account.email:24} {account.password}")
        author = next(account.viewer for account in made if account.viewer.role == "author")
    else:
        report("No demo accounts, since others can reach this address; make one with: ./palimpsest user create --help")
    await _editions(LocalClient(parts, author), report)


async def _editions(client: LocalClient, report: Report) -> None:
    folders = [FOLDER / str(number) for number in (1, 2, 3)]
    for number, changelog in enumerate(CHANGELOGS, start=1):
        tree = read_folder(folders[0], *folders[1:number])
        payload = await _done(client, APPLY, {**tree, "publish": True, "changelog": changelog})
        report(f"Demo content, edition {number}: {payload['published']} challenges published")
        if number == 2:
            challenge = (await client.send(_LIVE, {"path": ROLLED_BACK}))["challenge"]
            wish = {
                "challengeId": challenge["id"],
                "liveSetHash": challenge["liveSetHash"],
                "toLabel": "v1.0",
                "reason": "Learners found the first wording clearer",
            }
            await _done(client, _ROLL_BACK, wish)
            report(f"Demo content: {ROLLED_BACK} rolled back to v1.0")


async def _done(client: LocalClient, mutation: str, wish: dict[str, Any]) -> dict[str, Any]:
    data = await client.send(mutation, {"input": wish})
    payload: dict[str, Any] = next(iter(data.values()))
    if payload["userErrors"]:
        raise CommandError(f"The demo content was refused: {payload['userErrors'][0]['message']}")
    return payload


async def _account(parts: Opened, command: Context, role: Role) -> Account:
    email, password = f"{role}@example.com", secrets.token_urlsafe(12)
    invited = await people.create_user(command, email, f"Demo {role}", role)
    context = Context(VISITOR, parts.pool.database(), parts.keyring, now)
    entered = await sessions.accept_invitation(context, invited.secret, password)
    await sessions.log_out(context)
    return Account(email, password, entered.viewer)


def keep(path: Path, accounts: list[Account]) -> None:
    """Write the accounts into a file that only its owner may read."""
    text = "".join(f"{account.email} {account.password}\n" for account in accounts)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
