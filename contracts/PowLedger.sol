// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {IPhiOracle} from "./interfaces/IPhiOracle.sol";
import {IPowLedger, Opening, OpeningPhi, Round} from "./interfaces/IPowLedger.sol";
import {Asert} from "./libraries/Asert.sol";
import {BlockBody} from "./libraries/BlockBody.sol";
import {Difficulty} from "./libraries/Difficulty.sol";
import {ExpTable} from "./libraries/ExpTable.sol";
import {PhiLanes} from "./libraries/PhiLanes.sol";
import {PhiSnapshot} from "./libraries/PhiSnapshot.sol";

/// @title PowLedger
/// @notice See {IPowLedger}: it states the guarantees.
contract PowLedger is IPowLedger, IERC165 {
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

    /// @inheritdoc IPowLedger
    uint256 public constant MAX_COMPETING_BLOCKS = 4;
    /// @inheritdoc IPowLedger
    uint256 public constant MAX_SNAPSHOT_NODES = 16_384;

    uint256 private constant WAD = 1e18;
    /// @dev Blocks back to which contracts are told the hashes of blocks.
    uint256 private constant HASH_BLOCKS = 256;

    /// @notice The contract whose θ and Σexp(φ) rounds follow.
    IPhiOracle public immutable ORACLE;
    /// @inheritdoc IPowLedger
    uint256 public immutable CAPACITY;
    /// @inheritdoc IPowLedger
    uint256 public immutable CONFIRMATIONS;

    uint256 private immutable ANCHOR_DIFFICULTY;
    uint64 private immutable ANCHOR_TIMESTAMP_SECONDS;
    uint32 private immutable INTERVAL_SECONDS;
    uint32 private immutable HALF_LIFE_SECONDS;

    /// @inheritdoc IPowLedger
    mapping(uint256 snapshot => bytes32 root) public phiRoot;

    Head private _head;
    Snapshot private _snapshot;
    /// @dev Of the open round: `difficulty` and `phiSnapshot` alone. Round 0 has the seed of the first, and its time.
    mapping(uint256 round => Round) private _rounds;
    mapping(uint256 round => mapping(uint256 node => bool)) private _competed;

    /// @param oracle The contract whose θ and Σexp(φ) rounds follow; it has nodes by now.
    /// @param anchorDifficulty d of the first round: expected hashes for all N nodes.
    /// @param intervalSeconds Target seconds between rounds.
    /// @param halfLifeSeconds Seconds behind schedule that halve d.
    /// @param capacity Weight of a full block at θ = 1.
    /// @param confirmations Rounds to be won after a round until it is final.
    /// @dev Reverts too with ClockNotInSeconds of Asert, NoActiveNodes of Difficulty, and ChallengeNotDrawn where the
    ///      chain tells contracts no hashes of blocks.
    constructor(
        IPhiOracle oracle,
        uint256 anchorDifficulty,
        uint32 intervalSeconds,
        uint32 halfLifeSeconds,
        uint256 capacity,
        uint256 confirmations
    ) {
        if (
            address(oracle) == address(0) || anchorDifficulty == 0 || intervalSeconds == 0 || halfLifeSeconds == 0
                || halfLifeSeconds < intervalSeconds || capacity == 0 || capacity > type(uint64).max
                || confirmations == 0
        ) revert InvalidLedger();
        if (blockhash(block.number - 1) == bytes32(0)) revert ChallengeNotDrawn(1, block.number);
        ORACLE = oracle;
        ANCHOR_DIFFICULTY = anchorDifficulty;
        ANCHOR_TIMESTAMP_SECONDS = Asert.anchorTimestampSeconds();
        INTERVAL_SECONDS = intervalSeconds;
        HALF_LIFE_SECONDS = halfLifeSeconds;
        CAPACITY = capacity;
        CONFIRMATIONS = confirmations;
        _rounds[0].timestampSeconds = ANCHOR_TIMESTAMP_SECONDS;
        _rounds[0].blockHash = keccak256(abi.encode(block.chainid, address(this)));
        _open(1, 0);
    }

    /* MINING */

    /// @inheritdoc IPowLedger
    function submitBlock(uint256 round, uint256 node, bytes calldata body, uint256 nonce, OpeningPhi calldata opening_)
        external
    {
        Head memory head = _head;
        if (round > head.openRound) revert RoundNotOpen(round, head.openRound);
        address miner = ORACLE.miner(node);
        if (msg.sender != miner) revert NotMiner(node, msg.sender, miner);
        if (ORACLE.isRetired(node)) revert IConsensusRegistry.NodeIsRetired(node);
        uint256 weight = BlockBody.weight(body);
        _checkWeight(head, round, node, weight, opening_);
        bytes32 bodyHash = keccak256(body);
        if (round == head.openRound) _win(head, node, bodyHash, weight, nonce);
        else _compete(head, round, node, bodyHash, weight, nonce);
        emit BodyPublished(round, bodyHash, body);
    }

    /* READS */

    /// @inheritdoc IPowLedger
    function opening() external view returns (Opening memory) {
        Head memory head = _head;
        Round storage open = _rounds[head.openRound];
        return Opening({
            round: head.openRound,
            seed: _rounds[head.openRound - 1].blockHash,
            openedInBlock: head.openedInBlock,
            baseDifficulty: baseDifficulty(),
            difficulty: open.difficulty,
            phiSnapshot: open.phiSnapshot
        });
    }

    /// @inheritdoc IPowLedger
    function roundOf(uint256 round) external view returns (Round memory) {
        if (round == 0 || round >= _head.openRound) revert UnknownRound(round, _head.openRound);
        return _rounds[round];
    }

    /// @inheritdoc IPowLedger
    function openRound() external view returns (uint256) {
        return _head.openRound;
    }

    /// @inheritdoc IPowLedger
    function competingBlocks() external view returns (uint256) {
        return _head.competingBlocks;
    }

    /// @inheritdoc IPowLedger
    function challenge() external view returns (bytes32) {
        return _challenge(_head);
    }

    /// @inheritdoc IPowLedger
    function difficulty() external view returns (uint256) {
        return _rounds[_head.openRound].difficulty;
    }

    /// @inheritdoc IPowLedger
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

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IPowLedger).interfaceId || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc IPowLedger
    function baseDifficulty() public view returns (uint256) {
        uint256 height = _head.openRound - 1;
        return baseDifficultyAfter(height, _rounds[height].timestampSeconds);
    }

    /// @inheritdoc IPowLedger
    function weightLimit(uint256 node) public view returns (uint256) {
        return _weight(ORACLE.theta(node));
    }

    /// @inheritdoc IPowLedger
    function finalRound() public view returns (uint256) {
        return Math.saturatingSub(_head.openRound - 1, CONFIRMATIONS);
    }

    /// @inheritdoc IPowLedger
    function baseDifficultyAfter(uint256 height, uint256 timestampSeconds) public view returns (uint256) {
        return Asert.difficultyAfter(
            ANCHOR_DIFFICULTY,
            int64(uint64(timestampSeconds)) - int64(ANCHOR_TIMESTAMP_SECONDS),
            int64(uint64(height)),
            INTERVAL_SECONDS,
            HALF_LIFE_SECONDS
        );
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

    function _win(Head memory head, uint256 node, bytes32 body, uint256 weight, uint256 nonce) private {
        uint256 round = head.openRound;
        uint256 previousSeconds = _rounds[round - 1].timestampSeconds;
        if (block.timestamp <= previousSeconds) revert TimestampNotAdvancing(block.timestamp, previousSeconds);
        bytes32 challenge_ = _challenge(head);
        Round storage won = _rounds[round];
        uint256 required = won.difficulty;
        bytes32 blockHash = _work(challenge_, node, body, nonce, required);
        won.challenge = challenge_;
        won.blockHash = blockHash;
        won.node = uint32(node); // the registry knows it, so it is below 2¹⁷
        won.timestampSeconds = uint64(block.timestamp);
        won.weight = uint64(weight); // at most CAPACITY
        emit RoundWon(round, node, blockHash, body, weight, required, baseDifficultyAfter(round - 1, previousSeconds));
        _open(round + 1, head.competingBlocks);
    }

    function _compete(Head memory head, uint256 round, uint256 node, bytes32 body, uint256 weight, uint256 nonce)
        private
    {
        uint256 settled = finalRound();
        if (round <= settled) revert RoundFinal(round, settled);
        Round storage won = _rounds[round];
        if (node == won.node || _competed[round][node]) revert NodeHasBlock(round, node);
        if (won.competing == MAX_COMPETING_BLOCKS) revert TooManyCompetingBlocks(round, MAX_COMPETING_BLOCKS);
        bytes32 blockHash = _work(won.challenge, node, body, nonce, won.difficulty);
        _competed[round][node] = true;
        ++won.competing;
        _head.competingBlocks = head.competingBlocks + 1;
        emit BlockCompeted(round, node, blockHash, body, weight);
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

    function _challenge(Head memory head) private view returns (bytes32) {
        uint256 opened = head.openedInBlock;
        bytes32 entropy;
        if (block.number > opened) {
            uint256 passed = block.number - opened;
            // 1 to 256 blocks back: those whose hashes are told.
            entropy = blockhash(opened + (passed - 1) / HASH_BLOCKS * HASH_BLOCKS);
        }
        if (entropy == bytes32(0)) revert ChallengeNotDrawn(head.openRound, opened);
        return keccak256(abi.encode(_rounds[head.openRound - 1].blockHash, head.openRound, entropy));
    }

    /// @dev hash · p < 2²⁵⁶, exact: the product's high word is 0.
    function _work(bytes32 from, uint256 node, bytes32 body, uint256 nonce, uint256 required)
        private
        pure
        returns (bytes32 blockHash)
    {
        blockHash = keccak256(abi.encode(from, node, body, nonce));
        (uint256 high,) = Math.mul512(uint256(blockHash), required);
        if (high != 0) revert NotEnoughWork(blockHash, required);
    }
}
