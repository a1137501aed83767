// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PhiLanes
/// @notice Codec of φ lanes: 16 signed 16-bit lanes to a 256-bit word, lane n at bits 16·(n mod 16) of word ⌊n/16⌋.
/// @dev A lane q stands for φ = q / 2¹⁵, so φ lies in [−1, 1) and q·30517578125000 is its exact WAD value.
///      Words are two's complement on the wire, and biased by 2¹⁵ in each lane where lanes are compared or stored:
///      `word ^ BIAS` goes either way.
///      Python twin: `oracle/formulas/lanes.py`; both run the same cases in `tests/contracts/test_phi_lanes.py`.
library PhiLanes {
    /// @notice Lanes held by one word.
    uint256 internal constant LANES_PER_WORD = 16;

    /// @notice φ in WAD of one lane unit: 1e18 / 2¹⁵, exact.
    int256 internal constant WAD_PER_UNIT = 30517578125000;

    /// @notice 2¹⁵ in each lane: the biased word of sixteen zeros.
    uint256 internal constant BIAS = 0x8000800080008000800080008000800080008000800080008000800080008000;

    /// @dev The even lanes of a word, each with 16 free bits above it.
    uint256 private constant EVEN = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    /// @dev 8 fields of 32 bits, each 1.
    uint256 private constant EACH = 0x0000000100000001000000010000000100000001000000010000000100000001;

    /// @notice Words that hold `nodeCount` lanes, rounded up.
    function wordCount(uint256 nodeCount) internal pure returns (uint256) {
        unchecked {
            return (nodeCount + LANES_PER_WORD - 1) / LANES_PER_WORD;
        }
    }

    /// @notice Lane of node `n` in the word that holds it, sign-extended.
    /// @param word The word ⌊n/16⌋, two's complement.
    /// @param n Node index; only n mod 16 matters.
    function lane(uint256 word, uint256 n) internal pure returns (int256 q) {
        assembly ("memory-safe") {
            q := signextend(1, shr(shl(4, and(n, 15)), word))
        }
    }

    /// @notice φ of a lane in WAD, exact.
    function toWad(int256 q) internal pure returns (int256) {
        return q * WAD_PER_UNIT;
    }

    /// @notice `word` with the lane of node `n` cleared. Two's complement.
    function clear(uint256 word, uint256 n) internal pure returns (uint256) {
        return word & ~(uint256(0xffff) << ((n & 15) << 4));
    }

    /// @notice Every lane divided by 2^shift, rounded toward zero, so that repeated halving ends at 0 from both sides.
    ///         Two's complement.
    /// @dev Halving `shift` times with truncation equals one division by 2^shift with truncation.
    function halve(uint256 word, uint256 shift) internal pure returns (uint256) {
        if (shift > 15) return 0;
        return _halveEven(word & EVEN, shift) | (_halveEven((word >> 16) & EVEN, shift) << 16);
    }

    /// @dev Eight lanes in fields of 32 bits: magnitude, shifted, with its sign again. No field carries: a magnitude
    ///      is at most 2¹⁵.
    function _halveEven(uint256 x, uint256 shift) private pure returns (uint256) {
        unchecked {
            uint256 negative = (x >> 15) & EACH;
            uint256 flip = negative * 0xffff;
            uint256 magnitude = (x ^ flip) + negative;
            // What a shift moves down from the field above lands above the 16 bits kept.
            magnitude = (magnitude >> shift) & EVEN;
            return ((magnitude ^ flip) + negative) & EVEN;
        }
    }
}
