"""What a test does with the values of the page: the names that only the page can give it, and how it uses each.

A ``Node`` stands for one value of the page. It has a child for each value that the test gets out of it: by calling,
constructing, awaiting or iterating it, by reading a member, or as an argument of a callback. So a generator can build
a value that leads the test to any of its uses and put something hostile there.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import tree_sitter
import tree_sitter_javascript

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))
Syntax = tree_sitter.Node

# names that mean something in every test, whatever the page declares
KNOWN_NAMES = """
    assert expect chai should page document window self globalThis code html css js undefined arguments Infinity NaN
    Object Function Array String Number Boolean Symbol BigInt Date RegExp Promise Map Set WeakMap WeakSet WeakRef Error
    EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError ArrayBuffer DataView Int8Array
    Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array Proxy Iterator
    Math JSON Reflect Intl eval parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI atob btoa
    decodeURIComponent setTimeout clearTimeout setInterval clearInterval queueMicrotask structuredClone fetch alert
    requestAnimationFrame cancelAnimationFrame confirm prompt getComputedStyle matchMedia localStorage sessionStorage
    console navigator location history performance crypto Node Element Event CustomEvent MouseEvent NodeList Document
    KeyboardEvent InputEvent SubmitEvent DOMParser MutationObserver Text Image Audio URL innerWidth innerHeight
"""
METHODS_OF_ARRAYS = """
    map filter forEach every some find findIndex findLast flatMap reduce reduceRight sort includes indexOf join slice
    concat flat push pop shift unshift splice reverse fill at entries keys values
"""
KNOWN = frozenset(KNOWN_NAMES.split())
OF_ARRAYS = frozenset(METHODS_OF_ARRAYS.split())
SOURCES = frozenset({"code", "html", "css", "js"})
WINDOWS = frozenset({"window", "self", "globalThis", "page"})
PASSED_ON = frozenset({"Object.values", "Object.entries", "Array.from"})


@dataclass(slots=True)
class Node:
    """A value of the page, the values that the test gets out of it, and ``uses``, what the test does with it itself."""

    called: "Node | None" = None
    constructed: "Node | None" = None
    awaited: "Node | None" = None
    element: "Node | None" = None
    members: "dict[str, Node]" = field(default_factory=dict)
    callbacks: "dict[str, Node]" = field(default_factory=dict)  # by argument and parameter: "0 1"
    uses: set[str] = field(default_factory=set)

    def child(self, how: str) -> "Node":
        """The value that comes out of this one by one of the four ways; made when it is first asked for."""
        found: Node | None = getattr(self, how)
        if found is None:
            found = Node()
            setattr(self, how, found)
        return found

    def member(self, name: str) -> "Node":
        """The value of a property."""
        return self.members.setdefault(name, Node())

    def everything(self) -> "Iterator[Node]":
        """This node and all below it."""
        yield self
        for below in (self.called, self.constructed, self.awaited, self.element):
            if below:
                yield from below.everything()
        for below in (*self.members.values(), *self.callbacks.values()):
            yield from below.everything()

    def data(self) -> dict[str, object]:
        """As JSON, for the page."""
        told: dict[str, object] = {"uses": sorted(self.uses)} if self.uses else {}
        for how in ("called", "constructed", "awaited", "element"):
            below: Node | None = getattr(self, how)
            if below:
                told[how] = below.data()
        for how in ("members", "callbacks"):
            several: dict[str, Node] = getattr(self, how)
            if several:
                told[how] = {name: node.data() for name, node in several.items()}
        return told


def read(tests: Iterable[str]) -> dict[str, Node]:
    """The names that only the page can give to these tests, each with its uses in all of them."""
    names: dict[str, Node] = {}
    for code in tests:
        # a test is the body of an async function, in which `return` and `await` have their meaning
        root = PARSER.parse(f"async function test() {{{code}\n}}".encode()).root_node
        _Reader(names, root).walk(root)
    return names


def slices(code: str) -> list[str]:
    """The test once for each of its assertions, each time without those before: so a failure hides none of the rest."""
    root = PARSER.parse(code.encode()).root_node
    statements = [_text(each) for each in root.named_children]
    asserting = [at for at, text in enumerate(statements) if text.startswith(("assert", "expect", "chai"))]
    if root.has_error or len(asserting) < 2:
        return [code]
    found = []
    for at in asserting:
        before = [text for number, text in enumerate(statements[:at]) if number not in asserting]
        found.append("\n".join((*before, statements[at])))
    return list(dict.fromkeys(found))


def _text(syntax: Syntax | None) -> str:
    return (syntax.text or b"").decode() if syntax else ""


class _Reader:
    """Walks through one test. ``self._locals`` are the test's own variables, with the page's value that each holds."""

    def __init__(self, names: dict[str, Node], root: Syntax) -> None:
        self._names = names
        self._locals: dict[str, Node | None] = dict.fromkeys(_declared(root))

    def walk(self, syntax: Syntax | None) -> Node | None:
        """Note what an expression or statement does; return the value of the page that it gives, if it gives one."""
        if syntax is None:
            return None
        method = getattr(self, f"_{syntax.type}", None)
        if method is not None:
            found: Node | None = method(syntax)
            return found
        found = None
        for each in syntax.named_children:
            found = self.walk(each)
        return found if syntax.type in ("parenthesized_expression", "sequence_expression") else None

    def _noted(self, syntax: Syntax | None, use: str) -> Node | None:
        node = self.walk(syntax)
        if node:
            node.uses.add(use)
        return node

    # ---- names and members ----------------------------------------------------------------------------------------
    def _identifier(self, syntax: Syntax) -> Node | None:
        name = _text(syntax)
        if name in self._locals:
            return self._locals[name]
        if name in KNOWN or name.startswith(("HTML", "SVG", "CSS")):
            return None
        return self._names.setdefault(name, Node())

    _shorthand_property_identifier = _identifier

    def _member_expression(self, syntax: Syntax) -> Node | None:
        name = _text(syntax.child_by_field_name("property"))
        if _text(syntax.child_by_field_name("object")) in WINDOWS:
            return None if name in KNOWN or name == "eval" else self._names.setdefault(name, Node())
        of = self.walk(syntax.child_by_field_name("object"))
        return of.member(name) if of else None

    def _subscript_expression(self, syntax: Syntax) -> Node | None:
        of = self.walk(syntax.child_by_field_name("object"))
        index = syntax.child_by_field_name("index")
        self._noted(index, "key")
        if of is None or index is None:
            return None
        return of.member(_text(index)[1:-1]) if index.type == "string" else of.child("element")

    def _variable_declarator(self, syntax: Syntax) -> None:
        self._bind(syntax.child_by_field_name("name"), self.walk(syntax.child_by_field_name("value")))

    def _assignment_expression(self, syntax: Syntax) -> Node | None:
        left = syntax.child_by_field_name("left")
        value = self._noted(syntax.child_by_field_name("right"), "kept")
        if left and left.type in ("member_expression", "subscript_expression"):
            self._noted(left.child_by_field_name("object"), "changed")
            self._noted(left.child_by_field_name("index"), "key")
        else:
            self._bind(left, value)
        return value

    _augmented_assignment_expression = _assignment_expression

    def _bind(self, pattern: Syntax | None, node: Node | None) -> None:
        if pattern is None:
            return
        if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
            name = _text(pattern)
            if name in self._locals:
                self._locals[name] = node
                if pattern.type != "identifier" and node:
                    self._locals[name] = node.member(name)
            return
        if pattern.type in ("assignment_pattern", "object_assignment_pattern"):
            self._bind(pattern.child_by_field_name("left"), node)
            return
        for each in pattern.named_children:
            if each.type == "pair_pattern":
                of = node.member(_text(each.child_by_field_name("key"))) if node else None
                self._bind(each.child_by_field_name("value"), of)
            elif each.type == "rest_pattern":
                self._bind(each.named_children[0], node)
            elif pattern.type == "array_pattern":
                self._bind(each, node.child("element") if node else None)
            else:
                self._bind(each, node)

    # ---- operators and statements ---------------------------------------------------------------------------------
    def _binary_expression(self, syntax: Syntax) -> Node | None:
        sign = _text(syntax.child_by_field_name("operator"))
        left = self._noted(syntax.child_by_field_name("left"), f"left {sign}")
        right = self._noted(syntax.child_by_field_name("right"), f"right {sign}")
        return (left or right) if sign in ("&&", "||", "??") else None

    def _ternary_expression(self, syntax: Syntax) -> Node | None:
        self.walk(syntax.child_by_field_name("condition"))
        first = self.walk(syntax.child_by_field_name("consequence"))
        return first or self.walk(syntax.child_by_field_name("alternative"))

    def _unary_expression(self, syntax: Syntax) -> None:
        sign, argument = _text(syntax.child_by_field_name("operator")), syntax.child_by_field_name("argument")
        self._noted(argument, sign)
        if sign == "delete" and argument:
            self._noted(argument.child_by_field_name("object"), "changed")

    def _template_substitution(self, syntax: Syntax) -> None:
        for each in syntax.named_children:
            self._noted(each, "text")

    def _spread_element(self, syntax: Syntax) -> Node | None:
        node = self._noted(syntax.named_children[0], "spread")
        return node.child("element") if node else None

    def _array(self, syntax: Syntax) -> None:
        for each in syntax.named_children:
            self._noted(each, "held")

    def _await_expression(self, syntax: Syntax) -> Node | None:
        node = self._noted(syntax.named_children[0], "awaited")
        return node.child("awaited") if node else None

    def _throw_statement(self, syntax: Syntax) -> None:
        self._noted(syntax.named_children[0], "thrown")

    def _for_in_statement(self, syntax: Syntax) -> None:
        of = self._noted(syntax.child_by_field_name("right"), "iterated")
        self._bind(syntax.child_by_field_name("left"), of.child("element") if of else None)
        self.walk(syntax.child_by_field_name("body"))

    # ---- calls ----------------------------------------------------------------------------------------------------
    def _new_expression(self, syntax: Syntax) -> Node | None:
        of = syntax.child_by_field_name("constructor")
        return self._invoked(syntax, self.walk(of), "constructed", f"std {_text(of)}")

    def _call_expression(self, syntax: Syntax) -> Node | None:
        function = syntax.child_by_field_name("function")
        given = syntax.child_by_field_name("arguments")
        if (
            _text(function) in ("eval", "page.eval")
            and given
            and [each.type for each in given.named_children] == ["string"]
        ):
            # what the page evaluates gives a value of the page
            root = PARSER.parse(_text(given.named_children[0])[1:-1].encode()).root_node
            statement = root.named_children[-1] if root.named_children else None
            return self.walk(statement.named_children[0]) if statement and statement.named_children else None
        if function is None or function.type != "member_expression":
            return self._invoked(syntax, self.walk(function), "called", f"std {_text(function)}")
        name = _text(function.child_by_field_name("property"))
        of = function.child_by_field_name("object")
        if _text(of) in WINDOWS:
            return self._invoked(syntax, self.walk(function), "called", f"std {name}")
        owner = self.walk(of)
        if owner is None:
            standard = of is not None and of.type == "identifier" and _text(of) in KNOWN - SOURCES
            return self._invoked(syntax, None, "called", f"std {_text(of)}.{name}" if standard else f"method {name}")
        if name in OF_ARRAYS:
            owner.uses.add("array")
            self._arguments(syntax, lambda _, at: owner.child("element") if at == name.startswith("reduce") else None)
        return self._invoked(syntax, owner.member(name), "called", "")

    def _evaluated(self, syntax: Syntax) -> Node | None:
        """What the page evaluates gives a value of the page."""
        given = syntax.child_by_field_name("arguments")
        texts = [_text(each)[1:-1] for each in given.named_children if each.type == "string"] if given else []
        statements = PARSER.parse(texts[0].encode()).root_node.named_children if texts else []
        return self.walk(statements[-1].named_children[0]) if statements and statements[-1].named_children else None

    def _invoked(self, syntax: Syntax, callee: Node | None, how: str, name: str) -> Node | None:
        if callee is None:
            passed = self._arguments(syntax, lambda _, __: None)
            for at, node in passed.items():
                node.uses.add(f"{name} {at}")
            return next(iter(passed.values()), None) if name.removeprefix("std ") in PASSED_ON else None
        page = callee  # so that the type is known within the function below

        def parameter(argument: int, at: int) -> Node:
            return page.callbacks.setdefault(f"{argument} {at}", Node())

        result = callee.child(how)
        for at, node in self._arguments(syntax, parameter).items():
            node.uses.add(f"argument {at}")
            callee.uses.add("given")
        if any(word in _text(syntax.child_by_field_name("arguments")) for word in SOURCES):
            callee.uses.add("given")
        return result

    def _arguments(self, syntax: Syntax, parameter: Callable[[int, int], Node | None]) -> dict[int, Node]:
        """The page's values among the arguments; ``parameter`` tells what a callback among them gets."""
        found = {}
        arguments = syntax.child_by_field_name("arguments")
        for at, each in enumerate(arguments.named_children if arguments else ()):
            if each.type in ("arrow_function", "function_expression"):
                self._function(each, partial(parameter, at))
                continue
            node = self.walk(each)
            if node:
                found[at] = node
        return found

    def _function(self, syntax: Syntax, parameter: Callable[[int], Node | None] | None = None) -> None:
        given = syntax.child_by_field_name("parameters") or syntax.child_by_field_name("parameter")
        several = given.named_children if given and given.type == "formal_parameters" else [given] if given else []
        for number, each in enumerate(several):
            self._bind(each, parameter(number) if parameter else None)
        self.walk(syntax.child_by_field_name("body"))

    _arrow_function = _function
    _function_expression = _function
    _function_declaration = _function
    _method_definition = _function


def _declared(syntax: Syntax) -> Iterator[str]:
    """Every name that a test declares anywhere."""
    kind = syntax.type
    if kind in ("variable_declarator", "function_declaration", "class_declaration", "function_expression"):
        yield from _patterns(syntax.child_by_field_name("name"))
    if kind in ("formal_parameters", "catch_clause"):
        yield from _patterns(syntax if kind == "formal_parameters" else syntax.child_by_field_name("parameter"))
    if kind == "arrow_function":
        yield from _patterns(syntax.child_by_field_name("parameter"))
    if kind == "for_in_statement" and syntax.child_by_field_name("kind"):
        yield from _patterns(syntax.child_by_field_name("left"))
    for each in syntax.named_children:
        yield from _declared(each)


def _patterns(syntax: Syntax | None) -> Iterator[str]:
    if syntax is None:
        return
    if syntax.type in ("identifier", "shorthand_property_identifier_pattern"):
        yield _text(syntax)
    elif syntax.type in ("assignment_pattern", "object_assignment_pattern"):
        yield from _patterns(syntax.child_by_field_name("left"))
    elif syntax.type == "pair_pattern":
        yield from _patterns(syntax.child_by_field_name("value"))
    else:
        for each in syntax.named_children:
            yield from _patterns(each)
