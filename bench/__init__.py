"""Trials that are too long for every run of the suite: speed, soak, and races at full size.

Each is a command (``python -m bench.<name> --help``) that measures one thing on a database of its own and prints the
figures that ``docs/operations.md`` quotes. The suite runs the same code in small. It may import everything below the
gateway, and the build that makes chai; nothing imports it but tests.
"""
