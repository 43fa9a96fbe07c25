"""The faults that only versioning knows; the others are in ``core.faults``."""

from core.faults import Fault


class Archived(Fault):
    """It is archived: unarchive it first."""


class NotPublished(Fault):
    """The challenge was never published, so there is nothing to change about what is live."""


class NothingToPublish(Fault):
    """The draft says exactly what is live already; edit it first."""


class IdenticalToVersion(Fault):
    """The draft says exactly what an earlier version says; use rollbackChallenge to make that one live again."""


class AlreadyLive(Fault):
    """This version is live already."""


class ExperimentRunning(Fault):
    """An experiment is running on this challenge; stop it with stopExperiment first, keeping one of its arms."""


class NotInExperiment(Fault):
    """This version is no arm of the experiment."""


class RunnerUnavailable(Fault):
    """No worker with a browser is there to run this; start one (worker, or serve where a Chromium is installed)."""


class TooManyWait(Fault):
    """Too many texts wait to be run already; try again when some of them were."""


class GateFailed(Fault):
    """A gate of publishing does not let this pass."""


class NotAllowed(Fault):
    """Who scheduled this may not publish any more; somebody who may has to schedule it again."""
