"""Runs, replays, changed verdicts, and judging an attempt again: what a request may ask the sandbox for."""
