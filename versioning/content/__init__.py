"""The content of a challenge: its definition, its hashes, drafts, reviews, differences, test libraries, solutions.

A content is all the text that a version freezes. Its ``content_hash`` binds approvals, its ``judged_hash`` binds
verdicts. Labels and the kind of a change follow from two contents.
"""
