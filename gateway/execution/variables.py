"""How many values a request's variables may hold: each is checked against the schema, and few bytes make many."""

import asyncio
from collections.abc import Mapping
from typing import Any

from core import limits
from gateway.execution.query_cost import limit_error
from resolvers.context import Viewer
from resolvers.policy import may_write_content

_SLICE = 20_000


async def check_variables(variables: Mapping[str, Any], viewer: Viewer) -> int:
    """Return the number of values at every depth; raises ``GraphQLError`` (code LIMIT) for too many."""
    allowed = limits.VARIABLE_VALUES_OF_WRITERS if may_write_content(viewer) else limits.VARIABLE_VALUES
    found, turn = 0, _SLICE
    waiting: list[Any] = [variables]
    while waiting:
        value = waiting.pop()
        found += len(value)
        if found > allowed:
            raise limit_error("values in variables", allowed, found, "Send fewer at once.")
        inside = value.values() if isinstance(value, dict) else value
        waiting.extend(one for one in inside if isinstance(one, dict | list))
        if found > turn:
            turn = found + _SLICE
            await asyncio.sleep(0)
    return found
