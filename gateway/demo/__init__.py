"""The demo and the sample: content for an empty database, its stored verdicts, and learners for measurements.

The texts lie in the top-level folder ``demo``; they go through the same mutations as anybody's content.
"""
