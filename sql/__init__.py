"""Storage: the numbered migrations, the named queries, the row types, and the database with its transactions.

A query is text with a name, in ``queries/<domain>/<noun>.sql``; each answers with a row type of ``rows/``. Jobs are
deferred here and signals are heard here. It imports ``core``, and ``embedded`` for one program. It must not know what a
publish is, who may do it, or that GraphQL exists.
"""
