"""Settings: everybody who manages people reads and sets them."""

from accounts import settings
from resolvers.context import Context
from resolvers.policy import may_manage_people, require


async def get_setting(ctx: Context, name: str) -> str:
    """Return a setting's value; raises ``Refused`` when there is no such setting."""
    require(ctx.viewer, may_manage_people)
    return await settings.get(ctx.database, name)


async def set_setting(ctx: Context, name: str, value: str) -> None:
    """Set a setting; raises ``Refused`` for a name or a value that there is not."""
    require(ctx.viewer, may_manage_people)
    async with ctx.database.transaction() as tx:
        await settings.put(tx, name, value, ctx.act())
    ctx.forget()
