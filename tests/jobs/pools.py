"""Jobs done by any executor."""

from medmeta_core.jobs.jobs import N_PLACES, Jobs

PATIENCE = 10
"""Seconds after which a test has waited in vain."""


def jobs_of(executor):
    """Jobs of which all kinds are done by this executor."""
    return Jobs(dict.fromkeys(N_PLACES, executor))
