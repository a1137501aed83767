// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConsensusLedger, OpeningPhi} from "./IConsensusLedger.sol";

/// @title IPowLedger
/// @notice Mining rounds: p counts the expected hashes for a block. A block of node n is a body and a nonce, valid
///         where keccak256(challenge ‖ n ‖ keccak256(body) ‖ nonce) · p < 2²⁵⁶ and weight ≤ θₙ · capacity; the hash
///         covers 128 bytes: four words, n and nonce as uint256.
///
/// The challenge of a round is keccak256(seed, round, hash of the chain's block that includes the win before): nobody
/// knows it before that block is made, so nobody can build on a block that is withheld.
///
/// Guarantees beside those of IConsensusLedger, each held by the test named beside it in `docs/contracts.md`:
/// 7. A block counts only with the work that p of its round demands, within θₙ of the capacity, from node n's own key,
///    and only once.
/// 8. The challenge of a round depends on the hash of the chain's block that opened it, and cannot be known before that
///    block.
///
/// @dev Warning: only for chains whose contracts see their own block numbers and the hashes of the last 256 blocks. If
///      `block.number` is another chain's (on Arbitrum, its parent's), several blocks of the chain share a number, and
///      `blockhash` returns no hash of the chain's own blocks. The challenge is then known up to one block of the
///      parent before a win, and miners cannot compute it from the chain's blocks.
interface IPowLedger is IConsensusLedger {
    /// @notice The caller does not hold the key of `node`.
    error NotMiner(uint256 node, address caller, address miner);
    /// @notice The hash does not meet p.
    error NotEnoughWork(bytes32 blockHash, uint256 difficulty);
    /// @notice The block whose hash the challenge takes is not made yet, or contracts see no hashes on this chain.
    error ChallengeNotDrawn(uint256 round, uint256 openedInBlock);

    /// @notice Submits a block of `node` for `round`, which wins the round, is recorded as competing, or reverts.
    /// @param body The transactions that it includes (see BlockBody); the block's hash covers keccak256 of the body.
    /// @param opening φ at the opening of the round; for a round that was won, that or φ at the opening of the next.
    ///        For the open round it is read only if the body weighs more than θ in force allows; for a round that was
    ///        won it is required, unless the body names nothing.
    /// @dev Reverts too with UnknownNode and NodeIsRetired of IConsensusRegistry, BodyTooShort of BlockBody,
    ///      WrongOpeningPhi of PhiSnapshot, and NoActiveNodes of Difficulty where no node is left for the next round.
    ///      Costs about 160 gas more per node if φ has changed since the last round opened, see MAX_SNAPSHOT_NODES.
    function submitBlock(uint256 round, uint256 node, bytes calldata body, uint256 nonce, OpeningPhi calldata opening)
        external;

    /// @notice Challenge of the open round, for a block that the chain's present block includes. It takes the hash of
    ///         the chain's block that opened the round. After every 256 blocks it takes that of the block 256 further,
    ///         since contracts see no older hashes.
    /// @dev Reverts with ChallengeNotDrawn in the block that opened the round, so also for calls on the state of that
    ///      block.
    function challenge() external view returns (bytes32);
}
