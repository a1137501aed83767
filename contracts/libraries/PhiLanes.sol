// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title PhiLanes
/// @notice Codec of φ lanes: 16 signed 16-bit lanes to a 256-bit word, lane n at bits 16·(n mod 16) of word ⌊n/16⌋.
/// @dev A lane q stands for φ = q / 2¹⁵, so φ lies in [−1, 1) and q·30517578125000 is its exact WAD value.
///      Python twin: `oracle/formulas/lanes.py`; both run the same cases in `tests/contracts/test_phi_lanes.py`.
library PhiLanes {
    /// @notice Lanes held by one word.
    uint256 internal constant LANES_PER_WORD = 16;

    /// @notice φ in WAD of one lane unit: 1e18 / 2¹⁵, exact.
    int256 internal constant WAD_PER_UNIT = 30517578125000;

    /// @notice Words that hold `nodeCount` lanes, rounded up.
    function wordCount(uint256 nodeCount) internal pure returns (uint256) {
        return (nodeCount + LANES_PER_WORD - 1) / LANES_PER_WORD;
    }

    /// @notice Lane of node `n` in the word that holds it, sign-extended.
    /// @param word The word ⌊n/16⌋.
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

    /// @notice `word` with the lane of node `n` cleared.
    function clear(uint256 word, uint256 n) internal pure returns (uint256) {
        return word & ~(uint256(0xffff) << ((n & 15) << 4));
    }

    /// @notice Every lane divided by 2^shift, rounded toward zero, so that repeated halving ends at 0 from both sides.
    /// @dev Halving `shift` times with truncation equals one division by 2^shift with truncation.
    function halve(uint256 word, uint256 shift) internal pure returns (uint256 halved) {
        if (shift > 15) return 0;
        // A lane is at least −2¹⁵, so 15 halvings leave −1 at most and the divisor 2^shift never exceeds 2¹⁵.
        int256 divisor = int256(uint256(1) << shift);
        for (uint256 i = 0; i < LANES_PER_WORD; ++i) {
            uint256 q = uint256(lane(word, i) / divisor) & 0xffff;
            halved |= q << (i << 4);
        }
    }
}
