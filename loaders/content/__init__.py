"""Batched reads of content: tree nodes, versions, drafts, libraries, the log, releases, experiments.

One statement answers all keys of a level of the query.
"""
