"""What a request may do: one module a noun, each function a check of policy and then one call into a domain.

``Context`` and ``Viewer`` live here, ``policy`` holds every right to act as a function named like a sentence, and here
transactions are opened (in loaders the one that enters who was drawn, in ``gateway.jobs`` those of jobs), so that what
two domains do for one request commits together. It may import loaders, the domains and sql. It must not know GraphQL's
types, and it decides nothing about content: the domains do.
"""
