"""A deployment is held against the pace of the chain that it is for, as measured on Anvil."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account import Account

from deploy.pace import MOST_INTERVALS, check_pace, measure, pace_of
from deploy.parameters import LIMITS
from deploy.plan import ConsensusPlan, LedgerPlan
from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.errors import SettingsError
from oracle.formulas.lanes import WAD
from tests.cli.started import Ended, end_here

Deploys = Callable[..., Ended]


@pytest.fixture
def anvil() -> Iterator[AnvilChain]:
    chain = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    yield chain
    chain.close()


@pytest.fixture
def deploys(anvil: AnvilChain, tmp_path: Path) -> Deploys:
    """Runs `catalyst deploy` against the node, whose blocks then come by themselves."""
    (tmp_path / "key").write_text(Account.from_key(anvil.faucet_key).key.hex())
    (tmp_path / "key").chmod(0o600)
    operators = [word for i in (1, 2, 3) for word in ("--operator", f"0x{i:040x}")]

    def run(*words: str) -> Ended:
        anvil.chain.request("evm_setIntervalMining", [1])
        line = ["deploy", "--rpc", anvil.url, "--key-file", "key", "--nodes", "3", *operators, *words]
        (ended,) = end_here([line], tmp_path)
        return ended

    return run


def _blocks(anvil: AnvilChain, count: int, seconds: int) -> None:
    """Blocks so far apart by their timestamps, and those to come likewise."""
    anvil.chain.request("anvil_mine", [hex(count), hex(seconds)])
    anvil.chain.request("anvil_setBlockTimestampInterval", [seconds])


@pytest.mark.parametrize("seconds", [2, 12])
def test_the_pace_of_recent_blocks_is_measured(anvil: AnvilChain, seconds: int) -> None:
    anvil.chain.request("anvil_mine", [hex(20), hex(100)])  # too long ago to count
    _blocks(anvil, MOST_INTERVALS + 1, seconds)
    pace = measure(anvil.chain)
    assert pace is not None
    assert pace.mean_seconds == pytest.approx(seconds, abs=0.02)  # Anvil lets one of them be a second longer
    assert (pace.median_seconds, pace.intervals) == (seconds, MOST_INTERVALS)


def test_a_pace_comes_with_its_error() -> None:
    pace = pace_of([0, 10, 12, 30])
    assert (pace.mean_seconds, pace.median_seconds, pace.intervals) == (10, 10, 3)
    assert pace.error_seconds == pytest.approx(8 / 3**0.5)


def _plan(interval_seconds: int) -> ConsensusPlan:
    operator = f"0x{1:040x}"
    return ConsensusPlan(
        miners=[operator] * 3,
        theta0_wad=WAD // 2,
        theta_min_wad=WAD // 10,
        theta_max_wad=WAD,
        operators=[operator],
        threshold=1,
        guardian=operator,
        model_hash=bytes(32),
        limits=LIMITS,
        hashes_per_block=1 << 16,
        interval_seconds=interval_seconds,
        half_life_seconds=288 * interval_seconds,
        ledger=LedgerPlan(capacity_transactions=50, confirmations=6),
    )


def test_an_interval_is_refused_only_where_the_pace_is_sure_enough() -> None:
    """One block of 128 came a second late: the mean is 12.008 s, and two blocks are 24 s all the same."""
    pace = pace_of([12 * number for number in range(128)] + [12 * 128 + 1])
    assert 2 * pace.mean_seconds > 24
    check_pace(pace, _plan(24), is_steered=False)
    with pytest.raises(SettingsError, match="choose 24 or more"):
        check_pace(pace, _plan(23), is_steered=False)


REFUSED = [
    # T of 10 s on blocks of 12: the controller has p fall to 1 in 3.2 days, and no ledger can have 10.
    (
        12,
        [],
        "--interval-seconds 10 is not how far apart this chain's blocks come, 12.0 s",
        "its p is 1 hash in 3.2 days",
    ),
    (12, ["--ledger-capacity", "50"], "--interval-seconds 10 is too short for this chain", "choose 24 or more"),
    (12, ["--ledger-capacity", "50", "--interval-seconds", "23"], "29% of what miners find", "choose 24 or more"),
    (2, [], "this chain's blocks come, 2.0 s", "its d is all of 256 bits in 2.0 days; choose 2, a ledger"),
    (2, ["--ledger-capacity", "50", "--interval-seconds", "3"], "39% of what miners find", "choose 4 or more"),
]


@pytest.mark.parametrize(("seconds", "words", "what", "then"), REFUSED)
def test_what_cannot_hold_is_refused(
    anvil: AnvilChain, deploys: Deploys, tmp_path: Path, seconds: int, words: list[str], what: str, then: str
) -> None:
    _blocks(anvil, MOST_INTERVALS + 50, seconds)
    ended = deploys(*words)
    assert ended.code == 2
    refusal = ended.err.splitlines()[-1]
    assert what in refusal
    assert then in refusal
    assert not (tmp_path / "deployments").exists()


@pytest.mark.parametrize(
    ("seconds", "words", "says"),
    [
        (12, ["--interval-seconds", "12"], ""),
        (12, ["--ledger-capacity", "50", "--interval-seconds", "24"], "the p that miners meet is the ledger's"),
        (12, ["--unsteered"], "its p is 1 hash in 3.2 days"),
        (2, ["--ledger-capacity", "50"], "its d is all of 256 bits in"),
    ],
)
def test_what_holds_is_deployed(anvil: AnvilChain, deploys: Deploys, seconds: int, words: list[str], says: str) -> None:
    _blocks(anvil, MOST_INTERVALS + 50, seconds)
    ended = deploys(*words)
    assert ended.code == 0, ended.err
    assert says in ended.err
    assert ("PowLedger" in ended.out) == ("--ledger-capacity" in words)
    assert "came" in ended.err


def test_a_fresh_chain_is_not_measured(anvil: AnvilChain, caplog: pytest.LogCaptureFixture) -> None:
    _blocks(anvil, 10, 12)
    assert measure(anvil.chain) is None
    assert "has too few blocks to tell how far apart they come; their pace is not checked" in caplog.text
    _blocks(anvil, 1, 12)
    assert measure(anvil.chain) is not None


def test_a_chain_that_mines_on_demand_is_not_measured(anvil: AnvilChain, caplog: pytest.LogCaptureFixture) -> None:
    _blocks(anvil, 20, 1)
    anvil.chain.request("evm_setAutomine", [True])
    assert measure(anvil.chain) is None
    assert "mines on demand, so its blocks have no pace to check" in caplog.text
