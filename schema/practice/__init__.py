"""The types and mutations of learners: enrolments, progress, attempts, leaderboards, and notices about new versions."""
