// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CompactTarget} from "./CompactTarget.sol";

/// @title Asert
/// @notice aserti3, the absolutely scheduled difficulty rule of Bitcoin Cash, with parameters:
///         target = anchorTarget · 2^((Δtime − interval·(Δheight + 1)) / halfLife).
/// @dev The exponent is 16.16 fixed point and 2^frac the rule's own cubic, so the result equals the reference integer
///      for integer. It depends only on the anchor, never on earlier results, so it cannot drift. Python twin:
///      `oracle/formulas/asert.py`.
library Asert {
    /// @notice The chain's clock does not count seconds: it is past the year 2200. A clock in milliseconds would count
    ///         each interval as a thousand.
    error ClockNotInSeconds(uint256 timestamp, uint256 latestSeconds);

    /// @dev 2200-01-01 00:00 UTC; a clock in milliseconds passed it in March 1970.
    uint256 private constant LATEST_ANCHOR_SECONDS = 7_258_118_400;

    /// @notice Time of the block in which an anchor is set.
    function anchorTimestampSeconds() internal view returns (uint64) {
        if (block.timestamp > LATEST_ANCHOR_SECONDS) revert ClockNotInSeconds(block.timestamp, LATEST_ANCHOR_SECONDS);
        return uint64(block.timestamp);
    }

    /// @notice Target of the block after one at `heightDiff` blocks past the anchor.
    /// @param anchorTarget Target of the anchor block, at least 1.
    /// @param timeDiff Seconds from the anchor's parent to the latest block; negative where clocks ran back.
    /// @param heightDiff Blocks from the anchor to the latest block.
    /// @param intervalSeconds Target seconds between blocks.
    /// @param halfLifeSeconds Seconds of delay that double the target, at least 1.
    /// @param maxTarget Largest target allowed (the proof-of-work limit).
    /// @return target In [1, maxTarget], rounded down.
    function nextTarget(
        uint256 anchorTarget,
        int64 timeDiff,
        int64 heightDiff,
        uint32 intervalSeconds,
        uint32 halfLifeSeconds,
        uint256 maxTarget
    ) internal pure returns (uint256 target) {
        int256 lateSeconds =
            int256(timeDiff) - int256(uint256(intervalSeconds)) * (int256(heightDiff) + 1);
        // Rounds toward zero, as the rule does.
        int256 exponent = (lateSeconds * 65536) / int256(uint256(halfLifeSeconds));
        int256 shift = (exponent >> 16) - 16; // arithmetic shift: floor; 16 undoes the scale of `factor`
        uint256 frac = uint256(exponent & 0xffff);
        // 65536 · 2^(frac/65536) within 0.013 %: the constants are the rule's.
        uint256 factor =
            65536 + ((195766423245049 * frac + 971821376 * frac * frac + 5127 * frac * frac * frac + (1 << 47)) >> 48);
        target = _shift(anchorTarget, factor, shift, maxTarget);
        if (target == 0) return 1;
        if (target > maxTarget) return maxTarget;
    }

    /// @notice As `nextTarget`, with targets in compact bits, as headers carry them: the rule's own form.
    function nextBits(
        uint32 anchorBits,
        int64 timeDiff,
        int64 heightDiff,
        uint32 intervalSeconds,
        uint32 halfLifeSeconds,
        uint32 maxBits
    ) internal pure returns (uint32) {
        return CompactTarget.encode(
            nextTarget(
                CompactTarget.decode(anchorBits),
                timeDiff,
                heightDiff,
                intervalSeconds,
                halfLifeSeconds,
                CompactTarget.decode(maxBits)
            )
        );
    }

    /// @notice Difficulty of the block after one at `heightDiff` blocks and `timeDiff` seconds past an anchor that came
    ///         one interval after its parent. Rounded down twice: target, then its inverse.
    function difficultyAfter(
        uint256 anchorDifficulty,
        int64 timeDiff,
        int64 heightDiff,
        uint32 intervalSeconds,
        uint32 halfLifeSeconds
    ) internal pure returns (uint256) {
        // The rule counts time from the anchor's parent.
        int64 sinceParent = timeDiff + int64(uint64(intervalSeconds));
        return invert(
            nextTarget(
                invert(anchorDifficulty), sinceParent, heightDiff, intervalSeconds, halfLifeSeconds, type(uint256).max
            )
        );
    }

    /// @notice Expected hashes for a target: ⌊(2²⁵⁶ − 1) / target⌋.
    /// @dev Its own inverse up to rounding; used in both directions.
    function invert(uint256 targetOrDifficulty) internal pure returns (uint256) {
        return type(uint256).max / targetOrDifficulty;
    }

    /// @dev ⌊a · b · 2^shift⌋ from the exact 512-bit product, `limit` where that does not fit 256 bits.
    function _shift(uint256 a, uint256 b, int256 shift, uint256 limit) private pure returns (uint256) {
        (uint256 high, uint256 low) = Math.mul512(a, b);
        if (shift >= 0) {
            uint256 left = uint256(shift);
            if (high != 0 || left > 255 || (low << left) >> left != low) return limit;
            return low << left;
        }
        uint256 right = uint256(-shift);
        if (right > 255) return right > 511 ? 0 : high >> (right - 256);
        if (high >> right != 0) return limit;
        return (low >> right) | (high << (256 - right));
    }
}
