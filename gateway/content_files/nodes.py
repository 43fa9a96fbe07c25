"""The tree while it is being read: nodes that know their file and number, and how one tree covers another.

Four levels below the root: track, module, lesson, challenge. A node of a later folder replaces the fields of
the earlier one with the same slug path whole, never key by key: a file always shows all of its challenge.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

LEVELS = ("track", "module", "lesson", "challenge")
# By depth: what the children of a node at this depth are called in ApplyContentInput.
CHILDREN = ("tracks", "modules", "lessons", "challenges")

SlugPath: TypeAlias = tuple[str, ...]


@dataclass(slots=True)
class Node:
    """A track, module, lesson or challenge; the root has an empty slug and depth 0."""

    slug: str
    depth: int
    path: Path
    order: int | None = None
    # None: this folder brings only children, and an earlier one tells the title.
    fields: dict[str, object] | None = None
    children: dict[str, "Node"] = field(default_factory=dict)

    def in_order(self) -> list["Node"]:
        """Return the children by number, those without one last, equals by slug."""
        return sorted(self.children.values(), key=lambda it: (it.order is None, it.order or 0, it.slug))

    def walk(self, above: SlugPath = ()) -> Iterator[tuple[SlugPath, "Node"]]:
        """Yield all nodes below this one with their slug paths, parents first, in order."""
        for child in self.in_order():
            path = (*above, child.slug)
            yield path, child
            yield from child.walk(path)

    def find(self, path: SlugPath) -> "Node | None":
        """Return the node at ``path`` below this one."""
        node: Node | None = self
        for slug in path:
            node = node.children.get(slug) if node else None
        return node

    def json(self) -> dict[str, object]:
        """Return the node in the shape of its content input."""
        result = dict(self.fields or {})
        if self.depth < len(CHILDREN):
            result[CHILDREN[self.depth]] = [child.json() for child in self.in_order()]
        return result


def lay_over(root: Node, later: Node) -> None:
    """Change ``root`` into what it is once ``later``, a root as well, has been laid over it.

    A node that names a former path takes the place of the node there, children included, instead of standing
    beside it. Nothing is ever removed otherwise: a folder cannot name what it lacks.
    """
    # All former paths are looked up before anything moves, since each is a path of the tree as it was.
    former: dict[SlugPath, tuple[Node, str]] = {}
    for path, node in later.walk():
        *above, slug = str((node.fields or {}).get("formerPath", "")).split("/")
        parent = root.find(tuple(above))
        if parent and slug in parent.children and not root.find(path) and parent.depth == node.depth - 1:
            former[path] = parent, slug
    moved = {path: parent.children.pop(slug, None) for path, (parent, slug) in former.items()}
    _lay(root, later, (), moved)


def _lay(earlier: Node, later: Node, above: SlugPath, moved: dict[SlugPath, Node | None]) -> None:
    for slug, child in later.children.items():
        path = (*above, slug)
        target = earlier.children.get(slug) or moved.get(path) or Node(slug, child.depth, child.path)
        earlier.children[slug] = target
        target.slug, target.path = slug, child.path
        target.order = child.order if child.order is not None else target.order
        target.fields = child.fields if child.fields is not None else target.fields
        _lay(target, child, path, moved)
