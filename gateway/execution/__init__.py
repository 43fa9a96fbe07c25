"""Executing one operation: parsing and caching documents, cost, variables, introspection, deadlines, and the executor.

HTTP and WebSockets hand it a request and get an answer, whose errors have the form of ``gateway.http.error_format``.
"""
