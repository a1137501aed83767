// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LaneBounds} from "contracts/libraries/LaneBounds.sol";
import {PhiLanes} from "contracts/libraries/PhiLanes.sol";

/// @dev Statements that are nearly true. A prover that passes one of them proves nothing by passing others.
contract ControlTest {
    /// @notice False where the lane is 0x8000.
    function check_everyLaneHasItsNegative(uint256 word, uint8 node) public pure {
        int256 q = PhiLanes.lane(word, node);
        assert(-q <= 32767);
    }

    /// @notice False where the lane lies exactly at a step above the bound it leaves out.
    function check_stepsAreOneSmaller(uint16 next, uint16 previous, uint16 step) public pure {
        uint256 guards = LaneBounds.within(
            next, previous, LaneBounds.highFields(65535), LaneBounds.lowFields(0), LaneBounds.stepFields(step)
        );
        if (LaneBounds.allWithin(guards)) assert(next < previous || next - previous < step || step == 0);
    }

    /// @notice False for forty, which the bound on loops never reaches: what was not looked at is not proved.
    function check_noCountIsForty(uint8 turns) public pure {
        uint256 count = 0;
        while (count < turns) ++count;
        assert(count != 40);
    }
}
