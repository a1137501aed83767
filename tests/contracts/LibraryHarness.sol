// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {Asert} from "contracts/libraries/Asert.sol";
import {PhiLanes} from "contracts/libraries/PhiLanes.sol";

/// @dev The internal library functions for tests to call, many cases at once.
contract LibraryHarness {
    struct TargetCase {
        uint256 anchorTarget;
        int64 timeDiff;
        int64 heightDiff;
        uint32 intervalSeconds;
        uint32 halfLifeSeconds;
        uint256 maxTarget;
    }

    function wordCounts(uint256[] calldata nodeCounts) external pure returns (uint256[] memory counts) {
        counts = new uint256[](nodeCounts.length);
        for (uint256 i = 0; i < nodeCounts.length; ++i) {
            counts[i] = PhiLanes.wordCount(nodeCounts[i]);
        }
    }

    /// @dev All lanes of all words, by node index.
    function lanes(uint256[] calldata words) external pure returns (int256[] memory found) {
        found = new int256[](words.length * 16);
        for (uint256 node = 0; node < found.length; ++node) {
            found[node] = PhiLanes.lane(words[node / 16], node);
        }
    }

    /// @dev φ in WAD of `count` lanes from `first`.
    function toWads(int256 first, uint256 count) external pure returns (int256[] memory wads) {
        wads = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            wads[i] = PhiLanes.toWad(first + int256(i));
        }
    }

    /// @dev `word` with the lane of each of 16 nodes from `firstNode` cleared.
    function cleared(uint256 word, uint256 firstNode) external pure returns (uint256[] memory words) {
        words = new uint256[](16);
        for (uint256 i = 0; i < 16; ++i) {
            words[i] = PhiLanes.clear(word, firstNode + i);
        }
    }

    function halved(uint256[] calldata words, uint256 shift) external pure returns (uint256[] memory found) {
        found = new uint256[](words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            found[i] = PhiLanes.halve(words[i], shift);
        }
    }

    /// @dev exp(φ) of `count` lanes from `first`, as the registry computes it.
    function exps(int256 first, uint256 count) external pure returns (int256[] memory found) {
        found = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            found[i] = FixedPointMathLib.expWad(PhiLanes.toWad(first + int256(i)));
        }
    }

    function nextTargets(TargetCase[] calldata cases) external pure returns (uint256[] memory targets) {
        targets = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            TargetCase calldata c = cases[i];
            targets[i] = Asert.nextTarget(
                c.anchorTarget, c.timeDiff, c.heightDiff, c.intervalSeconds, c.halfLifeSeconds, c.maxTarget
            );
        }
    }

    function inverted(uint256[] calldata values) external pure returns (uint256[] memory found) {
        found = new uint256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            found[i] = Asert.invert(values[i]);
        }
    }
}
