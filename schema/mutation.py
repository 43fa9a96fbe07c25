"""The root of writing: every noun's mutations together."""

import strawberry

from schema.apply import ApplyMutations
from schema.draft_mutations import DraftMutations
from schema.experiment_mutations import ExperimentMutations
from schema.libraries import LibraryMutations
from schema.people_mutations import PeopleMutations
from schema.practice_mutations import PracticeMutations
from schema.publishing_mutations import PublishingMutations
from schema.rejudging import RejudgingMutations
from schema.release_mutations import ReleaseMutations
from schema.replays import ReplayMutations
from schema.runs import RunMutations
from schema.statistics_mutations import StatisticsMutations
from schema.tree_mutations import TreeMutations


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
