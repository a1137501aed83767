// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ExpTable
/// @notice exp(φ) of lanes as the product of two table entries: with u = q + 2¹⁵ = 256·i + j,
///         exp(q / 2¹⁵) ≈ HIGH[i] · LOW[j] / 2⁸⁵,  HIGH[i] = exp((i − 128)/128) · 2⁴²,  LOW[j] = exp(j/2¹⁵) · 2⁴³.
/// @dev Entries are rounded to the nearest, products are exact integers: within 4e-13 of exp at every lane, strictly
///      monotone, 2⁸⁵ at φ = 0, and sums of them are the same in any order. The table lies in memory as {ExpTableData}
///      has it: 12 bytes per entry, of which an entry needs 44 bits. The product of two words that each end in an entry
///      has the product of the entries in its low 96 bits. A sum of 16 such products has theirs there too, since it is
///      below 16·2⁸⁷. The bits above, from other entries, are cut off once per word. Python twin:
///      `oracle/formulas/exp_table.py`.
library ExpTable {
    /// @notice Bytes of the table.
    uint256 internal constant SIZE = 6144;

    /// @notice exp(0): the term of a node whose φ is 0.
    uint256 internal constant ONE = 1 << 85;

    /// @dev 16 fields of 16 bits, each 1.
    uint256 private constant EACH = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 private constant LOW_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    /// @dev From the table's start to the word that ends in HIGH[0], and in LOW[0].
    uint256 private constant FIRST_HIGH = 12;
    uint256 private constant FIRST_LOW = 3084;
    uint256 private constant TERMS = 0xffffffffffffffffffffffff;

    /// @notice The address of the word that ends in HIGH[0], in each of 16 fields, as `sum` takes it.
    /// @param table Memory pointer to the table, from 32 to 2¹⁵.
    function fields(uint256 table) internal pure returns (uint256) {
        unchecked {
            return (table + FIRST_HIGH - 32) * EACH;
        }
    }

    /// @notice Σ exp(φ)·2⁸⁵ over the 16 lanes of a word.
    /// @param word Lanes biased by 2¹⁵ (see PhiLanes).
    /// @param tableFields By `fields`.
    function sum(uint256 word, uint256 tableFields) internal pure returns (uint256 total) {
        assembly ("memory-safe") {
            // The address of each entry, in fields of 16 bits that never carry, since the table ends below 2¹⁶. From
            // scratch space a field is then read with one constant address and one shift.
            mstore(0x00, add(mul(and(shr(8, word), LOW_BYTES), 12), tableFields))
            mstore(0x20, add(mul(and(word, LOW_BYTES), 12), add(tableFields, mul(EACH, 3072))))
            total := mul(mload(shr(240, mload(0x00))), mload(shr(240, mload(0x20))))
            total := add(total, mul(mload(shr(240, mload(0x02))), mload(shr(240, mload(0x22)))))
            total := add(total, mul(mload(shr(240, mload(0x04))), mload(shr(240, mload(0x24)))))
            total := add(total, mul(mload(shr(240, mload(0x06))), mload(shr(240, mload(0x26)))))
            total := add(total, mul(mload(shr(240, mload(0x08))), mload(shr(240, mload(0x28)))))
            total := add(total, mul(mload(shr(240, mload(0x0a))), mload(shr(240, mload(0x2a)))))
            total := add(total, mul(mload(shr(240, mload(0x0c))), mload(shr(240, mload(0x2c)))))
            total := add(total, mul(mload(shr(240, mload(0x0e))), mload(shr(240, mload(0x2e)))))
            total := add(total, mul(mload(shr(240, mload(0x10))), mload(shr(240, mload(0x30)))))
            total := add(total, mul(mload(shr(240, mload(0x12))), mload(shr(240, mload(0x32)))))
            total := add(total, mul(mload(shr(240, mload(0x14))), mload(shr(240, mload(0x34)))))
            total := add(total, mul(mload(shr(240, mload(0x16))), mload(shr(240, mload(0x36)))))
            total := add(total, mul(mload(shr(240, mload(0x18))), mload(shr(240, mload(0x38)))))
            total := add(total, mul(mload(shr(240, mload(0x1a))), mload(shr(240, mload(0x3a)))))
            total := add(total, mul(mload(shr(240, mload(0x1c))), mload(shr(240, mload(0x3c)))))
            total := add(total, mul(mload(shr(240, mload(0x1e))), mload(shr(240, mload(0x3e)))))
            total := and(total, TERMS)
        }
    }

    /// @notice exp(φ)·2⁸⁵ of one lane.
    /// @param q The lane, signed.
    /// @param table Memory pointer to the table.
    function term(int256 q, uint256 table) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            let u := add(q, 0x8000)
            let high := mload(add(sub(add(table, FIRST_HIGH), 32), mul(shr(8, u), 12)))
            let low := mload(add(sub(add(table, FIRST_LOW), 32), mul(and(u, 0xff), 12)))
            value := and(mul(high, low), TERMS)
        }
    }

    /// @notice A sum of terms in WAD, rounded down.
    function toWad(uint256 sumQ85) internal pure returns (uint256) {
        unchecked {
            return (sumQ85 * 1e18) >> 85; // below 2¹⁰⁴ · 2⁶⁰
        }
    }
}
