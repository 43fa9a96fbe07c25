"""From a path in the input to a place in a file."""

from pathlib import Path

import pytest

from gateway.content_files.source_locations import place_in_json, slug_path

TEXT = """{
  "tracks": [
    {"slug": "a", "title": "say \\"]\\" {"},
    {
      "slug": "b",
      "modules": [
        {"slug": "m",
         "lessons": []}
      ]
    }
  ]
}
"""
TREE = {"tracks": [{"slug": "a"}, {"slug": "b", "modules": [{"slug": "m", "lessons": []}]}]}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", 1),
        ("tracks", 2),
        ("tracks 0 title", 3),
        ("tracks 1", 4),
        ("tracks 1 slug", 5),
        ("tracks 1 modules 0", 7),
        ("tracks 1 modules 0 lessons", 8),
        ("tracks 1 modules 0 title", 7),
        ("tracks 9", 2),
        ("changelog", 1),
    ],
)
def test_line_of_a_path_is_that_of_its_value_or_of_the_nearest(path: str, line: int) -> None:
    assert place_in_json(Path("c.json"), TEXT, path.split()) == f"c.json:{line}"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("tracks 0 title", "a: title"),
        ("tracks 1 modules 0", "b/m"),
        ("tracks 1 modules 0 lessons 3", "b/m: lessons 3"),
        ("changelog", "changelog"),
        ("tracks 7 slug", "tracks 7 slug"),
    ],
)
def test_path_is_told_in_slugs(path: str, said: str) -> None:
    assert slug_path(TREE, path.split()) == said
