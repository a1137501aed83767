// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @title SignedTurns
/// @notice Which of its last turns a delegate missed: one bit per turn, at most 256, the latest turn in the lowest bit.
library SignedTurns {
    /// @notice The record after one more turn.
    function after_(uint256 record, bool missed, uint256 window) internal pure returns (uint256) {
        record = record << 1 | (missed ? 1 : 0);
        return window == 256 ? record : record & ((1 << window) - 1);
    }

    /// @notice Turns missed.
    function missedTurns(uint256 record) internal pure returns (uint256) {
        return LibBit.popCount(record);
    }
}
