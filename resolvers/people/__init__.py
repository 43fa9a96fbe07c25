"""Accounts, sessions, API tokens and settings: what a request may change about people, and what it may read."""
