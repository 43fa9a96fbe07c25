"""Values and checks that every package shares: no input, no output, no database.

Ids, limits, faults, checks of text, canonical JSON and its hash, sealing, the three code files of a page, and the write
context (who writes, and when). It imports nothing else of the project.
"""
