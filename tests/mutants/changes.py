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
    "StakeLedger": ("test_stake.py", "test_stake_ledger.py", "test_stake_adversary.py"),
    "DelegateLedger": ("test_votes.py", "test_delegate_ledger.py", "test_delegate_adversary.py"),
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
        """The files of tests/contracts and tests/trust that must notice it."""
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


def _stake(name: str, was: str, becomes: str, source: str = "engines/StakeLedger.sol") -> Change:
    return Change(name, source, was, becomes, "StakeLedger")


def _delegate(name: str, was: str, becomes: str, source: str = "engines/DelegateLedger.sol") -> Change:
    return Change(name, source, was, becomes, "DelegateLedger")


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
    _stake(
        "one slot makes two blocks",
        "        _hasBlock[slotBlock.slot][node] = true;\n",
        "",
    ),
    _stake(
        "what is on its way out is not slashed",
        "uint256 amount = staked + _exit[node].amount;",
        "uint256 amount = staked;",
    ),
    _stake(
        "stake stays in the total after it was slashed",
        "        _stake[node].take(term, staked);\n        _total.take(term, staked);\n",
        "        _stake[node].take(term, staked);\n",
    ),
    _stake(
        "evidence needs one signature",
        "SignedBlock.checkSigner(ORACLE, node, digestOfOther, signatureOfOther);",
        "if (signatureOfOther.length == 0) revert SignedBlock.NoEvidence();",
    ),
    _stake(
        "blocks of two slots are evidence",
        "one.slot != other.slot || digestOfOne",
        "digestOfOne",
    ),
    _stake(
        "an exit can be paid a term early",
        "if (term < leaving.fromTerm) revert",
        "if (term + 1 < leaving.fromTerm) revert",
    ),
    _stake(
        "an exit can be paid twice",
        "        delete _exit[node];\n        address staker",
        "        address staker",
    ),
    _stake(
        "anyone sends out the stake of a node in service",
        "amount == 0 || !ORACLE.isRetired(node)",
        "amount == 0",
    ),
    _stake(
        "a block may have the slot of its parent",
        "if (slotBlock.slot <= previous) revert",
        "if (slotBlock.slot < previous) revert",
    ),
    _stake(
        "a block may come a slot after the grace",
        "if (present - slot_ > GRACE_SLOTS) revert",
        "if (present - slot_ > GRACE_SLOTS + 1) revert",
    ),
    _stake(
        "a commit may come while a block of the term before may",
        "if (slot() < fromSlot) revert",
        "if (slot() + 1 < fromSlot) revert",
    ),
    _stake(
        "a reveal leaves its onion as it was",
        "        onion.tip = reveal;\n",
        "",
    ),
    _stake(
        "the seed of a term takes its own first reveal",
        "            _seed[term] = mix;\n",
        "            _seed[term] = keccak256(abi.encode(mix, reveal));\n",
    ),
    _stake(
        "a slashed node draws slots on",
        "        if (equivocations[node] != 0) return 0;\n",
        "",
    ),
    _stake(
        "amounts of the term before are lost with a change",
        "(during(self, now_ - 1),",
        "(during(self, now_),",
        "libraries/TermAmount.sol",
    ),
    _stake(
        "a change of stake counts a term early",
        "if (term > changed + 1) return self.later;",
        "if (term >= changed + 1) return self.later;",
        "libraries/TermAmount.sol",
    ),
    _stake(
        "an exit takes the place of the one before",
        "(uint256(self.amount) + amount).toUint96()",
        "amount.toUint96()",
        "libraries/TermAmount.sol",
    ),
    _stake(
        "a token that takes a fee is staked whole",
        "arrived = SafeTransferLib.balanceOf(token, address(this)) - before;",
        "arrived = amount + 0 * before;",
        "libraries/StakeToken.sol",
    ),
    _stake(
        "a chance leaves out a term of its series",
        "uint256 k = EXPONENTIAL_TERMS; k > 1; --k",
        "uint256 k = EXPONENTIAL_TERMS; k > 2; --k",
        "libraries/SlotLottery.sol",
    ),
    _stake(
        "whoever signs, signs for the node",
        "if (signer != key) revert",
        "if (signer == address(0)) revert",
        "libraries/SignedBlock.sol",
    ),
    _delegate(
        "votes of this very term unseat a candidate",
        "Math.min(_votes[node].during(term() + 1), _votes[node].latest())",
        "Math.min(_votes[node].latest(), _votes[node].latest())",
    ),
    _delegate(
        "votes that were taken back unseat a candidate",
        "Math.min(_votes[node].during(term() + 1), _votes[node].latest())",
        "Math.min(_votes[node].during(term() + 1), type(uint96).max)",
    ),
    _delegate(
        "as many votes are enough to unseat a candidate",
        "_votes[other].latest() >= votes",
        "_votes[other].latest() > votes",
    ),
    _delegate(
        "votes stay the voter's after they were taken back",
        "        votesBy[msg.sender][node] = has - amount;\n",
        "",
    ),
    _delegate(
        "votes that move are lost to the voter",
        "        votesBy[msg.sender][to] += amount;\n",
        "",
    ),
    _delegate(
        "votes can be withdrawn while they count",
        "if (term() < out.fromTerm) revert",
        "if (term() + 1 < out.fromTerm) revert",
    ),
    _delegate(
        "votes are paid twice",
        "        delete _leaving[msg.sender];\n",
        "",
    ),
    _delegate(
        "a term may have two elections",
        "present <= _electedTerm) revert",
        "present < _electedTerm) revert",
    ),
    _delegate(
        "an election counts the turn that goes on as missed",
        "if (turns > 1) _passTurns(turns - 1, false);",
        "if (turns > 0) _passTurns(turns, false);",
    ),
    _delegate(
        "an election leaves turns to be counted from the last win",
        "        _turnsFromSeconds = uint64(block.timestamp);\n",
        "",
    ),
    _delegate(
        "jail ends a term early",
        "until == 0 || term() < until",
        "until == 0 || term() + 1 < until",
    ),
    _delegate(
        "a barred node makes blocks on",
        "        if (equivocations[node] != 0) revert NodeBarred(node);\n        uint256 lastSeconds;",
        "        uint256 lastSeconds;",
    ),
    _delegate(
        "one missed turn less leads to jail",
        "SignedTurns.missedTurns(record) > WINDOW - MIN_SIGNED",
        "SignedTurns.missedTurns(record) >= WINDOW - MIN_SIGNED",
    ),
    _delegate(
        "whole laps that all missed are counted",
        "uint256 missed = passed % count;",
        "uint256 missed = passed % (2 * count);",
    ),
    _delegate(
        "jailed candidates are elected",
        "jailedUntil[node] != 0 || equivocations[node] != 0 ||",
        "equivocations[node] != 0 ||",
    ),
    _delegate(
        "a retired candidate is elected",
        " || ORACLE.isRetired(node)) continue;",
        ") continue;",
    ),
    _delegate(
        "the order is drawn from fewer places",
        "% (i + 1);",
        "% i;",
    ),
    _delegate(
        "a turn leaves the window a turn late",
        "((1 << window) - 1)",
        "((2 << window) - 1)",
        "libraries/SignedTurns.sol",
    ),
    _delegate(
        "a block may build on any other",
        "if (got != last) revert",
        "if (got == bytes32(0)) revert",
        "libraries/SignedBlock.sol",
    ),
    _delegate(
        "a body may be another than the one signed",
        "if (got != signed) revert",
        "if (got == bytes32(0)) revert",
        "libraries/SignedBlock.sol",
    ),
)
