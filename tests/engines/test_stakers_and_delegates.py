"""`catalyst node` where rounds pass by the clock, as under proof of stake: a process is killed, and it goes on."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.control.feedback import FeedbackController
from oracle.engines.dpos.terms import DelegateTerms
from oracle.engines.pos.terms import StakeTerms
from oracle.engines.registry import ENGINES
from oracle.engines.terms import Terms
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import build_site
from tests.engines.town import Town

STAKE = StakeTerms(slot_seconds=1, term_slots=40, exit_terms=2, grace_slots=3)
TURNS = DelegateTerms(term_seconds=100, delegates=3, signed_blocks_window=8, min_signed_per_window=4, jail_terms=1)
# Of every consensus whose rounds pass by the clock.
TERMS: dict[str, Terms] = {name: terms.of_run(4) for name, terms in ENGINES.items() if terms.by_clock}
TERMS |= {"pos": STAKE, "dpos": TURNS}


@pytest.fixture(params=TERMS)
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    terms = TERMS[request.param]
    plan = NetworkPlan(
        seed=2,
        intervals=1,
        controller=FeedbackController(),
        nodes=4,
        accounts=6,
        capacity_transactions=40,
        interval_seconds=4,
        terms=terms,
    )
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    town = Town(anvil, build_site(plan, anvil, tmp_path), tmp_path)
    yield town
    town.close()


@pytest.mark.long
def test_a_network_survives_a_killed_process_of_nodes_and_a_killed_daemon(town: Town) -> None:
    stays, dies = town.nodes([0, 1]), town.nodes([2, 3])
    daemon = town.oracle()
    town.until(lambda: town.epoch() >= 2 and town.round() > 6)
    makers = {town.site.ledger.calls.read("roundOf", number)[3] for number in range(1, town.round())}
    assert len(makers) > 1
    for process in (dies, daemon):
        process.kill()
        process.wait()
    round_ = town.round()
    town.until(lambda: town.round() >= round_ + 4)
    again, daemon = town.nodes([2, 3]), town.oracle()
    reported = town.epoch()
    town.until(lambda: town.epoch() >= reported + 2)
    assert town.log.count("the ledger was followed up to block") == 2
    for process in (stays, daemon, again):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0, town.log[-3000:]
    assert "Traceback" not in town.log
    town.check()
