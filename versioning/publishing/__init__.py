"""Publishing: the state that a publish locks and reads, its gates, rollback, archive, and releases of many challenges.

Each act compares the live set that the caller saw with the stored one, and appends one entry to the log.
"""
