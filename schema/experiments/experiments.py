"""Experiments and what they show. Learners reach nothing of them."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from loaders.content.experiments import experiment_by_id, results_by_experiment_id
from loaders.content.tree import challenge_by_id
from loaders.content.versions import version_by_id
from loaders.users import user_by_id
from resolvers.policy import may_read_content
from schema.content.versions import ChallengeVersion
from schema.fields import Shows, column, inherited, loaded, shown
from schema.node import Node
from schema.people.users import User
from sql.rows.experiments import ExperimentRow
from versioning.experiments import results

if TYPE_CHECKING:
    from schema.content.tree import Challenge


@strawberry.enum(description="How an experiment stands.")
class ExperimentState(Enum):
    RUNNING = strawberry.enum_value("RUNNING", description="Its arms are live.")
    STOPPED = strawberry.enum_value("STOPPED", description="It ended with one of its arms, whatever it showed.")
    PROMOTED = strawberry.enum_value("PROMOTED", description="It ended with the arm that was promoted.")


@strawberry.enum(description="What may be said of an experiment now.")
class ExperimentVerdictState(Enum):
    COLLECTING = strawberry.enum_value("COLLECTING", description="Nothing yet.")
    WINNER = strawberry.enum_value("WINNER", description="One arm is completed more often, by more than chance does.")
    NO_DIFFERENCE = strawberry.enum_value(
        "NO_DIFFERENCE", description="Whatever difference there is, it is less than one point in a hundred."
    )
    SAMPLE_RATIO_MISMATCH = strawberry.enum_value(
        "SAMPLE_RATIO_MISMATCH", description="Learners did not come as the weights say: nothing may be concluded."
    )
    GUARDRAIL = strawberry.enum_value("GUARDRAIL", description="An arm passed a guardrail, which ended it.")


@shown(see=may_read_content, description="A share, or a difference of shares, and between what it lies.")
class Interval(Shows[results.Estimate]):
    estimate: float = column("The best guess.", see=inherited)
    low: float = column("The lower end.", see=inherited)
    high: float = column("The upper end.", see=inherited)


@shown(see=may_read_content, description="A version in an experiment, and what became of those drawn for it.")
class ExperimentArm(Shows[results.ArmResult]):
    version: ChallengeVersion = loaded("The version.", by="version_id", loader=version_by_id, see=inherited)
    weight: int = column("Its present or last share in percent.", see=inherited)
    exposures: int = column("How many learners were drawn for it, as they opened the challenge.", see=inherited)
    completions: int = column("How many of them completed the challenge.", see=inherited)
    completion: Interval | None = column(
        "The share that completed it, with Wilson's interval at 95 %; phases of other weights are weighed.",
        see=inherited,
    )
    difference: Interval | None = column(
        "By how much that share differs from the control's; the interval holds however often one looks. Null for the"
        " control.",
        see=inherited,
    )
    average_attempts: float | None = column("Attempts of those who began.", see=inherited)
    average_score: float | None = column("Best score of those who have one.", see=inherited)


@shown(see=may_read_content, description="Whether learners came to the arms as the weights say.")
class SampleRatio(Shows[results.SampleRatio]):
    ok: bool = column("Whether nothing speaks against it; false blocks every verdict.", see=inherited)
    p_value: float = column("How likely chance alone is that far off; below 0.001 it is not ok.", see=inherited)


@shown(see=may_read_content, description="What may be said of an experiment now, and why.")
class ExperimentVerdict(Shows[results.Verdict]):
    state: ExperimentVerdictState = column("What.", see=inherited)
    winner: ChallengeVersion | None = loaded(
        "The version that is completed more often.", by="winner_id", loader=version_by_id, see=inherited
    )
    reason: str = column("Why, in a sentence.", see=inherited)


@shown(see=may_read_content, description="Several versions of a challenge, live at once to be compared.")
class Experiment(Shows[ExperimentRow], Node, node=experiment_by_id):
    challenge: Annotated["Challenge", strawberry.lazy("schema.content.tree")] = loaded(
        "The challenge.", by="challenge_id", loader=challenge_by_id, see=inherited
    )
    name: str = column("What it is called.", see=inherited)
    hypothesis: str = column("What is expected of it.", see=inherited)
    state: ExperimentState = column("How it stands.", see=inherited)
    phase: int = column("How often it was weighed: one more with each reweighExperiment.", see=inherited)
    started_at: datetime = column("Since when.", see=inherited)
    started_by: User = loaded("Who started it.", by="started_by", loader=user_by_id, see=inherited)
    stopped_at: datetime | None = column("Until when.", see=inherited)
    control: ChallengeVersion = loaded(
        "The version that the others are compared with.", by="control_version_id", loader=version_by_id, see=inherited
    )
    arms: list[ExperimentArm] = loaded(
        "Its versions, with what they show: as of now, or as the log keeps it once it is over.",
        by="id",
        loader=results_by_experiment_id,
        pick="arms",
        see=inherited,
    )
    sample_ratio: SampleRatio | None = loaded(
        "Whether learners came as the weights say; null while too few came.",
        by="id",
        loader=results_by_experiment_id,
        pick="sample_ratio",
        see=inherited,
    )
    verdict: ExperimentVerdict = loaded(
        "What may be said now.", by="id", loader=results_by_experiment_id, pick="verdict", see=inherited
    )
