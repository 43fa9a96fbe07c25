"""Declared fields: what does not fit is refused by name, and nothing is shown to whom it is not for."""

from dataclasses import dataclass
from uuid import UUID

import pytest
import strawberry
from graphql import GraphQLObjectType

from loaders.content.drafts import diff_by_names
from loaders.content.tree import track_by_id
from loaders.content.versions import versions_by_challenge_id
from loaders.pages import PageOf
from resolvers.policy import everyone, may_read_content
from schema.api import DECLARATIONS, row_of, schema, shown_types
from schema.content.drafts import ChallengeDiff
from schema.content.tree import Challenge, Module, Track
from schema.fields import DeclarationError, Shows, column, declarations, identity, inherited, loaded, shown
from schema.node import Node, check_nodes
from schema.pages import Connection
from sql.rows.tree import ChallengeRow, ModuleRow, TrackRow


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    id: UUID


def _refusal(cls: type) -> str:
    with pytest.raises(DeclarationError) as refused:
        list(declarations([cls], row_of))
    return str(refused.value)


def test_every_field_of_a_shown_type_is_declared() -> None:
    types = schema._schema.type_map
    shown_names = {cls.__name__ for cls in shown_types()}
    fields = {
        f"{name}.{field}"
        for name, kind in types.items()
        if isinstance(kind, GraphQLObjectType) and name in shown_names
        for field in kind.fields
    }
    declared = {name.partition(".")[0] + "." + _camel(name.partition(".")[2]) for name in DECLARATIONS}
    assert fields - declared == set()
    assert len(DECLARATIONS) > 150


def test_a_field_without_a_rule_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="see"):
        column("Without a rule.")  # type: ignore[call-arg]  # that is what is tried


def test_an_attribute_that_the_row_lacks_is_refused_by_name() -> None:
    @strawberry.type(description="Bad.")
    class Bad(Shows[Row]):
        nam: str = column("Misspelt.", see=everyone)

    assert _refusal(Bad) == "Bad.nam: Row has no attribute nam"


def test_a_loader_that_takes_another_key_is_refused_by_name() -> None:
    @strawberry.type(description="Bad.")
    class Bad(Shows[Row]):
        track: Track | None = loaded("Wrong.", by="name", loader=track_by_id, see=everyone)

    assert _refusal(Bad) == "Bad.track: track_by_id takes UUID, not str"

    @strawberry.type(description="Bad.")
    class Unasked(Shows[Row]):
        diff: ChallengeDiff | None = loaded("Wrong.", by="id", loader=diff_by_names, see=may_read_content)

    assert _refusal(Unasked).startswith("Unasked.diff: diff_by_names takes tuple[")

    @strawberry.type(description="Bad.")
    class Misasked(Shows[Row]):
        diff: ChallengeDiff | None = loaded("Wrong.", by="id", loader=diff_by_names, takes=PageOf, see=may_read_content)

    assert _refusal(Misasked).endswith("not tuple[uuid.UUID, loaders.pages.PageOf]")


def test_a_loader_that_finds_another_row_is_refused_by_name() -> None:
    @strawberry.type(description="Bad.")
    class Bad(Shows[Row]):
        module: Module | None = loaded("Wrong.", by="id", loader=track_by_id, see=everyone)

    assert _refusal(Bad) == "Bad.module: track_by_id finds TrackRow, and Module shows ModuleRow"

    @strawberry.type(description="Bad.")
    class Single(Shows[Row]):
        tracks: list[Track] = loaded("Wrong.", by="id", loader=track_by_id, see=everyone)

    assert _refusal(Single) == "Single.tracks: track_by_id finds TrackRow, which is no list"

    @strawberry.type(description="Bad.")
    class Picked(Shows[Row]):
        title: str = loaded("Wrong.", by="id", loader=track_by_id, pick="titel", see=everyone)

    assert _refusal(Picked) == "Picked.title: TrackRow has no attribute titel"

    @strawberry.type(description="Bad.")
    class Paged(Shows[Row]):
        versions: Connection[Track] | None = loaded(
            "Wrong.", by="id", loader=versions_by_challenge_id, takes=PageOf, see=everyone
        )

    assert _refusal(Paged) == "Paged.versions: versions_by_challenge_id finds VersionRow, and Track shows TrackRow"


def test_a_type_with_a_global_id_names_a_loader_that_fits() -> None:
    @strawberry.type(description="Bad.")
    class Unnamed(Shows[TrackRow], Node):
        pass

    @strawberry.type(description="Bad.")
    class Others(Shows[ModuleRow], Node, node=track_by_id):
        pass

    @strawberry.type(description="Bad.")
    class Pair(Shows[TrackRow], Node, node=track_by_id):
        id: strawberry.ID = identity("id", "position")

    refusals = []
    for cls in (Unnamed, Others, Pair):
        with pytest.raises(DeclarationError) as refused:
            check_nodes([cls], row_of)
        refusals.append(str(refused.value))
        Node.node_types.pop(cls.__name__, None)
    assert refusals == [
        "Unnamed names no loader of its nodes",
        "Others shows other rows than track_by_id finds, TrackRow",
        "Pair: track_by_id takes UUID, and an id holds tuple[uuid.UUID, uuid.UUID]",
    ]
    assert set(Node.node_types) == {cls.__name__ for cls in shown_types() if issubclass(cls, Node)} - {
        "Node",
        "Publishable",
    }


def test_a_field_hidden_from_some_must_be_nullable() -> None:
    @strawberry.type(description="Bad.")
    class Bad(Shows[Row]):
        name: str = column("Hidden.", see=may_read_content)

    assert _refusal(Bad) == "Bad.name is hidden from some and must be nullable"


def test_a_way_to_a_guarded_type_must_be_guarded() -> None:
    @shown(see=may_read_content, description="Guarded.")
    class Secret(Shows[Row]):
        name: str = column("Hidden.", see=inherited)

    @strawberry.type(description="Bad.")
    class Bad(Shows[Row]):
        name: Secret | None = column("Open.", see=everyone)

    assert _refusal(Bad) == "Bad.name leads to Secret, which is guarded by may_read_content"


def test_an_undeclared_field_of_a_shown_type_is_refused() -> None:
    @strawberry.type(description="Bad.")
    class Bad(Shows[Row]):
        name: str = strawberry.field(resolver=lambda: "x", description="Coded.")

    assert _refusal(Bad) == "Bad.name of a shown type is not declared"


def test_the_row_of_a_type_is_known() -> None:
    assert row_of(Challenge) is ChallengeRow


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
