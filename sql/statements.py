"""Cut a migration's text into its statements, as psql does: at each semicolon that stands in no quote and no comment.

Deliberately absent: bodies written ``begin atomic … end``, whose semicolons only a parser can tell from others. A
function of a migration has its body in dollar quotes.
"""

import re

from sql.errors import Unfit

# What may hold a semicolon that ends nothing. Of comments in /* */, which nest, only the opening is matched here.
_TOKENS = re.compile(
    r"""(?P<line>--[^\n]*)
    |(?P<block>/\*)
    |(?P<escaped>(?<![a-z0-9_$])e'(?:[^'\\]|\\.|'')*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*")
    |(?P<dollar>(?<![a-z0-9_$])\$(?:[a-z_][a-z0-9_]*)?\$)
    |(?P<atomic>\bbegin\s+atomic\b)
    |(?P<end>;)
    |(?P<open>'|")""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def statements(text: str, name: str = "The text") -> list[str]:
    """Return the statements of ``text`` without their semicolons and without comments before, between or after them.

    ``name`` is what is said to be wrong (``Unfit``) where a quote or a comment has no end.
    """
    found: list[str] = []
    kept: list[str] = []
    place = 0
    while token := _TOKENS.search(text, place):
        kept.append(text[place : token.start()])
        place = token.end()
        match token.lastgroup:
            case "line":
                continue
            case "block":
                place = _after_comment(text, place, name)
                kept.append(" ")
            case "dollar":
                end = text.find(token[0], place)
                if end < 0:
                    raise Unfit(f"{name} has a quote {token[0]} without end.")
                place = end + len(token[0])
                kept.append(text[token.start() : place])
            case "atomic":
                raise Unfit(f"{name} has a body that begins with begin atomic; write it in dollar quotes.")
            case "open":
                raise Unfit(f"{name} has a quote {token[0]} without end.")
            case "end":
                found.append("".join(kept).strip())
                kept = []
            case _:
                kept.append(token[0])
    found.append("".join([*kept, text[place:]]).strip())
    return [statement for statement in found if statement]


def _after_comment(text: str, place: int, name: str) -> int:
    """Return the place after the end of a comment in /* */ whose opening ends at ``place``."""
    depth = 1
    for match in re.compile(r"/\*|\*/").finditer(text, place):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    raise Unfit(f"{name} has a comment without end.")
