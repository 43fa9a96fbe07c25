"""What is wrong with values is told by place and in plain words, in JSON and in documents, and quotes nothing."""

from typing import Any

import pytest
from graphql import build_schema, parse
from graphql.execution import get_variable_values

from gateway.execution.documents import Documents
from gateway.execution.values import FAULTS, variable_errors
from schema.api import schema

TOY = build_schema(
    """
    enum Colour { RED GREEN }
    input Leaf { n: Int!, colour: Colour, tags: [String!] }
    input Tree { name: String!, leaves: [Leaf!]!, one: One }
    input One @oneOf { a: String, b: Int }
    type Query { t(tree: Tree!, at: ID): Int }
    """
)
LEAF = {"n": 1}
SECRET = "hunter2-secret"


def of_variable(tree: Any) -> list[str]:
    operation: Any = parse("query ($tree: Tree!) { t(tree: $tree) }").definitions[0]
    given = {} if tree is None else {"tree": tree}
    errors = [error.message for error in variable_errors(TOY, operation, given)]
    refused = isinstance(get_variable_values(TOY, operation.variable_definitions, given), list)
    assert refused == bool(errors), "told if and only if GraphQL refuses"
    return errors


def of_literal(tree: str) -> list[str]:
    return [error.message for error in Documents(TOY).get(f"{{ t(tree: {tree}) }}")[0].errors_for(suggest=True)]


@pytest.mark.parametrize(
    ("given", "literal", "faults"),
    [
        ({"name": "x", "leaves": LEAF}, '{name: "x", leaves: {n: 1}}', []),
        (SECRET, f'"{SECRET}"', ["$tree must be an object of the type Tree, not text."]),
        ({"leaves": []}, "{leaves: []}", ["$tree needs the field name, which is text."]),
        (
            {"name": [SECRET], "leaves": None, SECRET: 1},
            f'{{name: ["{SECRET}"], leaves: null, hunter2: 1}}',
            [
                "$tree.name must be text, not a list.",
                "$tree.leaves must not be null; it is a list, each entry of it an object of the type Leaf.",
                '$tree is of the type Tree, which has no field "hunter2".',
            ],
        ),
        (
            {"name": "x", "leaves": [{"n": SECRET}, {"n": 1.5, "colour": SECRET, "tags": [1, None]}, {"n": 2**31}, 5]},
            f'{{name: "x", leaves: [{{n: "{SECRET}"}}, {{n: 1.5, colour: {SECRET[:7]}, tags: [1, null]}},'
            " {n: 2147483648}, 5]}",
            [
                "$tree.leaves[0].n must be a whole number from -2147483648 to 2147483647, not text.",
                "$tree.leaves[1].n must be a whole number from -2147483648 to 2147483647.",
                "$tree.leaves[1].colour must be a value of the enum Colour, not a name without quotes.",
                "$tree.leaves[1].tags[0] must be text, not a number.",
                "$tree.leaves[1].tags[1] must not be null; it is text.",
                "$tree.leaves[2].n must be a whole number from -2147483648 to 2147483647.",
                "$tree.leaves[3] must be an object of the type Leaf, not a number.",
            ],
        ),
        (
            {"name": "x", "leaves": [], "one": {"a": "x", "b": 1}},
            '{name: "x", leaves: [], one: {a: "x", b: 1}}',
            ["$tree.one must have exactly one of the fields of One, and not null."],
        ),
    ],
)
def test_faults_are_told_alike_in_variables_and_documents(given: Any, literal: str, faults: list[str]) -> None:
    def plain(message: str) -> str:
        message = message.replace("hunter2-secret", "hunter2").replace("of that name", '"hunter2"')
        message = message.replace("a name without quotes", "text")
        return message.replace("$tree.", "").replace("$tree", "The value")

    told = of_variable(given)
    assert [plain(one) for one in told] == [plain(one) for one in faults]
    assert [plain(one) for one in of_literal(literal)] == [plain(one) for one in faults]
    assert SECRET not in " ".join(told + of_literal(literal))


def test_a_variable_that_is_absent_or_long_is_told_in_bounds() -> None:
    assert of_variable(None) == ["The variable $tree of the type Tree! must be given."]
    many = of_variable({"name": "x", "leaves": [{"n": "x"}] * 1_000})
    assert len(many) == FAULTS
    assert of_variable({"name": 1, "x" * 10_000: 1})[-1].endswith("which has no field of that name.")


def test_near_names_are_suggested_in_documents() -> None:
    assert of_literal('{name: "x", leaves: [], nme: 1}') == [
        "The value is of the type Tree, which has no field \"nme\". Did you mean 'name' or 'one'?"
    ]


def test_moments_are_described() -> None:
    query = '{ challenge(path: "a") { version(asOf: "yesterday") { id } } }'
    (error,) = Documents(schema._schema).get(query)[0].errors
    assert error.message == "The value must be a moment with its time zone, such as 2026-01-31T12:00:00Z."


def test_deep_documents_are_told_as_deep() -> None:
    document = "{ nodes(ids: " + "[" * 300 + "]" * 300 + ") { id } }"
    (error,) = Documents(schema._schema).get(document)[0].errors
    assert error.extensions == {"code": "LIMIT", "limit": "nesting", "allowed": 200, "found": 201}
