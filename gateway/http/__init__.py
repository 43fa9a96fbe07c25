"""HTTP: the GraphQL endpoint, bodies, media types, origins, credentials, sessions, probes, and the error format.

A request passes the middleware, then one endpoint of this package. Nothing here runs an operation:
``gateway.execution`` does.
"""
