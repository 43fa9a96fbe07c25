"""What an operation asks for, measured before it is validated or run.

One pass over the document, each fragment measured once however often it is spread: walking fragments at
every spread takes exponential time, and a document of a few hundred bytes then holds a server for seconds.
Cost counts the objects that an answer may hold: a field with ``first`` counts its page (20 without), one with
``ids`` their number, another list five. A text that may be long counts one for each ``TEXT_UNIT`` bytes that it
typically has; other scalars are free. Introspection counts the objects that it really answers. What ``@skip`` and
``@include`` leave out with the variables of a request is free.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from core import limits
from gateway.execution.introspection_cost import objects_of

DOCUMENT_CHARACTERS = 100_000
DOCUMENT_COMMENTS = 1_000
DIRECTIVES = 50
COMPARISONS = 5_000
DEFINITIONS = 50
NESTING = 100
PLAIN_LIST = 5
TEXT_UNIT = 2_000

_ENOUGH = 10**9
# The arguments of fields that a cost is read from.
_PRICED = ("first", "last", "ids", "name")
_WITH_SELECTIONS = (OperationDefinitionNode, FragmentDefinitionNode, FieldNode, InlineFragmentNode)


@dataclass(frozen=True, slots=True)
class Shape:
    """Depth in fields; selections, aliases and directives, every fragment counted at each spread (up to 10⁹)."""

    depth: int = 0
    selections: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Shape") -> "Shape":
        return Shape(
            max(self.depth, other.depth),
            min(self.selections + other.selections, _ENOUGH),
            min(self.aliases + other.aliases, _ENOUGH),
            min(self.directives + other.directives, _ENOUGH),
        )


def limit_error(limit: str, allowed: int, found: int, remedy: str) -> GraphQLError:
    """Return the refusal of a document over a limit, with what was found and what to do instead."""
    over = f"at least {found}" if found >= _ENOUGH else str(found)
    return GraphQLError(
        f"The operation is over the limit for {limit}: {over}, at most {allowed} allowed. {remedy}",
        extensions={"code": "LIMIT", "limit": limit, "allowed": allowed, "found": found},
    )


def check_shape(document: DocumentNode) -> None:
    """Raise ``GraphQLError`` (code LIMIT) when the document is deeper or broader than is served."""
    fragments = _fragments(document)
    if (count := len(document.definitions)) > DEFINITIONS:
        raise limit_error("definitions", DEFINITIONS, count, "Send operations one by one.")
    walk = _ShapeWalk(fragments)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            walk.fragment(definition.name.value, 0)
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        found = walk.selections(definition.selection_set, 0)
        found = replace(found, directives=found.directives + len(definition.directives or ()))
        if found.depth > limits.OPERATION_DEPTH:
            raise limit_error("depth", limits.OPERATION_DEPTH, found.depth, "Ask for less in one nesting.")
        if found.selections > limits.OPERATION_TOKENS:
            raise limit_error(
                "selections", limits.OPERATION_TOKENS, found.selections, "Spread each fragment once in one place."
            )
        if found.aliases > limits.OPERATION_ALIASES:
            raise limit_error(
                "aliases",
                limits.OPERATION_ALIASES,
                found.aliases,
                "Send several operations, or ask for lists with nodes(ids:).",
            )
        if found.directives > DIRECTIVES:
            raise limit_error("directives", DIRECTIVES, found.directives, "Send another operation instead.")
    _check_comparisons(document, fragments)


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


@dataclass(slots=True)
class _ShapeWalk:
    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Shape] = field(default_factory=dict)

    def fragment(self, name: str, nesting: int) -> Shape:
        if name not in self.known:
            # A fragment that reaches itself counts as empty there; validation then refuses the cycle by name.
            self.known[name] = Shape()
            if definition := self.fragments.get(name):
                self.known[name] = self.selections(definition.selection_set, nesting)
        return self.known[name]

    def selections(self, selection_set: SelectionSetNode, nesting: int) -> Shape:
        if nesting > NESTING:
            raise limit_error("nesting", NESTING, nesting, "Ask for less in one nesting.")
        total = Shape()
        for selection in selection_set.selections:
            match selection:
                case FieldNode():
                    below = selection.selection_set
                    inner = self.selections(below, nesting + 1) if below else Shape()
                    inner = inner.beside(Shape(aliases=selection.alias is not None))
                    inner = replace(inner, depth=inner.depth + 1)
                case InlineFragmentNode():
                    inner = self.selections(selection.selection_set, nesting + 1)
                case FragmentSpreadNode():
                    inner = self.fragment(selection.name.value, nesting + 1)
                case _:
                    continue
            own = Shape(selections=1, directives=len(selection.directives or ()))
            total = total.beside(inner).beside(own)
        return total


def _check_comparisons(document: DocumentNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
    """Bound the work of the rule that equal fields must merge: it compares each pair at each place."""
    compared = 0
    waiting = [
        [definition.selection_set]
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        groups: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        sets = waiting.pop()
        while sets:
            for selection in sets.pop().selections:
                match selection:
                    case FieldNode():
                        name = selection.alias.value if selection.alias else selection.name.value
                        groups.setdefault(name, []).append(selection)
                    case InlineFragmentNode():
                        sets.append(selection.selection_set)
                    case FragmentSpreadNode() if selection.name.value not in spread:
                        spread.add(selection.name.value)
                        if definition := fragments.get(selection.name.value):
                            sets.append(definition.selection_set)
                    case _:
                        pass
        for group in groups.values():
            compared += len(group) ** 2
            if below := [one.selection_set for one in group if one.selection_set]:
                waiting.append(below)
        if compared > COMPARISONS:
            raise limit_error("comparisons of fields", COMPARISONS, compared, "Select each field once in one place.")


@dataclass(frozen=True, slots=True)
class Cost:
    """The number of objects an operation may answer with; ``introspected`` of them are the schema's own."""

    objects: int
    introspected: int


def cost_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Cost:
    """Return what the operation may cost with these variables; the document must be valid."""
    root = schema.get_root_type(operation.operation)
    walk = _CostWalk(schema, _fragments(document), {**_defaults(operation), **variables})
    objects = walk.selections(operation.selection_set, root)
    return Cost(objects, walk.introspected)


def priced_by(document: DocumentNode) -> frozenset[str]:
    """Return the variables that the cost of any operation of the document may depend on, whatever their values."""
    found: set[str] = set()
    waiting = [one.selection_set for one in document.definitions if isinstance(one, _WITH_SELECTIONS)]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, _WITH_SELECTIONS) and selection.selection_set:
                waiting.append(selection.selection_set)
            given = [argument for one in selection.directives or () for argument in one.arguments or ()]
            if isinstance(selection, FieldNode):
                given += [one for one in selection.arguments or () if one.name.value in _PRICED]
            found.update(one.value.name.value for one in given if isinstance(one.value, VariableNode))
    return frozenset(found)


def is_left_out(selection: SelectionNode, variables: Mapping[str, Any]) -> bool:
    """Tell whether ``@skip`` or ``@include`` leave a selection out, as the executor decides it.

    ``variables`` are the given ones over the defaults. A condition that is no Boolean leaves nothing out: the executor
    refuses it, and a price must not fall by it.
    """
    conditions: dict[str, Any] = {}
    for directive in selection.directives or ():
        if directive.name.value not in conditions:
            argument = next((one for one in directive.arguments or () if one.name.value == "if"), None)
            conditions[directive.name.value] = None if argument is None else argument.value
    for name, leaves_out in (("skip", True), ("include", False)):
        value = conditions.get(name)
        if isinstance(value, VariableNode):
            value = variables.get(value.name.value)
        if isinstance(value, BooleanValueNode):
            value = value.value
        if value is leaves_out:
            return True
    return False


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for definition in operation.variable_definitions or ():
        if definition.default_value is not None:
            found[definition.variable.name.value] = definition.default_value
    return found


@dataclass(slots=True)
class _CostWalk:
    schema: GraphQLSchema
    fragments: dict[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[str, int] = field(default_factory=dict)
    introspected: int = 0

    def selections(self, selection_set: SelectionSetNode, parent: Any) -> int:
        total = 0
        for selection in selection_set.selections:
            if is_left_out(selection, self.variables):
                continue
            match selection:
                case FieldNode():
                    total += self.field(selection, parent)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    target = self.schema.type_map.get(condition.name.value) if condition else parent
                    total += self.selections(selection.selection_set, target)
                case FragmentSpreadNode():
                    total += self.fragment(selection.name.value)
                case _:
                    pass
        return min(total, _ENOUGH)

    def fragment(self, name: str) -> int:
        if name not in self.known:
            definition = self.fragments[name]
            target = self.schema.type_map.get(definition.type_condition.name.value)
            self.known[name] = self.selections(definition.selection_set, target)
        return self.known[name]

    def field(self, node: FieldNode, parent: Any) -> int:
        definition = self.schema.get_field(parent, node.name.value)
        if definition is None:
            return 0
        if node.selection_set is None:
            return text_cost(definition)
        if node.name.value in ("__schema", "__type"):
            return self.introspection(node)
        target = get_named_type(definition.type)
        inner = self.selections(node.selection_set, target) if is_composite_type(target) else 0
        if node.name.value == "edges":
            # The page of edges was counted where ``first`` stands.
            return min(1 + inner, _ENOUGH)
        return min(self.times(node, definition) * (1 + inner), _ENOUGH)

    def introspection(self, node: FieldNode) -> int:
        name = str(self.argument(node, "name")) if node.name.value == "__type" else None
        found = objects_of(
            self.schema,
            self.fragments,
            node,
            name,
            allowed=limits.OPERATION_COST,
            left_out=lambda selection: is_left_out(selection, self.variables),
        )
        self.introspected += found
        return found

    def times(self, node: FieldNode, definition: GraphQLField) -> int:
        if "first" in definition.args:
            given = self.argument(node, "first")
            given = self.argument(node, "last") if given is None else given
            # 100.0 is an Int to GraphQL as well.
            whole = isinstance(given, int) or (isinstance(given, float) and given.is_integer())
            return max(int(given), 0) if whole else limits.PAGE
        if not is_list_type(get_nullable_type(definition.type)):
            return 1
        if "ids" in definition.args:
            given = self.argument(node, "ids")
            return len(given) if isinstance(given, list | tuple) else 1
        return PLAIN_LIST

    def argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                return self.value(argument.value)
        return None

    def value(self, node: ValueNode) -> Any:
        match node:
            case VariableNode():
                found = self.variables.get(node.name.value)
                return self.value(found) if isinstance(found, ValueNode) else found
            case IntValueNode():
                return int(node.value) if len(node.value) < 12 else _ENOUGH
            case ListValueNode():
                return node.values
            case StringValueNode():
                return node.value
            case _:
                return None


def text_cost(definition: GraphQLField) -> int:
    """Return what a leaf counts: 1 for each ``TEXT_UNIT`` bytes, or part of it, of a text that is declared as long."""
    declared = definition.extensions.get("strawberry-definition")
    return -(-getattr(declared, "typical_bytes", 0) // TEXT_UNIT)
