"""The gateway: HTTP and WebSockets, credentials, limits, jobs, GraphiQL, and the command line.

A request becomes a ``Viewer`` and a ``Context`` here and is handed to the schema. What can be refused without knowing
the content is refused here: form, size, depth, cost, rate. ``server/`` holds connections and processes, ``http/`` and
``websocket/`` the two ways in, ``execution/`` what runs an operation, ``jobs/`` the worker's tasks, ``cli/`` the
commands of ``python -m gateway``, which go through the same resolvers as any mutation. It may import everything below
it. It must not know how anything is stored, and it decides no right: that is ``resolvers.policy``. Deliberately absent:
multipart uploads, batches of operations.
"""
