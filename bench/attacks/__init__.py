"""Attacks on a gateway for ``bench.edge``: the registry, attacks by connections, and attacks by requests.

Each is a coroutine that goes on until it is cancelled and counts what it got.
"""
