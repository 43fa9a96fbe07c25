"""What spans domains, one verb a module: choosing a version, submitting, judging, publishing, and what follows from it.

Resolvers and jobs alike call these functions, after they have checked who may do what. A workflow takes what it needs
as arguments: a transaction, or the database where it opens transactions of its own, who acts and when, keys, the clock.
It may import loaders, the domains, the sandbox and sql. It must not know a request, GraphQL or procrastinate, and it
decides about nobody's rights: where those count in its midst, the answer comes as an argument.
"""
