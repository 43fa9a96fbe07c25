"""Rows that only the front door asks for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PingRow:
    """The database's sign of life."""

    alive: bool


@dataclass(frozen=True, slots=True)
class TurnRow:
    """Whether it is this process's turn to do the housekeeping."""

    mine: bool
