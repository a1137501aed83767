// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExpTable} from "./ExpTable.sol";

/// @title PhiScan
/// @notice The loops over all words of a report: the one that checks and sums, the one that looks at θ₀ where the first
///         does not decide, and the one that stores.
/// @dev LaneBounds.within and ThetaLanes.within, written out by hand, since the loops are most of what a report costs
///      above its storage; the tests hold them equal.
library PhiScan {
    uint256 private constant BIAS = 0x8000800080008000800080008000800080008000800080008000800080008000;
    uint256 private constant EVEN = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @notice Compares words with those in storage and sums exp(φ) of all their lanes.
    /// @param words Two's complement.
    /// @param slot Of the first word of φ that they are to replace.
    /// @param tableFields By ExpTable.fields.
    /// @param high By LaneBounds.highFields, as `low` and `step` by theirs.
    /// @return bounds AND of the guards of `high` and `low` of all words.
    /// @return steps AND of the guards of `step` of all words.
    /// @return total Sum of ExpTable.sum of all words.
    function scan(uint256[] memory words, uint256 slot, uint256 tableFields, uint256 high, uint256 low, uint256 step)
        internal
        view
        returns (uint256 bounds, uint256 steps, uint256 total)
    {
        unchecked {
            uint256 p;
            uint256 end;
            assembly ("memory-safe") {
                p := add(words, 0x20)
                end := add(p, shl(5, mload(words)))
                bounds := not(0)
                steps := bounds
            }
            for (; p < end; p += 0x20) {
                uint256 next;
                assembly ("memory-safe") {
                    next := xor(mload(p), BIAS)
                    let previous := sload(slot)
                    slot := add(slot, 1)
                    let u := and(next, EVEN)
                    let d := sub(add(step, u), and(previous, EVEN))
                    bounds := and(and(bounds, sub(high, u)), add(u, low))
                    steps := and(and(steps, d), sub(shl(1, step), d))
                    u := and(shr(16, next), EVEN)
                    d := sub(add(step, u), and(shr(16, previous), EVEN))
                    bounds := and(and(bounds, sub(high, u)), add(u, low))
                    steps := and(and(steps, d), sub(shl(1, step), d))
                }
                total += ExpTable.sum(next, tableFields);
            }
        }
    }

    /// @notice Whether the entries of θ₀ tell that θ keeps its bounds, in every lane of all words, and φ its own.
    /// @dev One cold SLOAD a word and about 530 gas.
    /// @param words Two's complement.
    /// @param slot Of the entries of the first word, see ThetaLanes.
    /// @param high By LaneBounds.highFields, as `low` by its own: bounds on φ.
    /// @param thetaHigh By ThetaLanes.highFields, as `thetaLow` by its own.
    function thetasWithin(
        uint256[] memory words,
        uint256 slot,
        uint256 high,
        uint256 low,
        uint256 thetaHigh,
        uint256 thetaLow
    ) internal view returns (uint256 guards) {
        assembly ("memory-safe") {
            guards := not(0)
            let p := add(words, 0x20)
            for { let end := add(p, shl(5, mload(words))) } lt(p, end) { p := add(p, 0x20) } {
                let next := xor(mload(p), BIAS)
                let entries := sload(slot)
                slot := add(slot, 1)
                let u := and(next, EVEN)
                let x := add(add(u, u), and(entries, EVEN))
                guards := and(and(and(guards, sub(high, u)), add(u, low)), and(sub(thetaHigh, x), add(x, thetaLow)))
                u := and(shr(16, next), EVEN)
                x := add(add(u, u), and(shr(16, entries), EVEN))
                guards := and(and(and(guards, sub(high, u)), add(u, low)), and(sub(thetaHigh, x), add(x, thetaLow)))
            }
        }
    }

    /// @notice Writes words to storage from `slot` on, biased.
    function store(uint256[] memory words, uint256 slot) internal {
        assembly ("memory-safe") {
            let p := add(words, 0x20)
            for { let end := add(p, shl(5, mload(words))) } lt(p, end) { p := add(p, 0x20) } {
                sstore(slot, xor(mload(p), BIAS))
                slot := add(slot, 1)
            }
        }
    }
}
