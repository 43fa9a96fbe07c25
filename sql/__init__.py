"""The ground floor: what is stored, and how it is reached.

Here live the numbered migrations, the named queries (one file a noun under ``queries/``), the row types that they
answer with, the database and its transactions, the embedded server, and the few things that decide how a value is
stored: ids, canonical JSON and its hash, sealing. It imports nothing else of the house. It must not know what a
publish is, who may do it, or that GraphQL exists: a query is text with a name, and rules live upstairs.
"""
