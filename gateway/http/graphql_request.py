"""What a client asks for, in GraphQL's own terms, read from a JSON object and checked for its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from core import limits
from gateway.errors import Refusal


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation: the document, which of its operations to run, and the variables."""

    query: str
    operation: str | None
    variables: dict[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "GraphQLRequest":
        """Read the fields of a request; raises ``Refusal`` (400) for one that is not of its type."""
        query = body.get("query")
        if not isinstance(query, str):
            raise Refusal(400, "BAD_REQUEST", "The field query must be given, as text.")
        operation = body.get("operationName")
        if operation is not None and not isinstance(operation, str):
            raise Refusal(400, "BAD_REQUEST", "The field operationName is text or null.")
        for name in ("variables", "extensions"):
            if body.get(name) is not None and not isinstance(body[name], dict):
                raise Refusal(400, "BAD_REQUEST", f"The field {name} is an object or null.")
            _require_shallow(name, body.get(name))
        return cls(query, operation, cast("dict[str, Any]", body.get("variables") or {}))


def _require_shallow(name: str, value: object) -> None:
    """Refuse JSON of more levels than any input has, before anything follows it down."""
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        if depth > limits.JSON_NESTING:
            message = f"The field {name} is nested too deeply: at most {limits.JSON_NESTING} levels are allowed."
            raise Refusal(400, "LIMIT", message)
        level = [below for one in level for below in (one.values() if isinstance(one, dict) else one)]
