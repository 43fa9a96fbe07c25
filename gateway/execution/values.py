"""What is wrong with values that a client gives, told without repeating them.

GraphQL's own messages quote the whole input, with a password that lies beside the fault, and name Python's types. It
still decides what is wrong; here a fault is told by its place and by what belongs there. One walk reads both forms of
a value: the JSON of a variable and the literal of a document.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    Undefined,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VariableNode,
    VisitorAction,
    coerce_input_value,
    is_enum_type,
    is_input_object_type,
    is_input_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)
from graphql.language.visitor import SKIP
from graphql.pyutils import did_you_mean, suggestion_list
from graphql.utilities import coerce_input_literal, validate_input_literal

FAULTS = 20
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,80}")
_ABSENT = re.compile(r"Expected variable '(\$\w+)' provided to (?:non-null )?type '([^']+)'")
_WANTED = {
    "Int": "a whole number from -2147483648 to 2147483647",
    "Float": "a number",
    "String": "text",
    "Boolean": "true or false",
    "ID": "an id, which is text",
    "DateTime": "a moment with its time zone, such as 2026-01-31T12:00:00Z",
}
_FOUND: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool, BooleanValueNode), "true or false"),
    ((str, StringValueNode), "text"),
    ((int, float, IntValueNode, FloatValueNode), "a number"),
    ((list, tuple, ListValueNode), "a list"),
    ((dict, ObjectValueNode), "an object"),
    ((EnumValueNode,), "a name without quotes"),
)

_FORM = {"Int": "a number", "Float": "a number", "String": "text", "ID": "text", "DateTime": "text"}

Report = Callable[[str, object], None]


def plain_name(name: str) -> str:
    """Return a name that a client gave, in quotes, or nothing of it when it cannot be one: it may be anything then."""
    return f'"{name}"' if _NAME.fullmatch(name) else "of that name"


def plain_errors(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    errors: list[GraphQLError],
) -> list[GraphQLError]:
    """Return the errors of an operation, those for which its variables were refused in plain words."""
    if not any(error.path is None and error.message.startswith("Variable ") for error in errors):
        return errors
    general = GraphQLError("A variable does not have the form of its type.", extensions={"code": "BAD_REQUEST"})
    return variable_errors(schema, operation, variables) or [general]


def plain_argument(message: str) -> str:
    """Return the message of an argument whose variable is null or absent, known only during execution, plainly."""
    found = _ABSENT.search(message)
    return f"The variable {found[1]} must be given and not null where {found[2]} is wanted." if found else message


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[GraphQLError]:
    """Return what is wrong with the variables of an operation; nothing when they fit."""
    found: list[GraphQLError] = []
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        type_ = type_from_ast(schema, definition.type)

        def report(message: str, where: object, definition: Any = definition) -> None:
            found.append(GraphQLError(message, definition, extensions={"code": "BAD_REQUEST"}))

        if is_input_type(type_) and name in variables:
            _Walk(report).value(variables[name], type_, f"${name}")
        elif is_non_null_type(type_) and definition.default_value is None:
            report(f"The variable ${name} of the type {type_} must be given.", None)
    return found[:FAULTS]


class PlainValues(ValuesOfCorrectTypeRule):
    """The rule that literals have the types of their places, with messages that quote nothing."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report what is wrong with a literal."""
        wrong: list[GraphQLError] = []
        if input_type:
            validate_input_literal(node, input_type, lambda error, path: wrong.append(error))
        if wrong and input_type:
            told: list[GraphQLError] = []

            def report(message: str, where: object) -> None:
                told.append(GraphQLError(message, where if isinstance(where, ValueNode) else node))

            _Walk(report, suggests=not self.context.hide_suggestions).value(node, input_type, "")
            for error in told or [GraphQLError(f"The value does not have the form of the type {input_type}.", node)]:
                self.report_error(error)
        return SKIP


class _Walk:
    """Goes through a value beside its type and reports each fault, up to ``FAULTS``, with its place."""

    def __init__(self, report: Report, *, suggests: bool = False) -> None:
        self._tell = report
        self._suggests = suggests
        self._left = FAULTS

    def value(self, given: object, type_: GraphQLInputType, place: str) -> None:
        """Report the faults of one value; literals may hold variables, which are judged elsewhere."""
        if self._left <= 0 or isinstance(given, VariableNode):
            return
        nullable: Any = type_.of_type if is_non_null_type(type_) else type_
        if _is_null(given):
            if is_non_null_type(type_):
                self._report(f"{place} must not be null; it is {_wanted(nullable)}.", given)
        elif is_list_type(nullable):
            items = _items(given)
            if items is None:
                self.value(given, nullable.of_type, place)
            else:
                for number, item in enumerate(items):
                    self.value(item, nullable.of_type, f"{place}[{number}]")
        elif is_input_object_type(nullable):
            self._object(given, nullable, place)
        elif not _fits(given, nullable):
            near = ""
            if self._suggests and is_enum_type(nullable) and isinstance(given, EnumValueNode):
                near = did_you_mean(suggestion_list(given.value, list(nullable.values)))
            self._report(f"{place} must be {_wanted(nullable)}{_unlike(given, nullable)}.{near}", given)

    def _object(self, given: object, type_: GraphQLInputObjectType, place: str) -> None:
        fields = _fields(given)
        if fields is None:
            self._report(f"{place} must be {_wanted(type_)}{_unlike(given, type_)}.", given)
            return
        for name, field in type_.fields.items():
            if name in fields:
                self.value(fields[name], field.type, f"{place}.{name}")
            elif is_required_input_field(field):
                self._report(f"{place} needs the field {name}, which is {_wanted(field.type)}.", given)
        for name in fields:
            if name not in type_.fields:
                near = did_you_mean(suggestion_list(name, list(type_.fields))) if self._suggests else ""
                self._report(f"{place} is of the type {type_}, which has no field {plain_name(name)}.{near}", given)
        known = [name for name in fields if name in type_.fields]
        if type_.is_one_of and (len(known) != 1 or _is_null(fields[known[0]])):
            self._report(f"{place} must have exactly one of the fields of {type_}, and not null.", given)

    def _report(self, message: str, where: object) -> None:
        if self._left > 0:
            self._left -= 1
            # A literal's place begins with a dot, or is empty for the whole of it.
            self._tell(f"The value{message}" if message[0] in " [" else message.removeprefix("."), where)


def _is_null(given: object) -> bool:
    return given is None or isinstance(given, NullValueNode)


def _items(given: object) -> Iterable[object] | None:
    if isinstance(given, ListValueNode):
        return given.values
    return given if isinstance(given, list | tuple) else None


def _fields(given: object) -> Mapping[str, object] | None:
    if isinstance(given, ObjectValueNode):
        return {field.name.value: field.value for field in given.fields}
    return given if isinstance(given, dict) else None


def _fits(given: object, type_: GraphQLInputType) -> bool:
    if isinstance(given, ValueNode):
        return coerce_input_literal(given, type_) is not Undefined
    return coerce_input_value(given, type_) is not Undefined


def _wanted(type_: GraphQLInputType) -> str:
    nullable: Any = type_.of_type if is_non_null_type(type_) else type_
    if is_list_type(nullable):
        return f"a list, each entry of it {_wanted(nullable.of_type)}"
    if is_input_object_type(nullable):
        return f"an object of the type {nullable}"
    if is_enum_type(nullable):
        return f"a value of the enum {nullable}"
    return _WANTED.get(nullable.name, f"a value of the type {nullable}")


def _unlike(given: object, type_: GraphQLInputType) -> str:
    """Say what was found instead, unless it is only of the wrong form."""
    found = next((words for kinds, words in _FOUND if isinstance(given, kinds)), "")
    return f", not {found}" if found and found != _FORM.get(str(type_)) else ""
