# The gateway's image, and with `--target worker` the one that runs code, which has a browser besides. Neither uv nor Node
# nor npm's packages are in them.

# GraphiQL: the build brings its own Node, pinned by hash, and npm's packages by their lock file.
FROM python:3.13-slim AS graphiql
WORKDIR /srv/palimpsest
COPY gateway/__init__.py gateway/
COPY gateway/graphiql gateway/graphiql
RUN python -m gateway.graphiql.build

# The packages: exactly what the lock names, by hash, but for what only tests import and the GPL covers.
FROM python:3.13-slim AS packages
WORKDIR /srv/palimpsest
RUN pip install --no-cache-dir --root-user-action=ignore uv==0.13.9
COPY requirements.lock .
RUN uv venv .venv && uv pip sync --no-cache --require-hashes --compile-bytecode --python .venv/bin/python requirements.lock \
    && uv pip uninstall --python .venv/bin/python pglast

FROM python:3.13-slim AS house
ENV PATH=/srv/palimpsest/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin palimpsest
WORKDIR /srv/palimpsest
COPY --from=packages /srv/palimpsest/.venv .venv
COPY core core
COPY embedded embedded
COPY sql sql
COPY accounts accounts
COPY versioning versioning
COPY practice practice
COPY sandbox sandbox
COPY loaders loaders
COPY workflows workflows
COPY resolvers resolvers
COPY schema schema
COPY gateway gateway
COPY --from=graphiql /srv/palimpsest/gateway/graphiql/dist gateway/graphiql/dist
# Nothing in the images belongs to the user that serves, and they may be mounted read-only.
USER 10001

# The worker that runs code: Debian's Chromium, its own sandbox made of user namespaces, which the container must allow.
FROM house AS worker
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends chromium-headless-shell \
    && rm -rf /var/lib/apt/lists/*
USER 10001
CMD ["python", "-m", "gateway", "worker"]

FROM house AS gateway
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["python", "-m", "gateway", "serve", "--host", "0.0.0.0", "--port", "8000"]
