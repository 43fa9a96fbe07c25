"""How a page ended, and the errors of a learner's page."""

from enum import Enum

import strawberry

from practice import grading
from resolvers.policy import everyone
from schema.fields import Shows, column


@strawberry.enum(description="How a page came to its end.")
class PageRunStatus(Enum):
    FINISHED = strawberry.enum_value("FINISHED", description="Every test was run.")
    TIMED_OUT = strawberry.enum_value("TIMED_OUT", description="It took longer than it may.")
    CRASHED = strawberry.enum_value("CRASHED", description="It took the browser down.")
    OUT_OF_MEMORY = strawberry.enum_value("OUT_OF_MEMORY", description="It took more memory than it may.")
    INCONCLUSIVE = strawberry.enum_value("INCONCLUSIVE", description="The machine was too busy to tell.")
    RUNNER_UNAVAILABLE = strawberry.enum_value("RUNNER_UNAVAILABLE", description="There was no browser.")
    RUNNER_ERROR = strawberry.enum_value("RUNNER_ERROR", description="The browser failed, not the page.")


@strawberry.enum(description="Where an error of a page comes from.")
class PageErrorKind(Enum):
    SYNTAX = strawberry.enum_value("SYNTAX", description="The browser could not parse a file.")
    EXCEPTION = strawberry.enum_value(
        "EXCEPTION", description="An exception that the page did not catch while it loaded or ran."
    )
    REJECTION = strawberry.enum_value("REJECTION", description="A rejected promise that the page did not handle.")
    CONSOLE = strawberry.enum_value("CONSOLE", description="A call of console.error.")


@strawberry.type(description="An error of a learner's page, found while it was judged.")
class PageError(Shows[grading.PageError]):
    kind: PageErrorKind = column("Where it comes from.", see=everyone)
    message: str = column("The message, at most 500 characters.", see=everyone)
    file: str | None = column(
        "html, css, js or the name of a further file; null when it is in none of them.", see=everyone
    )
    line: int | None = column("The line in the learner's file, from 1; null when unknown.", see=everyone)
    column: int | None = column("The column, from 1; null when unknown.", see=everyone)
