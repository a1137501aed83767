"""The ledgers of runs, by the name of their consensus: as `catalyst deploy` has them by default, with shorter terms."""

from dataclasses import dataclass

from deploy.engines import DelegateTerms, StakeTerms, Terms, WorkTerms
from oracle.errors import SettingsError
from oracle.workload.nodes import SLOTS_OF_AN_INTERVAL

ENGINES = ("pow", "pos", "dpos")
_TERM_INTERVALS = 50


@dataclass(frozen=True)
class Words:
    """What pages and plots call things under one consensus."""

    consensus: str
    p_counts: str
    drawn_by: str  # what decides who makes a block


WORDS = {
    "pow": Words("proof of work", "hashes a block", "hashes"),
    "pos": Words("proof of stake", "slots a block", "slots"),
    "dpos": Words("delegated proof of stake", "seconds a turn", "turns"),
}


def terms_named(engine: str, interval_seconds: int) -> Terms:
    """The terms of a run's ledger.

    Raises:
        SettingsError: the interval does not fit; names it.
    """
    if engine == "pos":
        if interval_seconds % SLOTS_OF_AN_INTERVAL:
            raise SettingsError(
                f"--interval-seconds {interval_seconds} is no multiple of {SLOTS_OF_AN_INTERVAL}, the slots of an "
                "interval under --engine pos; choose one that is"
            )
        term_slots = _TERM_INTERVALS * SLOTS_OF_AN_INTERVAL
        return StakeTerms(interval_seconds // SLOTS_OF_AN_INTERVAL, term_slots, exit_terms=8, grace_slots=2)
    if engine == "dpos":
        return DelegateTerms(
            term_seconds=_TERM_INTERVALS * interval_seconds,
            delegates=21,
            signed_blocks_window=100,
            min_signed_per_window=50,
            jail_terms=1,
        )
    return WorkTerms()
