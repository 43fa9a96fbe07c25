"""Documents parsed, measured and validated once: a cache by the SHA-256 of the text, bounded by count and by size.

Errors are kept too, so that a client that repeats a faulty document costs a look-up. Nothing of a request (variables,
viewer) is kept beside the costs, which depend on a few numbers only.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    ValuesOfCorrectTypeRule,
    parse,
    specified_rules,
    validate,
)
from graphql.language.parser import MAX_NESTING_DEPTH
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from gateway.operations import (
    DOCUMENT_CHARACTERS,
    DOCUMENT_COMMENTS,
    check_shape,
    cost_of,
    limit_error,
)
from gateway.values import PlainValues, plain_name
from sql import limits

RULES = (
    *(PlainValues if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
_COSTS_KEPT = 50


@dataclass(slots=True)
class Document:
    """A parsed document, or the errors for which it is refused; ``hash`` is what the log calls it."""

    hash: str
    size: int
    node: DocumentNode | None
    errors: list[GraphQLError]
    _costs: dict[tuple[object, ...], int] = field(default_factory=dict)
    _matters: dict[str, frozenset[str]] = field(default_factory=dict)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """Return the operation to run; raises ``GraphQLError`` when the name does not settle it."""
        assert self.node is not None
        found = [one for one in self.node.definitions if isinstance(one, OperationDefinitionNode)]
        if name is not None:
            for one in found:
                if one.name is not None and one.name.value == name:
                    return one
            raise _choice(f"The document has no operation {plain_name(name)}.")
        if len(found) != 1:
            raise _choice(f"The document has {len(found)} operations; operationName must say which to run.")
        return found[0]

    def check_cost(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> None:
        """Raise ``GraphQLError`` (code LIMIT) when the operation may answer with too many objects."""
        assert self.node is not None
        name = operation.name.value if operation.name else ""
        key: tuple[object, ...] = ()
        if (matters := self._matters.get(name)) is not None:
            key = (name, *(_weight(variables.get(one)) for one in sorted(matters)))
        objects = self._costs.get(key) if key else None
        if objects is None:
            cost = cost_of(schema, self.node, operation, variables)
            objects = cost.objects
            if len(self._costs) >= _COSTS_KEPT:
                self._costs.clear()
            self._matters[name] = cost.variables
            self._costs[(name, *(_weight(variables.get(one)) for one in sorted(cost.variables)))] = objects
        if objects > limits.OPERATION_COST:
            remedy = "Ask for smaller pages with first, or for fewer levels."
            raise limit_error("cost", limits.OPERATION_COST, objects, remedy)


def _choice(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def _weight(value: object) -> object:
    return len(value) if isinstance(value, list) else value if isinstance(value, int | float) else None


class Documents:
    """The cache: least recently used first out, at most ``count`` documents and ``characters`` of their text."""

    def __init__(self, schema: GraphQLSchema, *, count: int = 1_000, characters: int = 500_000) -> None:
        self._schema = schema
        self._count = count
        self._characters = characters
        self._held = 0
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str) -> tuple[Document, bool]:
        """Return the document and whether it came from the cache; never raises, the errors are its own."""
        name = hashlib.sha256(text.encode()).hexdigest()
        if (known := self._kept.get(name)) is not None:
            self._kept.move_to_end(name)
            return known, True
        made = self._read(name, text)
        self._kept[name] = made
        self._held += made.size
        while len(self._kept) > self._count or self._held > self._characters:
            _, dropped = self._kept.popitem(last=False)
            self._held -= dropped.size
        return made, False

    def _read(self, name: str, text: str) -> Document:
        # The text of a refused giant is not kept, its errors are.
        if len(text) > DOCUMENT_CHARACTERS:
            error = limit_error(
                "characters", DOCUMENT_CHARACTERS, len(text), "Pass values as variables, not in the document."
            )
            return Document(name, 200, None, [error])
        try:
            node = parse(text, max_lexical_tokens=limits.OPERATION_TOKENS, max_comments=DOCUMENT_COMMENTS)
            check_shape(node)
        except GraphQLSyntaxError as error:
            return Document(name, len(text), None, [_coded(error)])
        except GraphQLError as error:
            return Document(name, len(text), None, [error])
        errors = validate(self._schema, node, RULES, max_errors=20)
        return Document(name, len(text), None if errors else node, [_coded(error) for error in errors])


def _coded(error: GraphQLError) -> GraphQLError:
    """Give a document's error a code; the parser's own limits are limits like ours."""
    if "nested too deeply" in error.message:
        return limit_error("nesting", MAX_NESTING_DEPTH, MAX_NESTING_DEPTH + 1, "Ask for less in one nesting.")
    if isinstance(error, GraphQLSyntaxError) and "Parsing aborted" in error.message:
        what, allowed = (
            ("comments", DOCUMENT_COMMENTS) if "comments" in error.message else ("tokens", limits.OPERATION_TOKENS)
        )
        return limit_error(what, allowed, allowed + 1, "Pass values as variables, or send several operations.")
    code = "SYNTAX" if isinstance(error, GraphQLSyntaxError) else "VALIDATION"
    return GraphQLError(
        error.message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        extensions={"code": code},
    )
