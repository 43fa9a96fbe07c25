"""GraphiQL: the query editor that the gateway shows to browsers, built from npm packages.

Here live the npm project (``package.json``, the two pages, ``src/``), the build (``build``), the search for Node
(``node``) and the pages as the gateway serves them (``page``). It may import starlette; it must not know the
schema, sessions or the database: what it needs of them it asks over HTTP, like any other client.

The built pages load nothing from another host, and the API never waits for them: without them it serves all
the same, and the address says what is missing.
"""
