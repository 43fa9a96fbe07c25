"""Mutations of experiments."""

from typing import Annotated, Any

import strawberry
from strawberry.types import Info

from loaders.content.experiments import experiment_by_id
from loaders.content.log import publication_by_id
from loaders.content.versions import version_by_id
from resolvers.content import experiments
from resolvers.policy import may_publish
from schema.content.publications import Publication
from schema.content.versions import ChallengeVersion
from schema.experiments.experiments import Experiment
from schema.inputs import INPUT, Reader, answered, asked, context, idempotency_key
from schema.payloads import Payload
from versioning.experiments.experiments import ArmRequest, ExperimentRequest
from versioning.experiments.rules import Policy

LIVE_SET = "The live set that was seen; another one means STALE."


@strawberry.input(description="A version in an experiment.")
class ExperimentArmInput:
    label: str = strawberry.field(description="Its label; any published version.")
    weight: int = strawberry.field(description="Its share in percent, 1 to 99; those of all arms sum to 100.")

    def wish(self) -> ArmRequest:
        return ArmRequest(self.label, self.weight)


@strawberry.input(description="What an arm must not pass; if one does, the control alone is live within a minute.")
class GuardrailsInput:
    max_error_percent: int | None = strawberry.field(
        default=None, description="Judged attempts in which the page or a test broke, in percent of all."
    )
    max_abandon_percent: int | None = strawberry.field(
        default=None, description="Learners who came more than a day ago and did nothing since, in percent of all such."
    )
    max_attempts: int | None = strawberry.field(
        default=None, description="Attempts up to completion, of those who completed it, on the average."
    )


@strawberry.input(description="Versions to put live at once.")
class StartExperimentInput:
    challenge_id: strawberry.ID = strawberry.field(description="Which challenge.")
    name: str = strawberry.field(description="What to call it, at most 200 characters.")
    hypothesis: str = strawberry.field(description="What is expected of it, at most 2,000 characters.")
    arms: list[ExperimentArmInput] = strawberry.field(description="Two to five versions.")
    control_label: str = strawberry.field(description="The one of them that the others are compared with.")
    live_set_hash: str = strawberry.field(description=LIVE_SET)
    promote_winner: bool = strawberry.field(
        default=False, description="End it with the winner as soon as there is one, without asking."
    )
    adapt_weights: bool = strawberry.field(
        default=False,
        description="Give arms weights by how likely each is the best (Thompson), at least 5 % each, without asking.",
    )
    guardrails: GuardrailsInput | None = strawberry.field(default=None, description="What ends it without asking.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="Other weights for a running experiment.")
class ReweighExperimentInput:
    experiment_id: strawberry.ID = strawberry.field(description="Which experiment.")
    arms: list[ExperimentArmInput] = strawberry.field(description="All its arms with their new weights.")
    live_set_hash: str = strawberry.field(description=LIVE_SET)
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An experiment to end, whatever it shows.")
class StopExperimentInput:
    experiment_id: strawberry.ID = strawberry.field(description="Which experiment.")
    keep_label: str | None = strawberry.field(default=None, description="The arm that stays live; absent, the control.")
    live_set_hash: str = strawberry.field(description=LIVE_SET)
    reason: str = strawberry.field(description="Why, for the log.")
    idempotency_key: str | None = idempotency_key()


@strawberry.input(description="An experiment to end with the version that it speaks for.")
class PromoteVersionInput:
    experiment_id: strawberry.ID = strawberry.field(description="Which experiment.")
    label: str = strawberry.field(description="The arm that stays live.")
    live_set_hash: str = strawberry.field(description=LIVE_SET)
    reason: str = strawberry.field(description="Why, for the log; may be empty where the verdict names this winner.")
    idempotency_key: str | None = idempotency_key()


@strawberry.type(description="The answer of startExperiment.")
class StartExperimentPayload(Payload):
    experiment: Experiment | None = strawberry.field(default=None, description="The experiment, which runs.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type(description="The answer of reweighExperiment.")
class ReweighExperimentPayload(Payload):
    experiment: Experiment | None = strawberry.field(default=None, description="The experiment in its new phase.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type(description="The answer of stopExperiment.")
class StopExperimentPayload(Payload):
    experiment: Experiment | None = strawberry.field(default=None, description="The experiment, which is over.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type(description="The answer of promoteVersion.")
class PromoteVersionPayload(Payload):
    experiment: Experiment | None = strawberry.field(default=None, description="The experiment, which is over.")
    version: ChallengeVersion | None = strawberry.field(default=None, description="The version that is live alone.")
    publication: Publication | None = strawberry.field(default=None, description="The entry of the log.")


@strawberry.type
class ExperimentMutations:
    @strawberry.mutation(
        description="Put two to five published versions live at once; learners are drawn among them as they come."
    )
    async def start_experiment(
        self, info: Info[Any, Any], input: Annotated[StartExperimentInput, INPUT]
    ) -> StartExperimentPayload:
        async def do() -> StartExperimentPayload:
            reader = Reader(info, may_publish)
            challenge_id = reader.id(input.challenge_id, "Challenge", "challengeId")
            reader.settle()
            wanted = ExperimentRequest(
                input.name, input.hypothesis, [arm.wish() for arm in input.arms], input.control_label, _policy(input)
            )
            ids = await experiments.start(
                context(info), asked("startExperiment", input), challenge_id, wanted, input.live_set_hash
            )
            return StartExperimentPayload(**await _shown(info, ids))

        return await answered(StartExperimentPayload, do())

    @strawberry.mutation(
        description="Give a running experiment other weights; who was drawn already stays with their arm."
    )
    async def reweigh_experiment(
        self, info: Info[Any, Any], input: Annotated[ReweighExperimentInput, INPUT]
    ) -> ReweighExperimentPayload:
        async def do() -> ReweighExperimentPayload:
            reader = Reader(info, may_publish)
            experiment_id = reader.id(input.experiment_id, "Experiment", "experimentId")
            reader.settle()
            ids = await experiments.reweigh(
                context(info),
                asked("reweighExperiment", input),
                experiment_id,
                [arm.wish() for arm in input.arms],
                input.live_set_hash,
                input.reason,
            )
            return ReweighExperimentPayload(**await _shown(info, ids))

        return await answered(ReweighExperimentPayload, do())

    @strawberry.mutation(description="End an experiment with one of its arms alone live, the control if none is named.")
    async def stop_experiment(
        self, info: Info[Any, Any], input: Annotated[StopExperimentInput, INPUT]
    ) -> StopExperimentPayload:
        async def do() -> StopExperimentPayload:
            reader = Reader(info, may_publish)
            experiment_id = reader.id(input.experiment_id, "Experiment", "experimentId")
            reader.settle()
            ids = await experiments.stop(
                context(info),
                asked("stopExperiment", input),
                experiment_id,
                input.keep_label,
                input.live_set_hash,
                input.reason,
            )
            return StopExperimentPayload(**await _shown(info, ids))

        return await answered(StopExperimentPayload, do())

    @strawberry.mutation(description="End an experiment with the winner alone live; another arm needs a reason.")
    async def promote_version(
        self, info: Info[Any, Any], input: Annotated[PromoteVersionInput, INPUT]
    ) -> PromoteVersionPayload:
        async def do() -> PromoteVersionPayload:
            reader = Reader(info, may_publish)
            experiment_id = reader.id(input.experiment_id, "Experiment", "experimentId")
            reader.settle()
            ids = await experiments.promote(
                context(info),
                asked("promoteVersion", input),
                experiment_id,
                input.label,
                input.live_set_hash,
                input.reason,
            )
            version = await context(info).loaders.load(version_by_id, ids["version"])
            return PromoteVersionPayload(version=ChallengeVersion.maybe(version), **await _shown(info, ids))

        return await answered(PromoteVersionPayload, do())


def _policy(input: StartExperimentInput) -> Policy:
    rails = input.guardrails
    return Policy(
        promote=input.promote_winner,
        adapt=input.adapt_weights,
        errors=rails.max_error_percent if rails else None,
        abandoned=rails.max_abandon_percent if rails else None,
        attempts=rails.max_attempts if rails else None,
    )


async def _shown(info: Info[Any, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """Return what every payload shows of what was done, read afresh."""
    loaders = context(info).loaders
    return {
        "experiment": Experiment.maybe(await loaders.load(experiment_by_id, ids["experiment"])),
        "publication": Publication.maybe(await loaders.load(publication_by_id, ids["publication"])),
    }
