"""The types and mutations of content.

The tree, drafts, versions, publishing, releases, test libraries, and ``applyContent``: one noun a file, its mutations
in a file beside it.
"""
