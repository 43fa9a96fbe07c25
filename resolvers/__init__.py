"""What a request may do: one module a noun, each function a check of policy, then one call of a workflow or a domain.

``Context`` and ``Viewer`` live here, ``policy`` holds every right to act as a function named like a sentence, and
``idempotency`` opens the transaction of a write, so that what several domains do for one request commits together. It
may import workflows, loaders, the domains and sql. It must not know GraphQL's types, and it decides nothing about
content: the domains do.
"""
