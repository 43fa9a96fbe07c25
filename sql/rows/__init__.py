"""What queries answer with: frozen, slotted dataclasses whose fields are the query's columns, one file a noun.

A row is what the database said and nothing else: no method that computes, no default, no knowledge of who may see it.
"""
