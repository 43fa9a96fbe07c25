"""The publication log: entries under one lock, the hash chain, live sets, history, and the check of all of it.

The log is the only source of what was live at any moment; ``is_active`` and ``weight`` of the versions are its fold.
"""
