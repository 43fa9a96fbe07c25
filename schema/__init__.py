"""The GraphQL contract: types, queries, mutations, payloads and user errors, one noun a file.

A field is an attribute of its row (``column``), a row reached by a loader (``loaded``), or a root field or mutation
with a resolver; ``fields.py`` says how, and refuses at import a declaration that does not fit. It may import resolvers,
and strawberry. It must not know HTTP, sessions or SQL; it never decides who may act, only declares who may see.
"""
