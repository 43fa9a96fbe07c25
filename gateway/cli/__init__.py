"""The commands of ``python -m gateway``: one file each, loaded only when it is called.

A file holds ``add(parser)``, which declares its options, and ``run(config, options)``, which returns the exit code.
A command that changes something goes through the same resolvers as a mutation, as the service account
``command line``, and leaves the same entries in the logs.
"""
