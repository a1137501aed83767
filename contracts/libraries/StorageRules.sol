// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement, FileTerms, IStorageRegistry, RegistrySetup} from "../interfaces/IStorageRegistry.sol";
import {ChunkTree} from "./ChunkTree.sol";

/// @title StorageRules
/// @notice What a {IStorageRegistry} takes, and its formulas. `tests/trust/storage_twin.py` says them in Python.
library StorageRules {
    /// @dev Holders of one file, and so the bound of every loop over them.
    uint256 internal constant MOST_REPLICAS = 16;
    uint256 internal constant MOST_SAMPLES = 8;
    /// @dev Beyond this a file's rent could overflow 128 bits.
    uint256 internal constant MOST_BYTES = 1 << 48;
    uint256 internal constant MOST_PRICE = 1 << 79;
    uint256 internal constant MOST_SECONDS = 366 days;
    /// @dev `BLOCKHASH` knows the last 256 blocks; an answer in time must still find that of the drawing block.
    uint256 internal constant MOST_ANSWER_BLOCKS = 240;
    uint256 internal constant BPS = 10_000;
    uint256 private constant GIB = 1 << 30;

    /// @notice Reverts unless a registry can stand on `setup`.
    function checkSetup(RegistrySetup memory setup) internal pure {
        if (
            setup.token == address(0) || setup.periodSeconds == 0 || setup.periodSeconds > MOST_SECONDS
                || setup.noticeSeconds > MOST_SECONDS || setup.drawDelayBlocks == 0 || setup.drawDelayBlocks > 100
                || setup.answerBlocks == 0 || setup.answerBlocks > MOST_ANSWER_BLOCKS || setup.samples == 0
                || setup.samples > MOST_SAMPLES || setup.challengerBps > BPS || setup.bondPeriods == 0
                || setup.minBond == 0 || setup.restBlocks == 0
        ) revert IStorageRegistry.InvalidSetup();
    }

    /// @notice Reverts unless a file can be kept by `terms`.
    function checkTerms(FileTerms calldata terms) internal pure {
        if (terms.contentDigest == 0 || terms.chunkRoot == 0) revert IStorageRegistry.InvalidTerms("no content");
        if (terms.sizeBytes == 0 || terms.sizeBytes > MOST_BYTES) revert IStorageRegistry.InvalidTerms("size");
        if (terms.replicasMin == 0 || terms.replicasMin > terms.replicasMax || terms.replicasMax > MOST_REPLICAS) {
            revert IStorageRegistry.InvalidTerms("replicas");
        }
    }

    /// @notice Rent of a file in one period, rounded up: price · size / 2³⁰.
    function rentUp(uint256 pricePerGibPeriod, uint256 sizeBytes) internal pure returns (uint128) {
        // Below 2^79 · 2^48 / 2^30 + 1.
        return uint128((pricePerGibPeriod * sizeBytes + GIB - 1) / GIB);
    }

    /// @notice What an agreement takes of its holder's bond: `bondPeriods` of its rent, at least `minBond`.
    function lockOf(RegistrySetup memory setup, uint128 rent) internal pure returns (uint128) {
        uint256 lock = uint256(rent) * setup.bondPeriods;
        return uint128(lock < setup.minBond ? setup.minBond : lock);
    }

    /// @notice Whole periods that an agreement has not been paid for.
    function periodsDue(Agreement memory agreement, uint256 periodSeconds) internal view returns (uint256) {
        return (block.timestamp - agreement.paidUntilSeconds) / periodSeconds;
    }

    /// @notice The chunk that a challenge draws: keccak256(seed ‖ file ‖ holder ‖ sample) mod chunks.
    function drawn(bytes32 seed, bytes32 file, address holder, uint256 sample, uint256 sizeBytes)
        internal
        pure
        returns (uint256)
    {
        return uint256(keccak256(abi.encode(seed, file, holder, sample))) % ChunkTree.count(sizeBytes);
    }
}
