"""How many objects an introspection answers, counted exactly: a schema's own sizes are known before anything runs.

``__schema { types { fields { type } } }`` has no ``first`` to multiply by. The count walks the selection with the
entries that each level really has (as names with their number, so that equal types are walked once), and ends as soon
as there are more than are allowed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    NullValueNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)

SCHEMA = "__schema"

# An entry of the schema by its name: "Track", "[Track!]!", "Track.title", "Track.title(first)", "@skip".
Entries = Counter[str]
Children = dict[str, list[str]]
_Deprecable: TypeAlias = GraphQLArgument | GraphQLEnumValue | GraphQLField | GraphQLInputField


@dataclass(slots=True)
class Catalogue:
    """Which entries lie under each entry, by the name of the field that lists them, and which are deprecated."""

    below: dict[str, Children] = field(default_factory=dict)
    deprecated: set[str] = field(default_factory=set)

    def step(self, entries: Entries, node: FieldNode) -> Entries:
        """Return what a field of these entries answers, with multiplicity."""
        found: Entries = Counter()
        hidden = self.deprecated if _hides_deprecated(node) else ()
        for entry, times in entries.items():
            for child in self.below.get(entry, {}).get(node.name.value, ()):
                if child not in hidden:
                    found[child] += times
        return found

    def add_type(self, schema: GraphQLSchema, kind: GraphQLType) -> str:
        """Enter a type, wrapped or named, and return its name."""
        name = str(kind)
        if name in self.below:
            return name
        children: Children = {}
        self.below[name] = children
        if isinstance(kind, GraphQLNonNull | GraphQLList):
            children["ofType"] = [self.add_type(schema, kind.of_type)]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            children["fields"] = [self._add_field(schema, f"{name}.{one}", found) for one, found in kind.fields.items()]
            children["interfaces"] = [self.add_type(schema, one) for one in kind.interfaces]
        if is_abstract_type(kind):
            children["possibleTypes"] = [self.add_type(schema, one) for one in schema.get_possible_types(kind)]
        if isinstance(kind, GraphQLEnumType):
            children["enumValues"] = [f"{name}.{one}" for one in kind.values]
            self._note_deprecated((f"{name}.{one}", found) for one, found in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            children["inputFields"] = self._add_inputs(schema, f"{name}.", kind.fields.items())
        return name

    def _add_field(self, schema: GraphQLSchema, name: str, found: GraphQLField) -> str:
        self._note_deprecated([(name, found)])
        self.below[name] = {
            "type": [self.add_type(schema, found.type)],
            "args": self._add_inputs(schema, f"{name}:", found.args.items()),
        }
        return name

    def _add_inputs(
        self, schema: GraphQLSchema, prefix: str, inputs: Iterable[tuple[str, GraphQLArgument | GraphQLInputField]]
    ) -> list[str]:
        names = []
        for one, found in inputs:
            names.append(prefix + one)
            self._note_deprecated([(prefix + one, found)])
            self.below[prefix + one] = {"type": [self.add_type(schema, found.type)]}
        return names

    def _note_deprecated(self, entries: Iterable[tuple[str, _Deprecable]]) -> None:
        self.deprecated.update(name for name, found in entries if found.deprecation_reason is not None)

    def add_directives(self, schema: GraphQLSchema) -> list[str]:
        """Enter the directives and return their names."""
        for one in schema.directives:
            self.below[f"@{one.name}"] = {"args": self._add_inputs(schema, f"@{one.name}:", one.args.items())}
        return [f"@{one.name}" for one in schema.directives]


@cache
def catalogue(schema: GraphQLSchema) -> Catalogue:
    """Return the schema's catalogue, made once."""
    made = Catalogue()
    roots: Mapping[str, GraphQLNamedType | None] = {
        "queryType": schema.query_type,
        "mutationType": schema.mutation_type,
        "subscriptionType": schema.subscription_type,
    }
    top: Children = {"types": [made.add_type(schema, kind) for kind in schema.type_map.values()]}
    top["directives"] = made.add_directives(schema)
    made.below[SCHEMA] = top | {name: [kind.name] for name, kind in roots.items() if kind is not None}
    return made


def objects_of(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    node: FieldNode,
    type_name: str | None,
    *,
    allowed: int,
    left_out: Callable[[SelectionNode], bool],
) -> int:
    """Return how many objects ``node`` answers; above ``allowed`` counting ends, and the number is just larger.

    ``type_name`` is what ``__type`` is asked for, None for ``__schema``; ``left_out`` tells what directives leave
    out. The document is valid.
    """
    known = catalogue(schema)
    start = SCHEMA if type_name is None else type_name
    waiting: list[tuple[SelectionSetNode | None, Entries]] = [(node.selection_set, Counter([start]))]
    total = 1
    while waiting and total <= allowed:
        selection_set, entries = waiting.pop()
        for one in _fields(selection_set, fragments, left_out):
            found = known.step(entries, one)
            total += found.total()
            if found:
                waiting.append((one.selection_set, found))
            if total > allowed:
                break
    return total


def _hides_deprecated(node: FieldNode) -> bool:
    """Whether a list leaves deprecated entries out, as it does unless asked; a variable is taken for a yes."""
    for one in node.arguments or ():
        if one.name.value == "includeDeprecated":
            return isinstance(one.value, NullValueNode) or (
                isinstance(one.value, BooleanValueNode) and not one.value.value
            )
    return True


def _fields(
    selection_set: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    left_out: Callable[[SelectionNode], bool],
) -> Iterator[FieldNode]:
    for one in selection_set.selections if selection_set else ():
        if left_out(one):
            continue
        match one:
            case FieldNode(selection_set=below) if below is not None:
                yield one
            case InlineFragmentNode():
                yield from _fields(one.selection_set, fragments, left_out)
            case FragmentSpreadNode():
                yield from _fields(fragments[one.name.value].selection_set, fragments, left_out)
            case _:
                pass
