// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ThetaLanes
/// @notice θ₀ of 16 nodes in one word, precise enough to check for all of them at once that θ₀ + φ keeps its bounds.
/// @dev With unit = 1e18/2¹⁵, the φ of one lane unit, a node's entry is e = ⌊θ₀/unit⌋ + ⌈θ₀/unit⌉: twice θ₀ in units,
///      and odd if θ₀ is not a whole number of them. For a lane q of φ
///          2q + e ≥ 2·⌈min/unit⌉  implies  θ₀ + φ ≥ min,
///          2q + e ≤ 2·⌊max/unit⌋  implies  θ₀ + φ ≤ max,
///      and the converse holds if θ₀, or the bound, is a whole number of units. Otherwise a lane less than a unit
///      inside its bound may fail; ConsensusRegistry checks what fails here node by node. Arithmetic is that of
///      {LaneBounds}: eight fields of 32 bits, a guard in bit 31 of each.
library ThetaLanes {
    uint256 private constant UNIT_WAD = 30517578125000;
    /// @dev For θ₀ = 1e18, e would be 2¹⁶; one less is on the safe side of both bounds.
    uint256 private constant MAX_ENTRY = 0xffff;
    /// @dev Lanes are biased by 2¹⁵, so 2q is off by 2¹⁶.
    uint256 private constant BIAS_TWICE = 1 << 16;
    /// @dev 8 fields of 32 bits, each 1; and 16 of 16 bits.
    uint256 private constant EACH = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant EACH_LANE = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 private constant GUARDS = 0x8000000080000000800000008000000080000000800000008000000080000000;
    uint256 private constant EVEN = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @notice The entry of a node.
    /// @param theta0Wad At most 1e18.
    function entry(uint256 theta0Wad) internal pure returns (uint256 e) {
        unchecked {
            e = theta0Wad / UNIT_WAD + (theta0Wad + UNIT_WAD - 1) / UNIT_WAD;
            if (e > MAX_ENTRY) e = MAX_ENTRY;
        }
    }

    /// @notice `word` with the entry of node `n` replaced.
    function withEntry(uint256 word, uint256 n, uint256 e) internal pure returns (uint256) {
        uint256 shift = (n & 15) << 4;
        return (word & ~(uint256(0xffff) << shift)) | (e << shift);
    }

    /// @notice `word` with the entry of node `n` in its place and in all above it, so that lanes that no node has yet,
    ///         whose φ is 0, pass if that node does.
    function withEntriesFrom(uint256 word, uint256 n, uint256 e) internal pure returns (uint256) {
        uint256 shift = (n & 15) << 4;
        return (word & ((1 << shift) - 1)) | ((e * EACH_LANE) << shift);
    }

    /// @notice Upper bound on θ, at most 1e18, as `within` takes it.
    function highFields(uint256 maxWad) internal pure returns (uint256) {
        unchecked {
            return GUARDS + (2 * (maxWad / UNIT_WAD) + BIAS_TWICE) * EACH;
        }
    }

    /// @notice Lower bound on θ, at most 1e18, as `within` takes it.
    function lowFields(uint256 minWad) internal pure returns (uint256) {
        unchecked {
            return GUARDS - (2 * ((minWad + UNIT_WAD - 1) / UNIT_WAD) + BIAS_TWICE) * EACH;
        }
    }

    /// @notice Guards; `LaneBounds.allWithin` of them implies that θ of each of 16 nodes is within its bounds.
    /// @param next The nodes' lanes of φ, biased.
    /// @param entries The nodes' entries.
    function within(uint256 next, uint256 entries, uint256 high, uint256 low) internal pure returns (uint256 guards) {
        uint256 even = EVEN;
        assembly ("memory-safe") {
            let u := and(next, even)
            let x := add(add(u, u), and(entries, even))
            guards := and(sub(high, x), add(x, low))
            u := and(shr(16, next), even)
            x := add(add(u, u), and(shr(16, entries), even))
            guards := and(guards, and(sub(high, x), add(x, low)))
        }
    }
}
