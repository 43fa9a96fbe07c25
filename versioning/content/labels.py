"""Version labels: ``v1.0``, ``v1.1``, ``v2.0``. They only grow: the next is counted from the highest ever given."""

import re
from typing import Literal

Bump = Literal["MAJOR", "MINOR"]

_LABEL = re.compile(r"v([1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


def parse(label: str) -> tuple[int, int] | None:
    """Return (major, minor) of a label, or None when it is not one."""
    match = _LABEL.fullmatch(label)
    return (int(match[1]), int(match[2])) if match else None


def following(highest: tuple[int, int] | None, bump: Bump) -> tuple[int, int]:
    """Return the label after the highest one; the first is v1.0."""
    if highest is None:
        return 1, 0
    return (highest[0] + 1, 0) if bump == "MAJOR" else (highest[0], highest[1] + 1)


def spelled(label: tuple[int, int]) -> str:
    """Return ``v<major>.<minor>``."""
    return f"v{label[0]}.{label[1]}"
