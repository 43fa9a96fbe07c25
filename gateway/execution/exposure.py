"""What a server shows of itself beside its data: the schema by introspection, GraphiQL, and plain GET.

Suggestions ("Did you mean …") tell names of the schema, so they follow the setting of introspection.
"""

from dataclasses import dataclass
from enum import Enum

from resolvers.context import Viewer


class Introspection(Enum):
    """Who may read the schema over GraphQL."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Exposure:
    """The settings ``PALIMPSEST_INTROSPECTION``, ``PALIMPSEST_GRAPHIQL`` and ``PALIMPSEST_PLAIN_GET``."""

    introspection: Introspection = Introspection.SIGNED_IN
    graphiql: bool = True
    plain_get: bool = False

    def tells_schema(self, viewer: Viewer) -> bool:
        """Whether the viewer may introspect and is told suggestions; an API token counts as signed in."""
        if self.introspection is Introspection.SIGNED_IN:
            return viewer.user_id is not None
        return self.introspection is Introspection.PUBLIC
