"""Connections: keyset pages in the form of Relay."""

from typing import Any, Generic, TypeVar

import strawberry

from loaders import pages
from resolvers.policy import everyone
from schema.fields import Shows, column, inherited

T = TypeVar("T")


@strawberry.type(description="Where a page ends and whether there is more.")
class PageInfo(Shows[pages.PageInfo]):
    has_next_page: bool = column("Whether more follows.", see=everyone)
    has_previous_page: bool = column("Whether something comes before.", see=everyone)
    start_cursor: str | None = column("The cursor of the first entry.", see=everyone)
    end_cursor: str | None = column("The cursor of the last entry, to go on after.", see=everyone)


@strawberry.type(description="An entry of a page.")
class Edge(Shows[pages.Edge[Any]], Generic[T]):
    cursor: str = column("The place of this entry, to go on after it.", see=everyone)
    node: T = column("The entry.", see=inherited)


@strawberry.type(description="A page of entries.")
class Connection(Shows[pages.Page[Any]], Generic[T]):
    edges: list[Edge[T]] = column("The entries of this page.", see=inherited)
    page_info: PageInfo = column("Where this page ends and whether there is more.", see=everyone)
