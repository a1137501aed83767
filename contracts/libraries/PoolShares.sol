// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PoolShares
/// @notice What shares of a pool are worth. The twin is `oracle/bridges/shares.py`.
/// @dev Both ways round down, so what is left over stays with those who stay. A pool begins as if it had one unit of
///      the token and 1 000 shares that nobody holds, and it counts what came by `deposit` alone, not its balance: a
///      first provider can neither make a share dear by sending tokens nor gain by rounding.
library PoolShares {
    uint256 private constant NOBODYS_SHARES = 1_000;
    uint256 private constant NOBODYS_AMOUNT = 1;

    /// @notice Shares for an amount that comes.
    /// @param assets What the pool is worth before, in units of the token.
    /// @param shares All shares before.
    function forAmount(uint256 amount, uint256 assets, uint256 shares) internal pure returns (uint256) {
        return amount * (shares + NOBODYS_SHARES) / (assets + NOBODYS_AMOUNT);
    }

    /// @notice The amount for shares that go.
    function toAmount(uint256 given, uint256 assets, uint256 shares) internal pure returns (uint256) {
        return given * (assets + NOBODYS_AMOUNT) / (shares + NOBODYS_SHARES);
    }
}
