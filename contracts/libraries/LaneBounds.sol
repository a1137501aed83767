// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title LaneBounds
/// @notice Bounds on 16 lanes at once, by arithmetic on eight 32-bit fields. Each field has a guard bit, which a
///         failing comparison borrows.
/// @dev Lanes are biased by 2¹⁵, so they compare as unsigned numbers. For x, y < 2¹⁶ and a guard of 2³¹,
///      bit 31 of 2³¹ + x − y is set exactly where x ≥ y, and no field borrows from its neighbour.
library LaneBounds {
    /// @dev 8 fields of 32 bits, each 1.
    uint256 private constant EACH = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant GUARDS = 0x8000000080000000800000008000000080000000800000008000000080000000;
    uint256 private constant EVEN = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @notice Largest biased lane allowed, below 2¹⁶, as `within` takes it.
    function highFields(uint256 high) internal pure returns (uint256) {
        unchecked {
            return GUARDS + high * EACH;
        }
    }

    /// @notice Smallest biased lane allowed, below 2¹⁶, as `within` takes it.
    function lowFields(uint256 low) internal pure returns (uint256) {
        unchecked {
            return GUARDS - low * EACH;
        }
    }

    /// @notice Largest change allowed, below 2¹⁶, as `within` takes it.
    function stepFields(uint256 step) internal pure returns (uint256) {
        return highFields(step);
    }

    /// @notice Guards; `allWithin` of them tells whether every lane of `next` lies within its bounds and within the
    ///         step of its lane in `previous`. Results of several words are combined by AND.
    function within(uint256 next, uint256 previous, uint256 high, uint256 low, uint256 step)
        internal
        pure
        returns (uint256 guards)
    {
        uint256 even = EVEN;
        assembly ("memory-safe") {
            let u := and(next, even)
            let v := and(previous, even)
            // In turn: u ≤ high, u ≥ low, u + step ≥ v, v + step ≥ u.
            guards := and(and(sub(high, u), add(u, low)), and(sub(add(step, u), v), sub(add(step, v), u)))
            u := and(shr(16, next), even)
            v := and(shr(16, previous), even)
            guards := and(and(guards, and(sub(high, u), add(u, low))), and(sub(add(step, u), v), sub(add(step, v), u)))
        }
    }

    /// @notice Whether every guard stands.
    function allWithin(uint256 guards) internal pure returns (bool) {
        return guards & GUARDS == GUARDS;
    }
}
