// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Difficulty
/// @notice p = d / Σexp(φ). Python twin: `oracle/formulas/difficulty.py`.
library Difficulty {
    /// @notice No active node is registered, so p is not defined.
    error NoActiveNodes();

    uint256 private constant WAD = 1e18;

    /// @notice p for a d: ⌊d·1e18 / sumExpWad⌋ by a 512-bit product, at least 1.
    /// @dev Σ ≥ 1e18/e, so the quotient exceeds 256 bits only for a lone node with negative φ at d near 2²⁵⁶; it
    ///      saturates there.
    function adjusted(uint256 baseDifficulty, uint256 sumExpWad) internal pure returns (uint256) {
        if (sumExpWad == 0) revert NoActiveNodes();
        (uint256 high,) = Math.mul512(baseDifficulty, WAD);
        if (high >= sumExpWad) return type(uint256).max;
        return Math.max(1, Math.mulDiv(baseDifficulty, WAD, sumExpWad));
    }
}
