"""Operations that clients send must go on validating: those of the contract that this version serves, verbatim."""

from pathlib import Path

import pytest
from graphql import DocumentNode, OperationDefinitionNode, build_schema, parse, validate
from graphql.utilities import find_breaking_changes

from schema.api import schema

FOLDER = Path(__file__).parent.parent / "contract"

DOCUMENTS = {path.stem: parse(path.read_text()) for path in sorted(FOLDER.glob("*.graphql"))}
OPERATIONS = {
    definition.name.value: definition
    for document in DOCUMENTS.values()
    for definition in document.definitions
    if isinstance(definition, OperationDefinitionNode) and definition.name
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_operation_validates_against_the_printed_schema(name: str) -> None:
    printed = build_schema(schema.as_str())
    assert validate(printed, DocumentNode(definitions=(OPERATIONS[name],))) == []


def test_every_file_of_operations_is_there() -> None:
    assert {name: len(document.definitions) for name, document in DOCUMENTS.items()} == {
        "author": 29,
        "manage": 24,
        "reader": 18,
    }


def test_the_committed_schema_is_the_printed_one(root: Path) -> None:
    assert (root / "schema.graphql").read_text() == schema.as_str() + "\n", "run ./palimpsest schema > schema.graphql"


def test_the_committed_schema_breaks_no_client_of_it(root: Path) -> None:
    committed, printed = build_schema((root / "schema.graphql").read_text()), build_schema(schema.as_str())
    assert [change.description for change in find_breaking_changes(committed, printed)] == []


def test_everything_in_the_schema_is_described() -> None:
    silent = []
    for name, kind in schema._schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        if not kind.description:
            silent.append(name)
        for field_name, field in getattr(kind, "fields", {}).items():
            if not field.description:
                silent.append(f"{name}.{field_name}")
            silent += [
                f"{name}.{field_name}({argument_name})"
                for argument_name, argument in getattr(field, "args", {}).items()
                if not argument.description
            ]
        silent += [f"{name}.{value}" for value, found in getattr(kind, "values", {}).items() if not found.description]
    assert silent == []
