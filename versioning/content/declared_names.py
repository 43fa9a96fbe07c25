"""Which names of the language a challenge's own starter or solution declares at the top level.

In a test such a name (``Set``, ``Promise``, ``document`` ...) means the page's own declaration for that challenge
alone; for all others it means what the language or the harness has. The scanner is no parser: it skips strings,
templates, comments and regular expressions, and takes what stands outside of all brackets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.code import Code

# KEPT in sandbox/bridge/names.js, and the tests' own ``assert``; a test compares the two.
_PROTECTED = (
    "Object Function Array String Number Boolean Symbol BigInt Date RegExp Promise Map Set WeakMap WeakSet WeakRef"
    " FinalizationRegistry Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError"
    " ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array"
    " Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Proxy Iterator Math JSON Reflect"
    " Intl Atomics WebAssembly Temporal parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI"
    " decodeURIComponent escape unescape eval undefined NaN Infinity globalThis window document getComputedStyle"
    " matchMedia DOMParser XMLSerializer XPathEvaluator XPathResult setTimeout clearTimeout setInterval clearInterval"
    " requestAnimationFrame cancelAnimationFrame queueMicrotask structuredClone assert"
)
PROTECTED = frozenset(_PROTECTED.split())

# What every script that declares one has somewhere; most scripts only use such names, and are not read further.
_NAME = "|".join(sorted(PROTECTED))
_DECLARING = re.compile(
    rf"(?<![\w$.])(?:{_NAME})(?![\w$])(?!\s*[.\[(])|function\b[^({{;]{{0,200}}\b(?:{_NAME})\b|\.\s*(?:{_NAME})\s*=(?!=)"
    rf"|\.\.\.(?:{_NAME})\b"
)
_SCRIPT = re.compile(r"<!--.*?(?:-->|\Z)|<script\b([^<>]*)>(.*?)(?:</script|\Z)", re.DOTALL | re.IGNORECASE)
_TYPE = re.compile(r"\btype\s*=\s*[\"']?\s*([^\s\"'>]*)", re.IGNORECASE)
_SRC = re.compile(r"(?:^|[\s\"'])src\s*=", re.IGNORECASE)
_TYPES = ("", "module", "text/javascript", "application/javascript", "text/ecmascript", "application/ecmascript")

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)
    |(?P<word>[\w$]+)
    |(?P<mark>=>|===?|!==?|\+\+|--|\.\.\.|[^\w\s])""",
    re.DOTALL | re.VERBOSE,
)
# What is left open ends with its line, so that every character is read once.
_REGEXP = re.compile(r"/(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*(?:\]|$)|[^/\\\n\[])*(?:/\w*|$|\\)", re.MULTILINE)
_TEMPLATE = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*(`|\$\{|\Z)", re.DOTALL)

_OPENING, _CLOSING = "([{", ")]}"
_STATEMENT = "function class const let var if for while do switch try throw return import export async break continue"
_STATEMENTS = frozenset(_STATEMENT.split())
# After these words no value has ended: what follows is an operand, or a regular expression.
_OPERATOR = "return typeof instanceof in of new delete void throw case else do yield await extends"
_OPERATORS = frozenset(_OPERATOR.split())


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a mark or a text (``"``); ``depth`` is the number of open brackets around it."""

    text: str
    depth: int
    is_word: bool
    on_new_line: bool

    @property
    def ends_value(self) -> bool:
        return self.text not in _OPERATORS if self.is_word else self.text in ('"', ")", "]", "}", "++", "--")


_NOTHING = _Token(";", 0, False, True)


def declared_names(starter: Code, solution: Code) -> tuple[str, ...]:
    """Return the protected names that the scripts of either declare at the top level, sorted."""
    found: set[str] = set()
    for code in (starter, solution):
        for script in (code.js, *_inline_scripts(code.html)):
            if _DECLARING.search(script):
                found.update(_declared(script))
    return tuple(sorted(found & PROTECTED))


def _inline_scripts(html: str) -> Iterator[str]:
    for match in _SCRIPT.finditer(html):
        attributes, text = match.groups()
        if text is None or _SRC.search(attributes):
            continue
        type = _TYPE.search(attributes)
        if type is None or type[1].lower() in _TYPES:
            yield text


def _tokens(script: str) -> Iterator[_Token]:
    """Yield the tokens of a script without white space and comments; a template or regular expression is a text."""
    at, open, on_new_line, before = 0, list[str](), True, _NOTHING
    while at < len(script):
        first = script[at]
        if first == "`" or (first == "}" and open and open[-1] == "`"):
            if first == "}":
                open.pop()
            chunk = _TEMPLATE.match(script, at + 1)
            assert chunk is not None, "it may be empty"
            at = chunk.end()
            if chunk[1] == "${":
                open.append("`")
                before = _Token("(", len(open), False, on_new_line)
                continue
            token = _Token('"', len(open), False, on_new_line)
        else:
            match = _TOKEN.match(script, at)
            assert match is not None, "every character is of one kind"
            if match.lastgroup == "space":
                on_new_line |= "\n" in match[0]
                at = match.end()
                continue
            if first == "/" and not before.ends_value:
                match = _REGEXP.match(script, at) or match
                token = _Token('"', len(open), False, on_new_line)
            else:
                text = '"' if match.lastgroup == "text" else match[0]
                if text in _CLOSING and open:
                    open.pop()
                token = _Token(text, len(open), match.lastgroup == "word", on_new_line)
                if text in _OPENING:
                    open.append(text)
            at = match.end()
        yield token
        before, on_new_line = token, False


def _declared(script: str) -> Iterator[str]:
    """Yield the names that a script declares outside of all brackets."""
    tokens = [*_tokens(script), _NOTHING, _NOTHING, _NOTHING, _NOTHING]
    at, before = 0, _NOTHING
    while at < len(tokens) - 4:
        token, following = tokens[at], tokens[at + 1]
        at += 1
        if token.depth == 0 and token.is_word:
            if token.text in ("const", "let", "var") and before.text != ".":
                bound, at = _bound(tokens, at)
                yield from bound
            elif token.text in ("function", "class") and _begins_statement(before, token):
                name = tokens[at + 1] if following.text == "*" else following
                if name.is_word:
                    yield name.text
            elif _is_assigned(before, tokens[at - 1 : at + 3]):
                yield tokens[at + 1].text
        before = tokens[at - 1]


def _is_assigned(before: _Token, tokens: list[_Token]) -> bool:
    """Whether the tokens are ``window.NAME =``."""
    words = [token.text for token in tokens]
    return words[0] in ("window", "self", "globalThis") and before.text != "." and words[1] == "." and words[3] == "="


def _begins_statement(before: _Token, token: _Token) -> bool:
    """Whether a ``function`` or ``class`` is a declaration rather than an operand."""
    if before.text in (";", "}", "async", "export", "default", "do", "else"):
        return True
    return token.on_new_line and before.ends_value


def _bound(tokens: list[_Token], at: int) -> tuple[list[str], int]:
    """Return the names that one ``const``, ``let`` or ``var`` declares, and where the next statement begins.

    ``at`` is the first token after the word.
    """
    names, is_name, before = list[str](), True, _NOTHING
    while at < len(tokens) - 4:
        token = tokens[at]
        if token.depth == 0 and not is_name and _ends_declaration(before, token):
            break
        if is_name:
            if token.is_word:
                names.append(token.text)
            elif token.text in ("{", "["):
                end = next((i for i in range(at + 1, len(tokens)) if tokens[i].depth == 0), len(tokens) - 1)
                names.extend(_pattern(tokens[at + 1 : end]))
                at, token = end, tokens[end]
            is_name = False
        elif token.depth == 0 and token.text == ",":
            is_name = True
        before = token
        at += 1
    return names, min(at, len(tokens) - 4)


def _ends_declaration(before: _Token, token: _Token) -> bool:
    if token.text == ";" or (token.is_word and token.text in _STATEMENTS and before.ends_value):
        return True
    return token.on_new_line and before.ends_value and token.is_word and token.text not in _OPERATORS


def _pattern(tokens: list[_Token]) -> Iterator[str]:
    """Yield the names that a destructuring pattern binds; ``tokens`` stand between its outer brackets."""
    before, default = ",", None  # ``default``: the depth at which an initializer began
    for token, following in zip(tokens, [*tokens[1:], _NOTHING], strict=False):
        if default is not None and (
            token.depth < default or (token.depth == default and token.text in (",", "}", "]"))
        ):
            default = None
        if default is None:
            if token.text == "=":
                default = token.depth
            elif token.is_word and before in (",", "{", "[", ":", "...") and following.text != ":":
                yield token.text
            before = token.text
