"""Batched reading: one statement answers all keys that a level of a query asks for.

A loader is named by what it loads and by which key, is built for one request, and answers in the order of its keys.
One loader writes: whoever resolves the texts of an experiment's arm is entered as drawn for it, before they see them.
It may import the domains (versioning, practice, accounts) and sql. It must not know GraphQL, and who may see a row is
an argument that it hands to the statement, never a filter of its own.
"""
