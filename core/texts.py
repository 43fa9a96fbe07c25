"""Checks of form that every written text goes through; each adds what it finds to a list and never raises.

Text that PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates) is refused here, before anything is hashed or stored.
"""

import re

from core import limits
from core.faults import Faults, Invalid, Required, TooLarge

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def storable(faults: Faults, path: tuple[str, ...], value: str) -> bool:
    """Tell whether the text can be stored at all."""
    if "\0" in value:
        faults.append(Invalid(path, f"A NUL character stands at position {value.index(chr(0))}; remove it."))
        return False
    if match := _SURROGATE.search(value):
        faults.append(
            Invalid(path, f"A lone surrogate stands at position {match.start()}; it is no valid Unicode text.")
        )
        return False
    return True


def line(faults: Faults, path: tuple[str, ...], value: str, longest: int, *, required: bool = True) -> None:
    """Check a text of one line: no control characters, at most ``longest`` characters, not blank if ``required``."""
    prose(faults, path, value, longest, required=required)
    if "\0" not in value and (match := _CONTROL.search(value)):
        faults.append(Invalid(path, f"A control character stands at position {match.start()}; use one line."))


def prose(faults: Faults, path: tuple[str, ...], value: str, longest: int, *, required: bool = False) -> None:
    """Check a text of several lines: storable, at most ``longest`` characters, not blank if ``required``."""
    if not storable(faults, path, value):
        return
    if required and not value.strip():
        faults.append(Required(path, "This text must not be empty."))
    elif len(value) > longest:
        faults.append(TooLarge(path, f"{len(value)} characters; at most {longest} are allowed."))


def code(faults: Faults, path: tuple[str, ...], value: str, longest: int) -> None:
    """Check code or Markdown: storable, at most ``longest`` bytes of UTF-8."""
    if storable(faults, path, value) and (size := len(value.encode())) > longest:
        faults.append(TooLarge(path, f"{size} bytes; at most {longest} are allowed."))


def slug(faults: Faults, path: tuple[str, ...], value: str) -> None:
    """Check a name in addresses."""
    if not value:
        faults.append(Required(path, "A slug is needed."))
    elif len(value) > limits.SLUG:
        faults.append(TooLarge(path, f"{len(value)} characters; at most {limits.SLUG} are allowed."))
    elif not _SLUG.fullmatch(value):
        faults.append(
            Invalid(
                path,
                "A slug is lower-case letters and digits in groups joined by single hyphens: flex-basics-2.",
            )
        )


def number(faults: Faults, path: tuple[str, ...], value: int, least: int, most: int) -> None:
    """Check a whole number against its bounds."""
    if not least <= value <= most:
        faults.append(Invalid(path, f"{value} is not between {least} and {most}."))


def lf(value: str) -> str:
    """Return the text with LF line ends, the form in which content is stored and hashed."""
    return value.replace("\r\n", "\n").replace("\r", "\n")
