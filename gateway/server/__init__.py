"""Sockets and processes: accepting connections, their limits and timers, the serving loop, and the supervisor.

Everything here runs below HTTP requests: uvicorn's protocols with timers, the caps on connections per client, and how a
process starts, ends and keeps its background parts alive.
"""
