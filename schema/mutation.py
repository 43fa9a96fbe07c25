"""The root of writing: every noun's mutations together."""

import strawberry

from schema.content.apply import ApplyMutations
from schema.content.draft_mutations import DraftMutations
from schema.content.libraries import LibraryMutations
from schema.content.publishing_mutations import PublishingMutations
from schema.content.release_mutations import ReleaseMutations
from schema.content.tree_mutations import TreeMutations
from schema.experiments.experiment_mutations import ExperimentMutations
from schema.judging.rejudging import RejudgingMutations
from schema.judging.replays import ReplayMutations
from schema.judging.runs import RunMutations
from schema.operations.statistics_mutations import StatisticsMutations
from schema.people.people_mutations import PeopleMutations
from schema.practice.practice_mutations import PracticeMutations


@strawberry.type(description="Everything that can be done. Each answers its result or userErrors; refused is not done.")
class Mutation(
    PeopleMutations,
    PracticeMutations,
    RejudgingMutations,
    TreeMutations,
    DraftMutations,
    PublishingMutations,
    ExperimentMutations,
    ReleaseMutations,
    ApplyMutations,
    StatisticsMutations,
    RunMutations,
    ReplayMutations,
    LibraryMutations,
):
    pass
