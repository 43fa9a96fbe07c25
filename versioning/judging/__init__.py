"""Judging: runs in the sandbox, stored verdicts, replays of learners' code, and what they say about a change.

A verdict is stored once for each pair of judged hash and code hash, for each browser engine and protocol.
"""
