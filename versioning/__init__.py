"""The heart: drafts, versions, publishing, the log of what was live, and everything that reads it back.

The rules of history, told once. A challenge is an identity; what it says is a *version*, an immutable snapshot made by
a publish, like a commit. The *live set* of a challenge is a choice among its versions, like a branch that points at one
(at several while an experiment runs). Publishing, rolling back, archiving never change a version: they move the choice,
by compare-and-swap (the caller states the content and the live set that they saw), and each leaves one entry in the
*publication log* with the choice before and after. What was live at any moment is read from the log; ``is_active`` and
``weight`` on the versions are its fold, kept for fast reading. The *draft* is the one mutable text of a challenge, and
nothing that learners see ever reads it. Restoring puts an old text into the draft; rolling back makes an old version
live; neither does the other. A *release* is a plan to do several of these at once: one entry of the log, or none.
Deliberately absent: deleting anything, merging of drafts, branches of a challenge.

It may import sql and core, and what goes into the sandbox and comes out of it (``sandbox.work``); it never starts a
browser. It must not know people beyond their ids, who may do what, or GraphQL. Writes take a ``Transaction`` and never
commit; reads take ``Reads``.
"""
