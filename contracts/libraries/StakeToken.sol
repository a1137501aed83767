// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

/// @title StakeToken
/// @notice Takes in and pays out the staked token: an ERC-20, or the chain's coin if the token is 0.
/// @dev Callers guard against reentrancy: a token may call back during a transfer.
library StakeToken {
    /// @notice The amount is 0, or the coin sent is not the amount, or coin was sent although a token is staked.
    error WrongAmount(uint256 amount, uint256 sent);

    /// @notice Takes `amount` from the caller. Returns what arrives, which is less for a token that takes a fee.
    function take(address token, uint256 amount) internal returns (uint256 arrived) {
        if (token == address(0)) {
            if (msg.value == 0 || msg.value != amount) revert WrongAmount(amount, msg.value);
            return amount;
        }
        if (msg.value != 0) revert WrongAmount(amount, msg.value);
        uint256 before = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, msg.sender, address(this), amount);
        arrived = SafeTransferLib.balanceOf(token, address(this)) - before;
        if (arrived == 0) revert WrongAmount(amount, 0);
    }

    /// @notice Pays `amount` to an address; reverts if the address does not accept it.
    function pay(address token, address to, uint256 amount) internal {
        if (token == address(0)) SafeTransferLib.safeTransferETH(to, amount);
        else SafeTransferLib.safeTransfer(token, to, amount);
    }
}
