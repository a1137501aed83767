// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusLedger, OpeningPhi} from "./IConsensusLedger.sol";

/// @title IPowLedger
/// @notice Mining rounds: p counts the expected hashes for a block. A block of node n is a body and a nonce, valid
///         where keccak256(challenge ‖ n ‖ keccak256(body) ‖ nonce) · p < 2²⁵⁶ and weight ≤ θₙ · capacity; the hash
///         covers 128 bytes: four words, n and nonce as uint256.
///
/// The challenge of a round is keccak256(seed, round, hash of the chain's block that includes the win before): nobody
/// knows it while that block is not made, so a block that is withheld cannot be built upon.
///
/// Guarantees beside those of IConsensusLedger, each held by the test named beside it in `docs/contracts.md`:
/// 7. A block counts only with the work that p of its round asks, within θₙ of the capacity, from node n's own key,
///    and once.
/// 8. The challenge of a round depends on the hash of the chain's block that opened it, and cannot be had before.
///
/// @dev Warning: for chains whose contracts see their own block numbers and the hashes of the last 256 blocks. Where
///      `block.number` is another chain's (Arbitrum: that of its parent), several blocks of the chain share a number,
///      and `blockhash` gives what the chain's own blocks do not have: the challenge then is known up to one block of
///      the parent ahead of a win, and miners cannot compute it from the chain's blocks.
interface IPowLedger is IConsensusLedger {
    /// @notice The caller does not hold the key of `node`.
    error NotMiner(uint256 node, address caller, address miner);
    /// @notice The hash does not meet p.
    error NotEnoughWork(bytes32 blockHash, uint256 difficulty);
    /// @notice The block whose hash the challenge takes is not made yet, or the chain tells contracts no hashes.
    error ChallengeNotDrawn(uint256 round, uint256 openedInBlock);

    /// @notice Submits a block of `node` for `round`: wins it, or is recorded as competing, or reverts.
    /// @param body Which transactions it includes (see BlockBody); what the hash covers is keccak256 of it.
    /// @param opening φ at the opening of the round, or of the next for a round that was won. For the open round it is
    ///        looked at only where θ in force allows less than the body weighs; for one that was won it is needed,
    ///        unless the body names nothing.
    /// @dev Reverts too with UnknownNode and NodeIsRetired of IConsensusRegistry, BodyTooShort of BlockBody,
    ///      WrongOpeningPhi of PhiSnapshot, and NoActiveNodes of Difficulty where no node is left for the next round.
    ///      Takes some 160 gas a node more where φ has changed since a round was opened last, see MAX_SNAPSHOT_NODES.
    function submitBlock(uint256 round, uint256 node, bytes calldata body, uint256 nonce, OpeningPhi calldata opening)
        external;

    /// @notice Challenge of the open round, for a block that the chain's present block includes. It takes the hash of
    ///         the chain's block that opened the round; after 256 blocks, and every 256 from there, that of the block
    ///         so many further, since the chain tells contracts no older ones.
    /// @dev Reverts with ChallengeNotDrawn in the block that opened the round, hence also for calls made on its state.
    function challenge() external view returns (bytes32);
}
