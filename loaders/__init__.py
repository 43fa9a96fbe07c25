"""Batched reading: one statement answers all keys that a level of a query asks for.

A loader is an object beside its query, made of a function by ``@loader`` or ``@list_loader`` (``loaders.loader``) and
named by what it loads and by which key: ``challenge_by_id``. A caller imports it and loads through the ``ReadContext``
of the request, ``ctx.load(challenge_by_id, id)``; nothing lists all loaders. One loader writes: a learner who resolves
the texts of an experiment's arm gets a stored assignment before they see them. It may import the domains (versioning,
practice, accounts) and sql. It must not know GraphQL, and who may see a row is an argument that it hands to the
statement, never a filter of its own.
"""
