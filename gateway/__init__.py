"""The front door: HTTP, credentials, limits, the log line, GraphiQL, and the command line.

Here a request becomes a ``Viewer`` and a ``Context`` and is handed to the schema; everything that can be refused
without knowing what the content means is refused here (form, size, depth, cost, tempo). The commands of
``python -m gateway`` live in ``commands/``, one file each, and go through the same schema, so that a command can do
nothing that a mutation could not. It may import everything below it. It must not know how anything is stored, and it
decides no right: that is ``resolvers.policy``. Deliberately absent: CORS (a frontend stands behind the same origin or
brings its own proxy), multipart uploads, batches of operations.
"""
