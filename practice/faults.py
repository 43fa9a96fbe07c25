"""The faults that only practice knows; the others are in ``core.faults``."""

from core.faults import Fault


class NotEnrolled(Fault):
    """You are not enrolled in this track; enroll first."""


class AlreadyJudged(Fault):
    """The attempt has a verdict on the work, which stands; submit again to have other code judged."""


class RejudgedTooOften(Fault):
    """This attempt was judged again three times within an hour; try again later."""


class NotBegun(Fault):
    """You have not begun this challenge; startChallenge begins it."""
