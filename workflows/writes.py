"""The write transaction of a workflow that does more than write: its caller opens it, perhaps under a key."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from sql.database import Transaction

# What was done, by name: ids from which an answer is built.
Ids: TypeAlias = dict[str, Any]

# Opens the transaction, does in it what it is handed unless that was done before, and returns the ids of what was done.
Write: TypeAlias = Callable[[Callable[[Transaction], Awaitable[Ids]]], Awaitable[Ids]]
