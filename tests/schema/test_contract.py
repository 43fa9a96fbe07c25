"""Operations that clients send must go on validating: those of the contract that this version serves, verbatim."""

import re
from pathlib import Path

import pytest
from graphql import DocumentNode, OperationDefinitionNode, build_schema, parse, validate
from graphql.utilities import find_breaking_changes

from schema.api import schema

FOLDER = Path(__file__).parent.parent / "contract"
RELEASED = FOLDER / "released.graphql"
# What the schema no longer keeps of the last release's, as graphql-core describes it, and why no client is hurt. A
# change that is not listed fails, and so does an entry that is no such change any more. A release empties it.
ALLOWED: dict[str, str] = {}

DOCUMENTS = {path.stem: parse(path.read_text()) for path in sorted(FOLDER.glob("*.graphql")) if path != RELEASED}
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


def breaking(printed: str) -> list[str]:
    """What a schema takes from the clients of the last release."""
    found = find_breaking_changes(build_schema(RELEASED.read_text()), build_schema(printed))
    return [change.description for change in found]


def test_nothing_of_the_last_release_is_taken_from_its_clients() -> None:
    assert sorted(breaking(schema.as_str())) == sorted(ALLOWED), "not released, or listed without need"
    assert [change for change, reason in ALLOWED.items() if len(reason.split()) < 5] == []


@pytest.mark.parametrize(
    ("pattern", "planted", "change"),
    [
        (r"\n  dismissNotice\(", "\n  putNoticeAway(", "Field Mutation.dismissNotice was removed."),
        (r"\n  HAS_TESTS\n", "\n  IS_TESTED\n", "Enum value GateName.HAS_TESTS was removed."),
        (
            r"(?<=\ninput DismissNoticeInput {)",
            "\n  why: String!",
            "A required field DismissNoticeInput.why was added.",
        ),
    ],
)
def test_a_change_that_hurts_clients_is_seen(pattern: str, planted: str, change: str) -> None:
    printed, count = re.subn(pattern, planted, schema.as_str())
    assert count == 1
    assert set(breaking(printed)) - set(breaking(schema.as_str())) == {change}


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


def test_no_description_has_to_be_read_twice() -> None:
    found = re.findall(r".*\b(?:[Ww]hoever|[Oo]ne's|anew|of which)\b.*", schema.as_str())
    assert found == []
