"""``/screenshots/RUN/PART.png``: the picture of a page that was run, for whom may read content."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from core import limits
from gateway.app_state import AppState
from gateway.errors import Refusal
from gateway.http.credentials import credential_of
from gateway.log import record_of
from resolvers.policy import may_read_content
from sql.database import Database
from versioning.judging import runs, verdicts

HEADERS = {
    "cache-control": "private, max-age=3600",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class Screenshots:
    """The pictures."""

    def __init__(self, parts: AppState) -> None:
        self._parts = parts

    async def __call__(self, request: Request) -> Response:
        database = self._parts.pool.database(seconds=limits.REQUEST_SECONDS)
        try:
            return await self._answer(request, database)
        finally:
            record_of(request).cost(database.meter)

    async def _answer(self, request: Request, database: Database) -> Response:
        # Another site's page can neither send the cookie (SameSite) nor read or show what is answered.
        credential = await credential_of(request, database, self._parts.clock(), deliberate=True)
        part = request.path_params["part"]
        if not may_read_content(credential.viewer) or part not in ("solution", "starter"):
            raise _absent()
        try:
            id = UUID(request.path_params["run"])
        except ValueError:
            raise _absent() from None
        found = await runs.by_id(database, [id])
        if not found:
            raise _absent()
        code = found[0].solution_code_hash if part == "solution" else found[0].starter_code_hash
        picture = await verdicts.screenshot(database, (found[0].judged_hash, code))
        if picture is None:
            raise _absent()
        return Response(picture, media_type="image/png", headers=HEADERS)


def _absent() -> Refusal:
    return Refusal(404, "NOT_FOUND", "There is no such picture, or it is not yours to see.")
