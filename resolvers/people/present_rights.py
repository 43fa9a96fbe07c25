"""The present rights of somebody who planned something and is not there when it is done."""

from typing import cast
from uuid import UUID

from accounts import people
from resolvers.context import Role, Viewer
from resolvers.policy import may_publish
from sql.database import Reads


async def may_publish_now(reads: Reads, user_id: UUID) -> bool:
    """Tell whether somebody may publish in person by now: they may have got another role, or be suspended."""
    (user,) = await people.users_by_id(reads, [user_id])
    viewer = Viewer(user.id, cast(Role, user.role), user.display_name)
    return user.suspended_at is None and may_publish(viewer)
