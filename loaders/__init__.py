"""Batched reading: one statement answers all keys that a level of a query asks for.

A loader is an object beside its query, made of a function by ``@loader`` or ``@list_loader`` (``loaders.loader``) and
named by what it loads and by which key: ``challenge_by_id``. Whoever needs it imports it, and loads by the
``ReadContext`` of their request, ``ctx.load(challenge_by_id, id)``; nothing lists all loaders.
One loader writes: whoever resolves the texts of an experiment's arm is entered as drawn for it, before they see them.
It may import the domains (versioning, practice, accounts) and sql. It must not know GraphQL, and who may see a row is
an argument that it hands to the statement, never a filter of its own.
"""
