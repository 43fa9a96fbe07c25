"""The pages of the npm project as the gateway serves them: their files, and two documents.

``graphiql_page`` and ``invitation_page`` are answers for whoever mounts them; ``routes`` is what they load.
Whether the pages are built is looked up at each request for a document, because the build may end while the
server runs.
"""

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.graphiql.build import DIST, built

# What the editor needs beyond its own scripts and workers: it places lines and widgets by inline styles, and
# its style sheet carries letter shapes and small pictures as data.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
# The document changes with the address's other readers (GraphQL clients) and with every build.
DOCUMENT_HEADERS = {**SECURITY_HEADERS, "Cache-Control": "no-cache", "Vary": "Accept"}
# Each file's name holds a hash of its content.
ASSET_HEADERS = {**SECURITY_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}

# The machine's own table of types is not asked: it differs between machines, and `nosniff` makes it matter.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
ASSET_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(\.[a-z0-9]+)")

NOT_BUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="10">
<title>Palimpsest</title>
<link rel="icon" href="data:,">
<style>
body { max-width: 38rem; margin: 14vh auto; padding: 0 1.5rem; font: 1rem/1.6 system-ui, sans-serif; }
code { padding: .1em .35em; border-radius: 4px; background: rgb(128 128 128 / .18); }
</style>
</head>
<body>
<h1>GraphiQL is not built yet</h1>
<p>The API serves all the same: send it <code>POST /graphql</code> with any GraphQL client.</p>
<p>Missing are only the files of the query editor. After a start they may still be in the making, and this page
will turn into the editor by itself. Otherwise build them in the project's folder:</p>
<p><code>.venv/bin/python -m gateway.graphiql.build</code></p>
<p>How the last attempt went is told in <code>.build/graphiql.log</code>.</p>
</body>
</html>
"""


def routes() -> list[BaseRoute]:
    """What the documents load, under ``/graphiql/``."""
    return [Route("/graphiql/assets/{name}", _asset)]


async def graphiql_page(request: Request) -> Response:
    """The sign-in form and the editor behind it, for a browser that asks for ``/graphql``."""
    return await run_in_threadpool(_document, "index.html")


async def invitation_page(request: Request) -> Response:
    """The form in which an invited person sets a password; the token stays in the address's fragment."""
    return await run_in_threadpool(_document, "invitation.html")


def _document(name: str) -> Response:
    folder = built()
    text = (folder / name).read_text(encoding="utf-8") if folder else NOT_BUILT
    return HTMLResponse(text, headers=DOCUMENT_HEADERS)


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    form = ASSET_NAME.fullmatch(name)
    path = DIST / "assets" / name
    if form is None or form[1] not in TYPES or not path.is_file():
        return PlainTextResponse("There is no such file.", status_code=404, headers=SECURITY_HEADERS)
    return FileResponse(path, media_type=TYPES[form[1]], headers=ASSET_HEADERS)
