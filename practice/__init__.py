"""Learners: what they follow, begin, submit and complete, and how that is counted.

An *enrolment* is a learner in a track, *progress* a learner in a challenge, an *attempt* one submission of theirs.
Progress is pinned to the version that the learner began with; nothing but their own act, or a publication's stated
policy, moves the pin, and an attempt is judged by the version it was submitted for. What completing means is decided
here from the outcomes of a version's tests, never from anybody's word: a score is the share of passed weight, and only
all tests passed complete. The first completion is counted once, however many verdicts arrive at once, and is never
taken back.

It may import sql and nothing beside it: which version a learner gets and what its tests are is versioning's knowledge
and comes as an argument. It must not know how a page is judged (that is the sandbox) or that GraphQL exists. Writes
take a ``Transaction`` whose identity is the learner, and never commit; the database shows a learner's rows to that
learner alone. Deliberately absent: deleting an attempt, and taking a completion back.
"""
