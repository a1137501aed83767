// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ChunkTree
/// @notice Merkle tree over the chunks of a file, each 1 024 bytes but for the last, which has what is left.
///
///     leaf(chunk)       = keccak256(0x00 ‖ chunk)
///     node(left, right) = keccak256(0x01 ‖ left ‖ right)
///
/// A node without a right sibling goes up one level as it is, as in RFC 6962. The prefixes keep a node from passing for
/// a chunk. `oracle/storage/merkle.py` is the twin; `tests/contracts/test_storage_registry.py` holds both together.
library ChunkTree {
    uint256 internal constant CHUNK_BYTES = 1_024;

    /// @notice How many chunks a file of `sizeBytes` has; 0 for an empty one.
    function count(uint256 sizeBytes) internal pure returns (uint256) {
        return (sizeBytes + CHUNK_BYTES - 1) / CHUNK_BYTES;
    }

    /// @notice How many bytes chunk `index` of a file has. Needs `index < count(sizeBytes)`.
    function length(uint256 sizeBytes, uint256 index) internal pure returns (uint256) {
        uint256 left = sizeBytes - index * CHUNK_BYTES;
        return left < CHUNK_BYTES ? left : CHUNK_BYTES;
    }

    /// @notice Whether `chunk` is chunk `index` of the file of that size and root.
    /// @dev Turns the path at most 256 times, whatever it is: each turn halves `last`.
    /// @param path Siblings from the leaf upwards, without those that are missing.
    function holds(bytes32 root, uint256 sizeBytes, uint256 index, bytes calldata chunk, bytes32[] calldata path)
        internal
        pure
        returns (bool)
    {
        uint256 chunks = count(sizeBytes);
        if (index >= chunks || chunk.length != length(sizeBytes, index)) return false;
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0x00), chunk));
        uint256 used = 0;
        for (uint256 last = chunks - 1; last != 0; last >>= 1) {
            if (index & 1 == 1 || index < last) {
                if (used == path.length) return false;
                bytes32 sibling = path[used];
                ++used;
                (bytes32 left, bytes32 right) = index & 1 == 1 ? (sibling, hash) : (hash, sibling);
                hash = keccak256(abi.encodePacked(bytes1(0x01), left, right));
            }
            index >>= 1;
        }
        return used == path.length && hash == root;
    }
}
