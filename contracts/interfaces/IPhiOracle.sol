// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusRegistry} from "./IConsensusRegistry.sol";

/// @notice The message that operators sign, without the domain. EIP-712 type:
///         PhiReport(uint64 epoch,uint64 fromBlock,uint64 toBlock,uint64 deadline,
///         bytes32 windowHash,bytes32 modelHash,bytes32 phiHash), on one line without spaces after commas.
struct PhiReport {
    /// Epoch of the report: the last report's plus 1.
    uint64 epoch;
    /// First block of the window that the model read.
    uint64 fromBlock;
    /// Last block of that window; after that of the last report, before the block that applies this one.
    uint64 toBlock;
    /// Last block timestamp, in seconds, at which the report may be applied.
    uint64 deadline;
    /// keccak256 of the canonical bytes of the window.
    bytes32 windowHash;
    /// Hash of the model bundle's manifest.
    bytes32 modelHash;
    /// keccak256 of the φ words.
    bytes32 phiHash;
}

/// @notice A signature as EIP-2098 packs it: `vs` carries the parity in its top bit.
struct CompactSignature {
    bytes32 r;
    bytes32 vs;
}

/// @notice Bounds on reports. The owner can change all of them.
struct Limits {
    /// Limit on |φ| of a node, in lane units (φ·2¹⁵), at most 32767.
    uint16 maxPhiLane;
    /// Limit on the change of φ of a node in one epoch, in lane units.
    uint16 maxStepLane;
    /// Limit on the ratio of Σexp(φ) after to before, and of before to after, in basis points; above 10000.
    uint32 maxSumRatioBps;
    /// The least blocks from one report to the next.
    uint32 minSpacingBlocks;
    /// Age at which the last report is stale.
    uint32 maxAgeSeconds;
    /// Time from one halving of φ to the next, once the last report is stale; at least 1.
    uint32 relaxPeriodSeconds;
}

/// @notice The last report applied.
struct LastReport {
    uint64 epoch;
    uint64 toBlock;
    /// Number and timestamp of the block that applied it; before the first report, of the deployment.
    uint64 blockNumber;
    uint64 timestampSeconds;
}

/// @notice The effect that a report would have.
struct ReportOutcome {
    /// Σexp(φ)·2⁸⁵ before and after.
    uint256 previousSumExpQ85;
    uint256 sumExpQ85;
    /// Bit i set: operator i signed.
    uint32 signers;
}

/// @title IPhiOracle
/// @notice Takes reports of φ signed by k of the operators, checks them and applies them to its registry of nodes.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. A report applies whole, or reverts with an error that names the first offender (lanes that must be 0 are checked
///    first, then nodes in order); a revert changes nothing.
/// 2. Epochs are strictly consecutive. A signature is good for one chain, contract and epoch, until its deadline.
/// 3. At least `threshold` distinct operators signed: compact signatures, low s only, in ascending operator order.
///    The threshold is more than half of the committee, so any two reports share a signer.
/// 4. |φ| ≤ maxPhiLane and |φ − previous φ| ≤ maxStepLane for each node, and Σexp(φ) moves by at most maxSumRatioBps.
/// 5. Reports are minSpacingBlocks apart. Once the last is older than maxAgeSeconds, anyone may call `relax`, which
///    halves every φ once for each relax period that has begun since, until all are 0, even while reports are paused.
/// 6. The guardian can pause reports and nothing else; only the owner resumes them, and cannot renounce ownership.
/// 7. Every change of operators, guardian, model or limits emits an event.
interface IPhiOracle is IConsensusRegistry {
    /* ERRORS */

    error Paused();
    error NotPaused();
    error NotGuardianOrOwner(address caller);
    error EpochNotConsecutive(uint256 got, uint256 expected);
    error DeadlinePassed(uint256 deadline, uint256 timestampSeconds);
    error WrongModel(bytes32 got, bytes32 expected);
    error WindowReversed(uint256 fromBlock, uint256 toBlock);
    error WindowNotAdvancing(uint256 toBlock, uint256 previousToBlock);
    error WindowNotPast(uint256 toBlock, uint256 blockNumber);
    error TooSoon(uint256 blockNumber, uint256 earliestBlock);
    error WrongPhiHash(bytes32 got, bytes32 expected);
    error TooFewSignatures(uint256 got, uint256 threshold);
    /// @notice Signature `position` is malformed (high s, or no key recovers).
    error InvalidSignature(uint256 position);
    /// @notice Signature `position` recovers to an address that is no operator.
    error NotOperator(uint256 position, address signer);
    /// @notice Signature `position` is not of a later operator than the one before it: unordered, or a repeat.
    error SignersNotAscending(uint256 position, uint256 operatorIndex, uint256 previousIndex);
    error SumRatioTooLarge(uint256 sumExpWad, uint256 previousSumExpWad, uint256 limitBps);
    error NotStale(uint256 timestampSeconds, uint256 staleAtSeconds);
    error AlreadyRelaxed(uint256 timestampSeconds, uint256 nextRelaxAtSeconds);
    /// @notice The threshold is above the number of operators.
    error InvalidThreshold(uint256 threshold, uint256 operatorCount);
    /// @notice The threshold is half of the committee or less, so two groups without a common operator could sign two
    ///         reports of one epoch; `limit` is the least threshold that rules this out.
    error ThresholdTooLow(uint256 threshold, uint256 limit);
    error TooManyOperators(uint256 got, uint256 limit);
    error InvalidOperator(uint256 index, address operator);
    error InvalidLimits(Limits limits);
    error ZeroModelHash();
    /// @notice A bitmap of changed words does not set as many bits, all within φ's words, as words are given.
    error WrongBitmap(uint256 bitsSet, uint256 wordsGiven);
    /// @notice The last report is older than its maximum age; the plain getter returns the value even so.
    error Stale(uint256 ageSeconds, uint256 maxAgeSeconds);

    /* EVENTS */

    /// @notice A report was applied; its model is that of the last ModelChanged.
    /// @param signers Bit i set: operator i signed.
    event ReportApplied(
        uint64 indexed epoch,
        uint64 fromBlock,
        uint64 toBlock,
        bytes32 windowHash,
        bytes32 phiHash,
        uint256 previousSumExpWad,
        uint256 sumExpWad,
        uint32 signers
    );
    /// @param halvings How often φ was halved in this call.
    event Relaxed(uint64 indexed epoch, uint256 halvings, uint256 previousSumExpWad, uint256 sumExpWad);
    event ReportsPaused(address indexed by);
    event ReportsResumed(address indexed by);
    event OperatorsChanged(address[] operators, uint256 threshold);
    event GuardianChanged(address indexed previous, address indexed guardian);
    event ModelChanged(bytes32 previous, bytes32 modelHash);
    event LimitsChanged(Limits previous, Limits limits);

    /* REPORTS (anyone may carry one) */

    /// @notice Checks a report and applies it whole.
    /// @param report What was signed.
    /// @param signatures Those of at least `threshold` operators, ascending by operator index.
    /// @param phiWords ⌈N/16⌉ words of lanes, the preimage of `report.phiHash`.
    function submitReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata phiWords
    ) external;

    /// @notice As `submitReport`, with only the words that differ from φ in force. Report, signatures and checks are
    ///         the same. Cheaper if fewer than about three words in ten change.
    /// @param changedWords Bit w mod 256 of entry ⌊w/256⌋ set: word w is given.
    /// @param words The words given, in order.
    function submitSparseReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata changedWords,
        uint256[] calldata words
    ) external;

    /// @notice Halves every φ once for each relax period that has begun since the last report went stale, less the
    ///         halvings done already.
    function relax() external;

    /* TRUST (guardian, owner) */

    /// @notice Stops reports. Guardian or owner.
    function pause() external;
    /// @notice Allows reports again. Owner.
    function unpause() external;
    /// @notice Replaces the whole committee; an operator's index is its place in the list. Owner.
    /// @param operators At most MAX_OPERATORS, each once, none zero.
    /// @param threshold Signatures a report needs: more than half of the operators, at most all.
    /// @dev Warning: signatures of the former committee over the next epoch stop counting at once.
    function setOperators(address[] calldata operators, uint256 threshold) external;
    /// @notice Replaces the guardian. Owner.
    /// @param guardian May pause reports; zero for none.
    function setGuardian(address guardian) external;
    /// @notice Changes the model that reports must come from; reports signed under the former are refused. Owner.
    /// @param modelHash Hash of the bundle's manifest; not zero.
    function setModelHash(bytes32 modelHash) external;
    /// @notice Changes the bounds on reports; φ in force stays, later reports keep the new bounds. Owner.
    /// @param limits See Limits for units and ranges.
    function setLimits(Limits calldata limits) external;

    /* READS */

    /// @notice Largest committee.
    function MAX_OPERATORS() external view returns (uint256);
    function operators() external view returns (address[] memory);
    function threshold() external view returns (uint256);
    function guardian() external view returns (address);
    function modelHash() external view returns (bytes32);
    function limits() external view returns (Limits memory);
    function lastReport() external view returns (LastReport memory);
    function paused() external view returns (bool);
    /// @notice How often φ was halved since the last report; 0 if φ is as that report set it.
    function halvings() external view returns (uint256);
    /// @notice Whether the last report is older than `maxAgeSeconds`, its age, and that limit.
    function staleness() external view returns (bool stale, uint256 ageSeconds, uint256 maxAgeSeconds);
    /// @notice θₙ,₁ as `theta`, but reverts unless the last report is fresh.
    function getFreshTheta(uint256 node) external view returns (uint256 thetaWad);
    /// @notice φₙ as `phi`, but reverts unless the last report is fresh.
    function getFreshPhi(uint256 node) external view returns (int256 phiWad);
    /// @notice Σexp(φ) as `sumExpWad`, but reverts unless the last report is fresh.
    function getFreshSumExpWad() external view returns (uint256);
    /// @notice Runs every check of `submitReport` and reverts as it would, with `expectedModel` in place of the model
    ///         hash in force.
    function previewReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata phiWords,
        bytes32 expectedModel
    ) external view returns (ReportOutcome memory);
    /// @notice The EIP-712 digest that operators sign for `report`.
    function reportDigest(PhiReport calldata report) external view returns (bytes32);
}
