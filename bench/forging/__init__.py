"""Hostile pages for ``bench.forge``: payloads, hostile values, and what tests do with the values of a page.

The JavaScript lies beside the Python that reads it; ``bench.forge`` puts both before starters and solutions.
"""
