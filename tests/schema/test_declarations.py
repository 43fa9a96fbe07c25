"""Declared fields: what does not fit is refused by name, and nothing is shown to whom it is not for."""

from dataclasses import dataclass

import pytest
import strawberry
from graphql import GraphQLObjectType

from resolvers.policy import everyone, may_read_content
from schema.api import DECLARATIONS, row_of, schema, shown_types
from schema.content.tree import Challenge
from schema.fields import DeclarationError, Shows, column, declarations, inherited, shown
from sql.rows.tree import ChallengeRow


@dataclass(frozen=True, slots=True)
class Row:
    name: str


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
