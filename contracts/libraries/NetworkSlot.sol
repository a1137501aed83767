// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice All that a report reads but does not write, besides its rules, in one storage slot. From bit 0: rules 160,
///         nodeCount 24, activeCount 24, lowLane 16, highLane 16, operatorCount 8, paused 8.
type Network is uint256;

using NetworkSlot for Network global;

/// @title NetworkSlot
/// @notice Fields of a {Network}: read from one word on the stack, so that a report pays for one SLOAD and no memory.
library NetworkSlot {
    uint256 private constant COUNT = type(uint24).max;
    uint256 private constant LANE = type(uint16).max;

    /// @notice The data contract of rules, see ReportRules.
    function rules(Network n) internal pure returns (address) {
        return address(uint160(Network.unwrap(n)));
    }

    /// @notice Nodes ever registered.
    function nodeCount(Network n) internal pure returns (uint256) {
        return (Network.unwrap(n) >> 160) & COUNT;
    }

    /// @notice Nodes registered and not retired.
    function activeCount(Network n) internal pure returns (uint256) {
        return (Network.unwrap(n) >> 184) & COUNT;
    }

    /// @notice Biased lanes from this to `highLane` keep θ of every node within its bounds, whatever its θ₀.
    function lowLane(Network n) internal pure returns (uint256) {
        return (Network.unwrap(n) >> 208) & LANE;
    }

    /// @notice See `lowLane`.
    function highLane(Network n) internal pure returns (uint256) {
        return (Network.unwrap(n) >> 224) & LANE;
    }

    /// @notice Members of the committee.
    function operatorCount(Network n) internal pure returns (uint256) {
        return (Network.unwrap(n) >> 240) & 0xff;
    }

    /// @notice Whether reports are paused.
    function paused(Network n) internal pure returns (bool) {
        return Network.unwrap(n) >> 248 != 0;
    }

    /// @notice With other rules.
    function withRules(Network n, address source, uint256 operators) internal pure returns (Network) {
        return _with(_with(n, 0, type(uint160).max, uint160(source)), 240, 0xff, operators);
    }

    /// @notice With other counts of nodes, below 2²⁴.
    function withCounts(Network n, uint256 nodes, uint256 active) internal pure returns (Network) {
        return _with(_with(n, 160, COUNT, nodes), 184, COUNT, active);
    }

    /// @notice With other biased lane bounds, below 2¹⁶.
    function withLanes(Network n, uint256 low, uint256 high) internal pure returns (Network) {
        return _with(_with(n, 208, LANE, low), 224, LANE, high);
    }

    /// @notice Paused or not.
    function withPaused(Network n, bool isPaused) internal pure returns (Network) {
        return _with(n, 248, 0xff, isPaused ? 1 : 0);
    }

    function _with(Network n, uint256 shift, uint256 mask, uint256 value) private pure returns (Network) {
        return Network.wrap((Network.unwrap(n) & ~(mask << shift)) | (value << shift));
    }
}
