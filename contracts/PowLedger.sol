// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {IPhiOracle} from "./interfaces/IPhiOracle.sol";
import {IPowLedger, Round} from "./interfaces/IPowLedger.sol";
import {Asert} from "./libraries/Asert.sol";
import {BlockBody} from "./libraries/BlockBody.sol";
import {Difficulty} from "./libraries/Difficulty.sol";

/// @title PowLedger
/// @notice See {IPowLedger}: it states the guarantees.
contract PowLedger is IPowLedger, IERC165 {
    uint256 private constant WAD = 1e18;

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
    uint256 public openRound;
    /// @inheritdoc IPowLedger
    uint256 public competingBlocks;
    /// @inheritdoc IPowLedger
    bytes32 public challenge;

    mapping(uint256 round => Round won) private _rounds;
    mapping(bytes32 blockHash => bool) private _competed;

    /// @param oracle The contract whose θ and Σexp(φ) rounds follow.
    /// @param anchorDifficulty d of the first round: expected hashes for all N nodes.
    /// @param intervalSeconds Target seconds between rounds.
    /// @param halfLifeSeconds Seconds behind schedule that halve d.
    /// @param capacity Weight of a full block at θ = 1.
    /// @param confirmations Rounds to be won after a round until it is final.
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
                || capacity == 0 || capacity > type(uint64).max || confirmations == 0
        ) revert InvalidLedger();
        ORACLE = oracle;
        ANCHOR_DIFFICULTY = anchorDifficulty;
        ANCHOR_TIMESTAMP_SECONDS = uint64(block.timestamp);
        INTERVAL_SECONDS = intervalSeconds;
        HALF_LIFE_SECONDS = halfLifeSeconds;
        CAPACITY = capacity;
        CONFIRMATIONS = confirmations;
        _rounds[0].timestampSeconds = uint64(block.timestamp);
        _open(1, keccak256(abi.encode(block.chainid, address(this))));
    }

    /* MINING */

    /// @inheritdoc IPowLedger
    function submitBlock(uint256 round, uint256 node, bytes32 body, uint256 weight, uint256 nonce) external {
        _submit(round, node, body, weight, nonce);
    }

    /// @inheritdoc IPowLedger
    function submitBlockWithBody(uint256 round, uint256 node, bytes calldata data, uint256 nonce) external {
        bytes32 body = keccak256(data);
        _submit(round, node, body, BlockBody.weight(data), nonce);
        emit BodyPublished(round, body, data);
    }

    /* READS */

    /// @inheritdoc IPowLedger
    function roundOf(uint256 round) external view returns (Round memory) {
        if (round == 0 || round >= openRound) revert UnknownRound(round, openRound);
        return _rounds[round];
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IPowLedger).interfaceId || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc IPowLedger
    function baseDifficulty() public view returns (uint256) {
        uint256 height = openRound - 1;
        return baseDifficultyAfter(height, _rounds[height].timestampSeconds);
    }

    /// @inheritdoc IPowLedger
    function difficulty() public view returns (uint256) {
        return Difficulty.adjusted(baseDifficulty(), ORACLE.sumExpWad());
    }

    /// @inheritdoc IPowLedger
    function weightLimit(uint256 node) public view returns (uint256) {
        return Math.mulDiv(ORACLE.theta(node), CAPACITY, WAD);
    }

    /// @inheritdoc IPowLedger
    function finalRound() public view returns (uint256) {
        return Math.saturatingSub(openRound - 1, CONFIRMATIONS);
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

    function _submit(uint256 round, uint256 node, bytes32 body, uint256 weight, uint256 nonce) private {
        uint256 open = openRound;
        if (round > open) revert RoundNotOpen(round, open);
        address miner = ORACLE.miner(node);
        if (msg.sender != miner) revert NotMiner(node, msg.sender, miner);
        if (ORACLE.isRetired(node)) revert IConsensusRegistry.NodeIsRetired(node);
        uint256 limit = weightLimit(node);
        if (weight > limit) revert BlockTooHeavy(node, weight, limit);
        if (round == open) _win(round, node, body, weight, nonce);
        else _compete(round, node, body, weight, nonce);
    }

    function _win(uint256 round, uint256 node, bytes32 body, uint256 weight, uint256 nonce) private {
        uint256 previousSeconds = _rounds[round - 1].timestampSeconds;
        if (block.timestamp <= previousSeconds) revert TimestampNotAdvancing(block.timestamp, previousSeconds);
        uint256 base = baseDifficulty();
        uint256 required = Difficulty.adjusted(base, ORACLE.sumExpWad());
        bytes32 blockHash = _work(challenge, node, body, nonce, required);
        _rounds[round] = Round({
            challenge: challenge,
            blockHash: blockHash,
            difficulty: required,
            node: uint64(node),
            timestampSeconds: uint64(block.timestamp),
            weight: uint64(weight), // at most CAPACITY
            competing: 0
        });
        emit RoundWon(round, node, blockHash, body, weight, required, base);
        _open(round + 1, keccak256(abi.encode(blockHash, round + 1)));
    }

    function _compete(uint256 round, uint256 node, bytes32 body, uint256 weight, uint256 nonce) private {
        uint256 settled = finalRound();
        if (round <= settled) revert RoundFinal(round, settled);
        Round storage won = _rounds[round];
        bytes32 blockHash = _work(won.challenge, node, body, nonce, won.difficulty);
        if (blockHash == won.blockHash || _competed[blockHash]) revert BlockAlreadySubmitted(blockHash);
        _competed[blockHash] = true;
        ++won.competing;
        ++competingBlocks;
        emit BlockCompeted(round, node, blockHash, body, weight);
    }

    function _open(uint256 round, bytes32 newChallenge) private {
        openRound = round;
        challenge = newChallenge;
        emit RoundOpened(round, newChallenge, baseDifficulty());
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
