// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @title Theta0Range
/// @notice A range that encloses θ₀ of all active nodes, and narrows again by itself when one of them leaves.
/// @dev θ₀ falls into 256 buckets of width 1/256. A bucket counts its nodes and keeps the lowest and the highest θ₀ it
///      has held since it was last empty; a bitmap says which hold any. So the range is at most 1/256 too wide on
///      either side, is exact if all θ₀ are equal, and costs the same for any number of nodes.
library Theta0Range {
    /// @notice One bucket of θ₀.
    struct Bucket {
        uint64 count;
        uint64 lowWad;
        uint64 highWad;
    }

    /// @notice All buckets; bit b of `inUse` set: bucket b holds a node.
    struct Range {
        uint256 inUse;
        Bucket[256] buckets;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant LAST = 255;

    /// @notice Adds a node's θ₀, at most 1e18.
    function add(Range storage range, uint256 theta0Wad) internal {
        uint64 value = uint64(theta0Wad);
        uint256 b = _bucketOf(theta0Wad);
        Bucket memory bucket = range.buckets[b];
        if (bucket.count == 0) {
            range.inUse |= 1 << b;
            (bucket.lowWad, bucket.highWad) = (value, value);
        } else if (value < bucket.lowWad) {
            bucket.lowWad = value;
        } else if (value > bucket.highWad) {
            bucket.highWad = value;
        }
        ++bucket.count;
        range.buckets[b] = bucket;
    }

    /// @notice Removes a θ₀ that was added.
    function remove(Range storage range, uint256 theta0Wad) internal {
        uint256 b = _bucketOf(theta0Wad);
        if (--range.buckets[b].count == 0) range.inUse ^= 1 << b;
    }

    /// @notice The range; without nodes, one that is within any bounds.
    function bounds(Range storage range) internal view returns (uint256 lowWad, uint256 highWad) {
        uint256 inUse = range.inUse;
        if (inUse == 0) return (WAD, 0);
        return (range.buckets[LibBit.ffs(inUse)].lowWad, range.buckets[LibBit.fls(inUse)].highWad);
    }

    function _bucketOf(uint256 theta0Wad) private pure returns (uint256) {
        return theta0Wad == WAD ? LAST : (theta0Wad << 8) / WAD;
    }
}
