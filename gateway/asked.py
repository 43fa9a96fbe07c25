"""What a client asks for, in GraphQL's own terms, read from a JSON object and checked for its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from gateway.errors import Refusal


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation: the document, which of its operations to run, and the variables."""

    query: str
    operation: str | None
    variables: dict[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Asked":
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
        return cls(query, operation, cast("dict[str, Any]", body.get("variables") or {}))
