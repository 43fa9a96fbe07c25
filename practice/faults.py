"""The faults that only practice knows; the others are in ``sql.faults``."""

from sql.faults import Fault


class NotEnrolled(Fault):
    """You are not enrolled in this track; enroll first."""


class NotBegun(Fault):
    """You have not begun this challenge; startChallenge begins it."""
