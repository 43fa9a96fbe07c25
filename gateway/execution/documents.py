"""Documents parsed, measured and validated once: a cache by the SHA-256 of the text, bounded by count and by size.

Errors are kept too, so that a client that repeats a faulty document costs a look-up. Nothing of a request (variables,
viewer) is kept beside the costs, which depend on a few numbers only. Of a faulty document two lists are kept: one
without suggestions, and one with them for those who may know the schema. What is new is read in a thread, one document
at a time, since reading the longest takes longer than the event loop may be held.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
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

from core import limits
from gateway.execution.query_cost import (
    DOCUMENT_CHARACTERS,
    DOCUMENT_COMMENTS,
    Cost,
    check_shape,
    cost_of,
    limit_error,
    priced_by,
)
from gateway.execution.values import PlainValues, plain_name

RULES = (
    *(PlainValues if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)
_COSTS_KEPT = 50
_LONGEST_NAME = 100
_INLINE_CHARACTERS = 200
_ABSENT = object()  # a variable that is not given has its default, one that is null has none


@dataclass(slots=True)
class Document:
    """A parsed document, or the errors for which it is refused; ``hash`` is what the log calls it.

    ``advised`` are the errors with suggestions, None until somebody who may see them sends the document.
    """

    hash: str
    size: int
    node: DocumentNode | None
    errors: list[GraphQLError]
    advised: list[GraphQLError] | None = None
    _costs: dict[tuple[object, ...], Cost] = field(default_factory=dict)
    _priced_by: tuple[str, ...] | None = None

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

    def errors_for(self, *, suggest: bool) -> list[GraphQLError]:
        """Return the errors as they may be told: with suggestions or without."""
        return self.advised if suggest and self.advised is not None else self.errors

    def check_cost(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> Cost:
        """Return the cost; raises ``GraphQLError`` (code LIMIT) when the operation may answer with too many objects."""
        assert self.node is not None
        if self._priced_by is None:
            self._priced_by = tuple(sorted(priced_by(self.node)))
        given = (_weight(variables[one]) if one in variables else _ABSENT for one in self._priced_by)
        key = (operation.name.value if operation.name else "", *given)
        cost = self._costs.get(key)
        if cost is None:
            cost = cost_of(schema, self.node, operation, variables)
            if len(self._costs) >= _COSTS_KEPT:
                self._costs.clear()
            self._costs[key] = cost
        if cost.objects > limits.OPERATION_COST:
            remedy = "Ask for smaller pages with first, or for fewer levels."
            raise limit_error("cost", limits.OPERATION_COST, cost.objects, remedy)
        return cost


def _choice(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def _weight(value: object) -> tuple[str, object]:
    """Return what a cost may read from a variable. Values that may cost differently differ: 2 is no list of 2."""
    match value:
        case bool():
            return "boolean", value
        case int() | float():
            return "number", value
        case str():
            # The name for __type; longer than any is like any other that there is not.
            return "text", value if len(value) <= _LONGEST_NAME else None
        case list():
            return "list", len(value)
        case _:
            return "other", None


class Documents:
    """The cache: least recently used first out, at most ``count`` documents and ``characters`` of their text."""

    def __init__(self, schema: GraphQLSchema, *, count: int = 1_000, characters: int = 500_000) -> None:
        self._schema = schema
        self._count = count
        self._characters = characters
        self._held = 0
        self._thread = ThreadPoolExecutor(1, "documents")
        self._kept: OrderedDict[str, Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def load(self, text: str, *, suggest: bool) -> tuple[Document, bool]:
        """Like ``get``, with what takes long done in a thread."""
        name = _name(text)
        known = self._known(name, suggest=suggest)
        if known is not None:
            return known, True
        if len(text) <= _INLINE_CHARACTERS:
            return self.get(text, suggest=suggest)
        made = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, name, text, suggest)
        return self._keep(made), False

    def get(self, text: str, *, suggest: bool = True) -> tuple[Document, bool]:
        """Return the document and whether it came from the cache; never raises, the errors are its own."""
        name = _name(text)
        known = self._known(name, suggest=suggest)
        if known is not None:
            return known, True
        return self._keep(self._read(name, text, suggest)), False

    def _known(self, name: str, *, suggest: bool) -> Document | None:
        known = self._kept.get(name)
        if known is None or (suggest and known.errors and known.advised is None):
            return None
        self._kept.move_to_end(name)
        return known

    def _keep(self, made: Document) -> Document:
        if (before := self._kept.pop(made.hash, None)) is not None:
            self._held -= before.size
        self._kept[made.hash] = made
        self._held += made.size
        while len(self._kept) > self._count or self._held > self._characters:
            _, dropped = self._kept.popitem(last=False)
            self._held -= dropped.size
        return made

    def _read(self, name: str, text: str, suggest: bool) -> Document:
        # The text of a refused giant is not kept, its errors are.
        if len(text) > DOCUMENT_CHARACTERS:
            error = limit_error(
                "characters", DOCUMENT_CHARACTERS, len(text), "Pass values as variables, not in the document."
            )
            return _refused(name, 200, [error])
        try:
            node = parse(text, max_lexical_tokens=limits.OPERATION_TOKENS, max_comments=DOCUMENT_COMMENTS)
            check_shape(node)
        except GraphQLSyntaxError as error:
            return _refused(name, len(text), [_coded(error)])
        except GraphQLError as error:
            return _refused(name, len(text), [error])
        errors = self._validated(node, hide_suggestions=True)
        if not errors:
            return Document(name, len(text), node, [])
        advised = self._validated(node, hide_suggestions=False) if suggest else None
        return Document(name, len(text), None, errors, advised)

    def _validated(self, node: DocumentNode, *, hide_suggestions: bool) -> list[GraphQLError]:
        errors = validate(self._schema, node, RULES, max_errors=20, hide_suggestions=hide_suggestions)
        coded = [_coded(error) for error in errors]
        if hide_suggestions:
            for error in coded:
                # One rule has a suggestion that cannot be switched off.
                error.message = error.message.partition(" Did you mean ")[0]
        return coded


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refused(name: str, size: int, errors: list[GraphQLError]) -> Document:
    return Document(name, size, None, errors, errors)


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
