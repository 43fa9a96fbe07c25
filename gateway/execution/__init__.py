"""Executing one operation: parsing and caching documents, cost, variables, introspection, deadlines, and the executor.

It knows neither HTTP nor WebSockets; both hand it a request and get an answer.
"""
