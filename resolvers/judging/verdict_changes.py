"""What staff read of verdicts that changed."""

from loaders.judging import verdict_changes
from loaders.judging.verdict_changes import VerdictChange
from loaders.pages import Page, PageOf
from resolvers.context import Context
from resolvers.policy import may_read_content, require


async def verdicts_changed(ctx: Context, page: PageOf) -> Page[VerdictChange]:
    """Return a page of verdicts that say the opposite of an earlier one, newest first."""
    require(ctx.viewer, may_read_content)
    return await verdict_changes.page(ctx.database, page)
