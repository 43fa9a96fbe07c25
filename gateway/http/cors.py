"""CORS by starlette's middleware, as ``PALIMPSEST_ORIGINS`` says.

It stands outside of all other layers, so that every answer carries its headers, also the last net's. It answers
preflights itself: they reach neither the application nor the log.
"""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from gateway.http.credentials import PREFLIGHT_HEADERS, VISITOR_HEADER
from gateway.http.origins import EVERYBODY, LOCAL, Origins

PREFLIGHT_SECONDS = 600
METHODS = ("GET", "POST", "DELETE")
SENT = ("authorization", "content-type", *PREFLIGHT_HEADERS, VISITOR_HEADER, "x-request-id")
READ = ("x-request-id", "retry-after")


def with_cors(app: ASGIApp, origins: Origins) -> ASGIApp:
    """Return the application behind CORS; credentials only for exact origins, never for ``*``."""
    return CORSMiddleware(
        app,
        allow_origins=[EVERYBODY] if origins.everybody else sorted(origins.listed),
        allow_origin_regex=LOCAL if origins.local else None,
        allow_credentials=bool(origins.listed) or origins.local,
        allow_methods=METHODS,
        allow_headers=SENT,
        expose_headers=READ,
        max_age=PREFLIGHT_SECONDS,
    )
