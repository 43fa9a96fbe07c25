"""People: who they are, how they prove it, what they may be trusted with, and the record of what admins do to them.

A *person* signs in with an e-mail address and a password and gets a *session*; a *service account* has neither and
is reached through *API tokens* only. The address is sealed and found again by a keyed hash, a password is an argon2id
hash, every other secret (session, token, invitation) is random and stored as its SHA-256: a copy of the tables signs
nobody in. Rows of people are never deleted, for history keeps their ids. What admins do beside publishing is appended
to a hash-chained audit record, which holds ids and never personal data.

It may import sql and nothing beside it. It must not know challenges, GraphQL or HTTP, and it decides who somebody is,
never what they may do: that is ``resolvers.policy``. Writes take a ``Transaction`` and never commit; reads take
``Reads``; the time is an argument. Passwords are hashed before a transaction is opened, so that none waits for one.
"""
