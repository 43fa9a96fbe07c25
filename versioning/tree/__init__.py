"""The content tree: its nodes, their changes, and ``applyContent``.

``applyContent`` brings the tree to a stated form in one act: all of it or nothing, changing only what differs.
"""
