"""Changes to the contracts, each of which some test must notice: a check gone, a bound off by one, a wrong operand.

`tests/mutants/contracts.py` compiles them one at a time and runs the tests named here on the code that comes out.
"""

from dataclasses import dataclass

# What is run where a change names nothing more fitting: the quickest files first.
_SUITES = {
    "PhiOracle": (
        "test_submit_report.py",
        "test_sparse_report.py",
        "test_signatures.py",
        "test_pause.py",
        "test_reads.py",
        "test_relax.py",
        "test_governance.py",
        "test_bounds.py",
        "test_nodes.py",
    ),
    "PagedPhiOracle": ("test_paged_report.py",),
    "DifficultyController": ("test_difficulty.py", "test_reads.py"),
    "PowLedger": ("test_pow_ledger.py", "test_block_body.py"),
}


@dataclass(frozen=True)
class Change:
    """One change to a source, and which contract shows it."""

    name: str
    source: str  # below contracts/
    was: str  # there once
    becomes: str
    contract: str  # that is compiled with it and tested

    @property
    def tests(self) -> tuple[str, ...]:
        """The files of tests/contracts that must notice it."""
        return _SUITES[self.contract]


@dataclass(frozen=True)
class Outcome:
    """What the tests made of a change."""

    change: Change
    noticed_by: str | None  # the first test that failed; None where all passed


def _oracle(name: str, source: str, was: str, becomes: str) -> Change:
    return Change(name, source, was, becomes, "PhiOracle")


def _paged(name: str, was: str, becomes: str) -> Change:
    return Change(name, "PagedPhiOracle.sol", was, becomes, "PagedPhiOracle")


def _controller(name: str, source: str, was: str, becomes: str) -> Change:
    return Change(name, source, was, becomes, "DifficultyController")


def _ledger(name: str, source: str, was: str, becomes: str) -> Change:
    return Change(name, source, was, becomes, "PowLedger")


CHANGES = (
    _controller(
        "height is counted from a block too late",
        "DifficultyController.sol",
        "ANCHOR_HEIGHT = uint64(block.number);",
        "ANCHOR_HEIGHT = uint64(block.number + 1);",
    ),
    _controller(
        "p counts as fresh where it is stale, and the other way round",
        "DifficultyController.sol",
        "if (stale) revert IPhiOracle.Stale",
        "if (!stale) revert IPhiOracle.Stale",
    ),
    _controller(
        "a difficulty below one stays zero",
        "libraries/Difficulty.sol",
        "return Math.max(1, Math.mulDiv(baseDifficulty, WAD, sumExpWad));",
        "return Math.mulDiv(baseDifficulty, WAD, sumExpWad);",
    ),
    _controller(
        "the rule's factor is not rounded",
        "libraries/Asert.sol",
        "5127 * frac * frac * frac + (1 << 47)) >> 48",
        "5127 * frac * frac * frac) >> 48",
    ),
    _controller(
        "a compact target may look negative",
        "libraries/CompactTarget.sol",
        "if (mantissa & 0x800000 != 0) {",
        "if (mantissa & 0x1000000 != 0) {",
    ),
    _ledger(
        "two rounds may be won at one time",
        "engines/ConsensusLedger.sol",
        "if (block.timestamp <= previousSeconds) revert",
        "if (block.timestamp < previousSeconds) revert",
    ),
    _ledger(
        "a round that has just become final takes a block",
        "engines/ConsensusLedger.sol",
        "if (round <= settled) revert RoundFinal",
        "if (round < settled) revert RoundFinal",
    ),
    _ledger(
        "the winner may compete with itself",
        "engines/ConsensusLedger.sol",
        "if (node == won.node || _competed[round][node]) revert",
        "if (_competed[round][node]) revert",
    ),
    _ledger(
        "a round takes one competing block more",
        "engines/ConsensusLedger.sol",
        "if (won.competing == MAX_COMPETING_BLOCKS) revert",
        "if (won.competing > MAX_COMPETING_BLOCKS) revert",
    ),
    _ledger(
        "entropy moves on a block early",
        "engines/PowLedger.sol",
        "(passed - 1) / HASH_BLOCKS * HASH_BLOCKS",
        "passed / HASH_BLOCKS * HASH_BLOCKS",
    ),
    _ledger(
        "bytes behind a body weigh",
        "libraries/BlockBody.sol",
        "if (left < 32) word &=",
        "if (left < 31) word &=",
    ),
    _ledger(
        "a lane is shown by any root but that of the next round",
        "libraries/PhiSnapshot.sol",
        "|| (shownRoot != root_ && shownRoot != otherRoot)",
        "|| (shownRoot != root_ && shownRoot == otherRoot)",
    ),
    _oracle(
        "a report may reach the block that it is mined in",
        "PhiOracle.sol",
        "if (report.toBlock >= block.number) revert",
        "if (report.toBlock > block.number) revert",
    ),
    _oracle(
        "a report comes too late at its deadline itself",
        "PhiOracle.sol",
        "if (block.timestamp > report.deadline) revert",
        "if (block.timestamp >= report.deadline) revert",
    ),
    _oracle(
        "a signature less is enough",
        "PhiOracle.sol",
        "if (signatures.length < required) revert",
        "if (signatures.length + 1 < required) revert",
    ),
    _oracle(
        "an operator may sign twice",
        "PhiOracle.sol",
        "next = index + 1;",
        "next = index;",
    ),
    _oracle(
        "the joint ratio itself is too much",
        "PhiOracle.sol",
        "if (sumQ85 * BPS > previousQ85 * bps ||",
        "if (sumQ85 * BPS >= previousQ85 * bps ||",
    ),
    _oracle(
        "bits beyond the last word are taken",
        "PhiOracle.sol",
        "if (bitsSet != taken) revert",
        "if (bitsSet < taken) revert",
    ),
    _oracle(
        "relaxing begins a period late",
        "PhiOracle.sol",
        "(block.timestamp - staleAt) / period + 1;",
        "(block.timestamp - staleAt) / period;",
    ),
    _oracle(
        "a new theta0 is not checked with phi",
        "ConsensusRegistry.sol",
        "        _checkTheta(node, value + phi(node));\n",
        "",
    ),
    _oracle(
        "the last active node may retire",
        "ConsensusRegistry.sol",
        "if (network.activeCount() == 1) revert",
        "if (network.activeCount() == 0) revert",
    ),
    _oracle(
        "a negative lane of a retired node is taken",
        "ConsensusRegistry.sol",
        "if (bits & 1 == 1 && q != 0) revert",
        "if (bits & 1 == 1 && q > 0) revert",
    ),
    _oracle(
        "retired nodes of the first word count in the sum of exp(phi)",
        "ConsensusRegistry.sol",
        "for (uint256 w = first; w < first + count; ++w) {\n                idle",
        "for (uint256 w = first + 1; w < first + count; ++w) {\n                idle",
    ),
    _oracle(
        "spacing is read from another limit",
        "libraries/ReportRules.sol",
        "return (packed >> 64) & 0xffffffff;",
        "return (packed >> 128) & 0xffffffff;",
    ),
    _oracle(
        "theta may fall a lane below its bound",
        "libraries/ThetaLanes.sol",
        "return GUARDS - (2 * ((minWad + UNIT_WAD - 1) / UNIT_WAD) + BIAS_TWICE) * EACH;",
        "return GUARDS - (2 * (minWad / UNIT_WAD) + BIAS_TWICE) * EACH;",
    ),
    _paged(
        "a page of an abandoned report drops what was staged after it",
        "staging.epoch == epoch && page.deadline <= staging.deadline",
        "staging.epoch == epoch && page.deadline < staging.deadline",
    ),
    _paged(
        "a page may be staged twice",
        "if (staging.pages & bit != 0) revert",
        "if (staging.pages & bit == type(uint32).max) revert",
    ),
)
