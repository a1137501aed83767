// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PhiScan
/// @notice The loops over all words of a report: one checks and sums, one checks entries of θ₀ if the first does not
///         decide, and one stores.
/// @dev LaneBounds.within, ThetaLanes.within and ExpTable.sum, written out by hand, since the loops are most of what a
///      report costs above its storage: with a call of `sum`, which the compiler does not inline, a report of 100 nodes
///      costs 1.26 times its floor in place of 1.25. Tests hold both forms equal.
library PhiScan {
    uint256 private constant BIAS = 0x8000800080008000800080008000800080008000800080008000800080008000;
    uint256 private constant LOW_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    /// @dev 16 fields of 16 bits, each 3072: from HIGH[0] to LOW[0] in ExpTable.
    uint256 private constant EACH_3072 = 0x0c000c000c000c000c000c000c000c000c000c000c000c000c000c000c000c00;
    uint256 private constant TERMS = 0xffffffffffffffffffffffff;
    uint256 private constant GUARDS = 0x8000000080000000800000008000000080000000800000008000000080000000;
    uint256 private constant EVEN = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @notice Compares words with those in storage and sums exp(φ) of all their lanes.
    /// @param words Two's complement.
    /// @param slot Slot of the first word of φ that they replace.
    /// @param tableFields By ExpTable.fields.
    /// @param high By LaneBounds.highFields, as `low` and `step` by theirs.
    /// @return guards AND of LaneBounds.within of all words.
    /// @return total Sum of ExpTable.sum of all words.
    function scan(uint256[] memory words, uint256 slot, uint256 tableFields, uint256 high, uint256 low, uint256 step)
        internal
        view
        returns (uint256 guards, uint256 total)
    {
        assembly ("memory-safe") {
            guards := not(0)
            let lowTableFields := add(tableFields, EACH_3072)
            let p := add(words, 0x20)
            for { let end := add(p, shl(5, mload(words))) } lt(p, end) { p := add(p, 0x20) } {
                let next := xor(mload(p), BIAS)
                let previous := sload(slot)
                slot := add(slot, 1)

                let u := and(next, EVEN)
                let v := and(previous, EVEN)
                guards := and(
                    and(guards, and(sub(high, u), add(u, low))),
                    and(sub(add(step, u), v), sub(add(step, v), u))
                )
                u := and(shr(16, next), EVEN)
                v := and(shr(16, previous), EVEN)
                guards := and(
                    and(guards, and(sub(high, u), add(u, low))),
                    and(sub(add(step, u), v), sub(add(step, v), u))
                )

                mstore(0x00, add(mul(and(shr(8, next), LOW_BYTES), 12), tableFields))
                mstore(0x20, add(mul(and(next, LOW_BYTES), 12), lowTableFields))
                let wordSum := mul(mload(shr(240, mload(0x00))), mload(shr(240, mload(0x20))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x02))), mload(shr(240, mload(0x22)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x04))), mload(shr(240, mload(0x24)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x06))), mload(shr(240, mload(0x26)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x08))), mload(shr(240, mload(0x28)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x0a))), mload(shr(240, mload(0x2a)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x0c))), mload(shr(240, mload(0x2c)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x0e))), mload(shr(240, mload(0x2e)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x10))), mload(shr(240, mload(0x30)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x12))), mload(shr(240, mload(0x32)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x14))), mload(shr(240, mload(0x34)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x16))), mload(shr(240, mload(0x36)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x18))), mload(shr(240, mload(0x38)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x1a))), mload(shr(240, mload(0x3a)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x1c))), mload(shr(240, mload(0x3c)))))
                wordSum := add(wordSum, mul(mload(shr(240, mload(0x1e))), mload(shr(240, mload(0x3e)))))
                total := add(total, and(wordSum, TERMS))
            }
        }
    }

    /// @notice The first word, from `from` on, for which the entries of θ₀ do not show that every lane keeps all its
    ///         bounds; `words.length` if there is none.
    /// @dev Takes one cold SLOAD and about 400 gas per word, if φ was read before.
    /// @param words Two's complement.
    /// @param from Index in `words`.
    /// @param slot Of the first word of φ that they are to replace.
    /// @param entriesSlot Of the entries of `words[0]`, see ThetaLanes.
    /// @param high By LaneBounds.highFields, as `low` and `step` by theirs: bounds on φ.
    /// @param thetaHigh By ThetaLanes.highFields, as `thetaLow` by its own.
    function firstUncleared(
        uint256[] memory words,
        uint256 from,
        uint256 slot,
        uint256 entriesSlot,
        uint256 high,
        uint256 low,
        uint256 step,
        uint256 thetaHigh,
        uint256 thetaLow
    ) internal view returns (uint256 index) {
        assembly ("memory-safe") {
            // In scratch space: with all bounds on the stack, the compiler would move changing variables to memory.
            mstore(0x00, thetaHigh)
            mstore(0x20, thetaLow)
            // p runs a word behind, so that p − words counts slots too.
            let p := add(words, shl(5, from))
            for { let end := add(words, shl(5, mload(words))) } lt(p, end) { p := add(p, 0x20) } {
                let next := xor(mload(add(p, 0x20)), BIAS)
                let other := sload(add(slot, shr(5, sub(p, words))))
                let u := and(next, EVEN)
                let d := sub(add(step, u), and(other, EVEN))
                let guards := and(and(sub(high, u), add(u, low)), and(d, sub(shl(1, step), d)))
                u := and(shr(16, next), EVEN)
                d := sub(add(step, u), and(shr(16, other), EVEN))
                guards := and(guards, and(and(sub(high, u), add(u, low)), and(d, sub(shl(1, step), d))))
                other := sload(add(entriesSlot, shr(5, sub(p, words))))
                u := add(add(u, u), and(shr(16, other), EVEN))
                guards := and(guards, and(sub(mload(0x00), u), add(u, mload(0x20))))
                u := add(shl(1, and(next, EVEN)), and(other, EVEN))
                guards := and(guards, and(sub(mload(0x00), u), add(u, mload(0x20))))
                if xor(and(guards, GUARDS), GUARDS) { break }
            }
            index := shr(5, sub(p, words))
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
