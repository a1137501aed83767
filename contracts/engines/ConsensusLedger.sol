// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IConsensusLedger, Opening, OpeningPhi, Round} from "../interfaces/IConsensusLedger.sol";
import {IConsensusRegistry} from "../interfaces/IConsensusRegistry.sol";
import {IPhiOracle} from "../interfaces/IPhiOracle.sol";
import {Asert} from "../libraries/Asert.sol";
import {BlockBody} from "../libraries/BlockBody.sol";
import {Difficulty} from "../libraries/Difficulty.sol";
import {ExpTable} from "../libraries/ExpTable.sol";
import {PhiLanes} from "../libraries/PhiLanes.sol";
import {PhiSnapshot} from "../libraries/PhiSnapshot.sol";

/// @notice How the rounds of a ledger are set up, whatever its engine.
struct LedgerSetup {
    /// The contract whose θ and Σexp(φ) rounds follow; it has nodes by now.
    IPhiOracle oracle;
    /// d of the first round.
    uint256 anchorDifficulty;
    /// Target seconds between rounds.
    uint32 intervalSeconds;
    /// Seconds behind schedule that halve d.
    uint32 halfLifeSeconds;
    /// Weight of a full block at θ = 1.
    uint256 capacity;
    /// Rounds to be won after a round until it is final.
    uint256 confirmations;
}

/// @title ConsensusLedger
/// @notice The rounds that all engines share; see {IConsensusLedger}. An engine says who may make a block, and calls
///         `_win` or `_compete` with it.
abstract contract ConsensusLedger is IConsensusLedger, IERC165 {
    /// @dev Where the ledger stands, in one slot.
    struct Head {
        uint64 openRound;
        uint64 openedInBlock;
        uint64 competingBlocks;
    }

    /// @dev The last snapshot, and by what φ is known to be the same still: a report changes the epoch, registering
    ///      changes the count of nodes, relaxing and retiring change the exact sum. (Two vectors of one epoch and one
    ///      count with one sum to the last of 104 bits would pass for one; both were in force.)
    struct Snapshot {
        uint104 sumExpQ85;
        uint64 epoch;
        uint64 number;
        uint24 nodes;
    }

    /// @inheritdoc IConsensusLedger
    uint256 public constant MAX_COMPETING_BLOCKS = 4;
    /// @inheritdoc IConsensusLedger
    uint256 public constant MAX_SNAPSHOT_NODES = 16_384;

    uint256 private constant WAD = 1e18;

    /// @notice The contract whose θ and Σexp(φ) rounds follow.
    IPhiOracle public immutable ORACLE;
    /// @inheritdoc IConsensusLedger
    uint256 public immutable CAPACITY;
    /// @inheritdoc IConsensusLedger
    uint256 public immutable CONFIRMATIONS;

    uint64 internal immutable DEPLOYED_AT_SECONDS;
    uint64 private immutable ANCHOR_TIMESTAMP_SECONDS;
    uint256 private immutable ANCHOR_DIFFICULTY;
    uint32 private immutable INTERVAL_SECONDS;
    uint32 private immutable HALF_LIFE_SECONDS;

    /// @inheritdoc IConsensusLedger
    mapping(uint256 snapshot => bytes32 root) public phiRoot;

    Head internal _head;
    Snapshot private _snapshot;
    /// @dev Of the open round: `difficulty` and `phiSnapshot` alone. Round 0 has the seed of the first, and its time.
    mapping(uint256 round => Round) internal _rounds;
    mapping(uint256 round => mapping(uint256 node => bool)) private _competed;

    /// @param setup What all engines take.
    /// @param delaySeconds From deployment to the opening of the first round, which is what d counts from.
    /// @dev Reverts too with ClockNotInSeconds of Asert and NoActiveNodes of Difficulty.
    constructor(LedgerSetup memory setup, uint256 delaySeconds) {
        if (
            address(setup.oracle) == address(0) || setup.anchorDifficulty == 0 || setup.intervalSeconds == 0
                || setup.halfLifeSeconds < setup.intervalSeconds || setup.capacity == 0
                || setup.capacity > type(uint64).max || setup.confirmations == 0
        ) revert InvalidLedger();
        ORACLE = setup.oracle;
        ANCHOR_DIFFICULTY = setup.anchorDifficulty;
        DEPLOYED_AT_SECONDS = Asert.anchorTimestampSeconds();
        ANCHOR_TIMESTAMP_SECONDS = SafeCast.toUint64(DEPLOYED_AT_SECONDS + delaySeconds);
        INTERVAL_SECONDS = setup.intervalSeconds;
        HALF_LIFE_SECONDS = setup.halfLifeSeconds;
        CAPACITY = setup.capacity;
        CONFIRMATIONS = setup.confirmations;
        _rounds[0].timestampSeconds = ANCHOR_TIMESTAMP_SECONDS;
        _rounds[0].blockHash = keccak256(abi.encode(block.chainid, address(this)));
        _open(1, 0);
    }

    /* READS */

    /// @inheritdoc IConsensusLedger
    function opening() external view returns (Opening memory) {
        Head memory head = _head;
        Round storage open = _rounds[head.openRound];
        Round storage last = _rounds[head.openRound - 1];
        return Opening({
            round: head.openRound,
            seed: last.blockHash,
            openedInBlock: head.openedInBlock,
            openedAtSeconds: last.timestampSeconds,
            baseDifficulty: baseDifficulty(),
            difficulty: open.difficulty,
            phiSnapshot: open.phiSnapshot
        });
    }

    /// @inheritdoc IConsensusLedger
    function roundOf(uint256 round) external view returns (Round memory) {
        if (round == 0 || round >= _head.openRound) revert UnknownRound(round, _head.openRound);
        return _rounds[round];
    }

    /// @inheritdoc IConsensusLedger
    function openRound() external view returns (uint256) {
        return _head.openRound;
    }

    /// @inheritdoc IConsensusLedger
    function competingBlocks() external view returns (uint256) {
        return _head.competingBlocks;
    }

    /// @inheritdoc IConsensusLedger
    function difficulty() external view returns (uint256) {
        return _rounds[_head.openRound].difficulty;
    }

    /// @inheritdoc IConsensusLedger
    function weightLimitWith(uint256 round, uint256 node, OpeningPhi calldata opening_)
        external
        view
        returns (uint256)
    {
        Head memory head = _head;
        if (round > head.openRound) revert RoundNotOpen(round, head.openRound);
        if (ORACLE.isRetired(node)) return 0;
        return Math.max(_weightLimitUnshown(head, round, node), _weightLimitShown(round, node, opening_));
    }

    /// @inheritdoc IConsensusLedger
    function baseDifficulty() public view returns (uint256) {
        uint256 height = _head.openRound - 1;
        return baseDifficultyAfter(height, _rounds[height].timestampSeconds);
    }

    /// @inheritdoc IConsensusLedger
    function weightLimit(uint256 node) public view returns (uint256) {
        return _weight(ORACLE.theta(node));
    }

    /// @inheritdoc IConsensusLedger
    function finalRound() public view returns (uint256) {
        return Math.saturatingSub(_head.openRound - 1, CONFIRMATIONS);
    }

    /// @inheritdoc IConsensusLedger
    function baseDifficultyAfter(uint256 height, uint256 timestampSeconds) public view returns (uint256) {
        return Asert.difficultyAfter(
            ANCHOR_DIFFICULTY,
            int64(uint64(timestampSeconds)) - int64(ANCHOR_TIMESTAMP_SECONDS),
            int64(uint64(height)),
            INTERVAL_SECONDS,
            HALF_LIFE_SECONDS
        );
    }

    /* FOR ENGINES */

    /// @dev The weight of a body that `node` may submit for `round` now; every engine asks for it. Reverts where the
    ///      node is retired, the body weighs too much, or the chain's clock has not moved since the round opened.
    function _checkedWeight(
        Head memory head,
        uint256 round,
        uint256 node,
        bytes calldata body,
        OpeningPhi calldata opening_
    ) internal view returns (uint256 weight) {
        if (ORACLE.isRetired(node)) revert IConsensusRegistry.NodeIsRetired(node);
        weight = BlockBody.weight(body);
        _checkWeight(head, round, node, weight, opening_);
        if (round == head.openRound) {
            uint256 previousSeconds = _rounds[round - 1].timestampSeconds;
            if (block.timestamp <= previousSeconds) revert TimestampNotAdvancing(block.timestamp, previousSeconds);
        }
    }

    /// @dev Records the winner of the open round, which passed `_checkedWeight` and the engine found valid, and opens
    ///      the next.
    /// @param drawnFrom What the winner was drawn from.
    function _win(Head memory head, uint256 node, bytes32 drawnFrom, bytes32 blockHash, bytes32 body, uint256 weight)
        internal
    {
        uint256 round = head.openRound;
        uint256 previousSeconds = _rounds[round - 1].timestampSeconds;
        Round storage won = _rounds[round];
        won.challenge = drawnFrom;
        won.blockHash = blockHash;
        won.node = uint32(node); // the registry knows it, so it is below 2¹⁷
        won.timestampSeconds = uint64(block.timestamp);
        won.weight = uint64(weight); // at most CAPACITY
        emit RoundWon(
            round, node, blockHash, body, weight, won.difficulty, baseDifficultyAfter(round - 1, previousSeconds)
        );
        _open(round + 1, head.competingBlocks);
    }

    /// @dev Refuses what may not compete in a round that was won; ahead of the engine's own checks.
    function _checkCompeting(uint256 round, uint256 node) internal view {
        uint256 settled = finalRound();
        if (round <= settled) revert RoundFinal(round, settled);
        Round storage won = _rounds[round];
        if (node == won.node || _competed[round][node]) revert NodeHasBlock(round, node);
        if (won.competing == MAX_COMPETING_BLOCKS) revert TooManyCompetingBlocks(round, MAX_COMPETING_BLOCKS);
    }

    /// @dev Records a competing block, which passed `_checkCompeting` and `_checkedWeight` and the engine found valid.
    function _compete(Head memory head, uint256 round, uint256 node, bytes32 blockHash, bytes32 body, uint256 weight)
        internal
    {
        _competed[round][node] = true;
        ++_rounds[round].competing;
        _head.competingBlocks = head.competingBlocks + 1;
        emit BlockCompeted(round, node, blockHash, body, weight);
    }

    /* INTERNAL */

    function _checkWeight(Head memory head, uint256 round, uint256 node, uint256 weight, OpeningPhi calldata opening_)
        private
        view
    {
        uint256 limit = _weightLimitUnshown(head, round, node);
        if (weight <= limit) return;
        if (opening_.words.length != 0) limit = Math.max(limit, _weightLimitShown(round, node, opening_));
        if (weight > limit) revert BlockTooHeavy(node, weight, limit);
    }

    /// @dev θ in force binds the open round. For a round that was won it says nothing, unless nothing else is kept.
    function _weightLimitUnshown(Head memory head, uint256 round, uint256 node) private view returns (uint256) {
        if (round < head.openRound && phiRoot[_rounds[round].phiSnapshot] != bytes32(0)) return 0;
        return weightLimit(node);
    }

    /// @dev By φ at the opening of the round or of the next, and by θ₀ and its bound as the owner has them now.
    function _weightLimitShown(uint256 round, uint256 node, OpeningPhi calldata opening_)
        private
        view
        returns (uint256)
    {
        // The open round has no next: snapshot 0, which has no root.
        bytes32 next = phiRoot[_rounds[round + 1].phiSnapshot];
        int256 q = PhiSnapshot.lane(phiRoot[_rounds[round].phiSnapshot], next, node, opening_);
        (, uint256 maxWad) = ORACLE.thetaBounds();
        int256 thetaWad = int256(ORACLE.theta0(node)) + PhiLanes.toWad(q);
        return thetaWad < 0 ? 0 : _weight(Math.min(uint256(thetaWad), maxWad));
    }

    function _weight(uint256 thetaWad) private view returns (uint256) {
        return Math.mulDiv(thetaWad, CAPACITY, WAD);
    }

    function _open(uint256 round, uint64 competing) private {
        _head = Head({openRound: uint64(round), openedInBlock: uint64(block.number), competingBlocks: competing});
        uint256 base = baseDifficulty();
        uint256 sumExpQ85 = ORACLE.sumExpQ85();
        uint256 sumExpWad = ExpTable.toWad(sumExpQ85);
        uint256 required = Difficulty.adjusted(base, sumExpWad);
        uint64 snapshot = _snapshotOf(sumExpQ85);
        _rounds[round].difficulty = required;
        _rounds[round].phiSnapshot = snapshot;
        emit RoundOpened(round, required, base, sumExpWad, snapshot);
    }

    /// @dev Number of the snapshot of φ in force, taken now where the last is of another φ.
    function _snapshotOf(uint256 sumExpQ85) private returns (uint64 number) {
        Snapshot memory last = _snapshot;
        uint64 epoch = ORACLE.lastReport().epoch;
        uint256 nodes = ORACLE.nodeCount();
        if (last.number != 0 && last.epoch == epoch && last.sumExpQ85 == sumExpQ85 && last.nodes == nodes) {
            return last.number;
        }
        number = last.number + 1;
        _snapshot = Snapshot({
            sumExpQ85: SafeCast.toUint104(sumExpQ85),
            epoch: epoch,
            number: number,
            nodes: uint24(nodes) // at most 2¹⁷
        });
        if (nodes <= MAX_SNAPSHOT_NODES) {
            phiRoot[number] = PhiSnapshot.root(ORACLE.phiWords(0, PhiLanes.wordCount(nodes)));
        }
    }
}
