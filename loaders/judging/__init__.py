"""Batched reads of runs, replays, head status and changed verdicts: one statement answers all keys of a level."""
