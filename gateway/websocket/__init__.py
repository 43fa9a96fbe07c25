"""GraphQL over WebSockets: the protocol ``graphql-transport-ws``, its messages, and the caps on open sockets.

Queries and mutations take the same path as over HTTP, ``gateway.execution.single_result``.
"""
