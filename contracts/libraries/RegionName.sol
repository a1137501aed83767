// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title RegionName
/// @notice Names of regions in ASCII, such as "eu-west", in 16 bytes with zeros behind them.
library RegionName {
    /// @notice Whether a region is one of those allowed, or lies in one: "eu-west" in "eu". Where the first of them is
    ///         empty, all are allowed.
    function isWithin(bytes16 region, bytes16[4] memory allowed) internal pure returns (bool) {
        if (allowed[0] == 0) return true;
        for (uint256 i = 0; i < allowed.length && allowed[i] != 0; ++i) {
            if (_begins(region, allowed[i])) return true;
        }
        return false;
    }

    /// @dev Whether the parts of a name begin with those of another: all bytes of `other`, then the end or a dash.
    function _begins(bytes16 name, bytes16 other) private pure returns (bool) {
        for (uint256 i = 0; i < 16; ++i) {
            if (other[i] == 0) return name[i] == 0 || name[i] == "-";
            if (name[i] != other[i]) return false;
        }
        return true;
    }
}
