// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Noticeboard
/// @notice Generated traffic posts text here. It also stands in for the contracts that replayed transactions called: it
///         accepts any call with any value and does nothing.
contract Noticeboard {
    /// @notice A text was posted.
    event Posted(address indexed author, string text);

    /// @notice Accepts plain value.
    receive() external payable {}

    /// @notice Accepts any other call.
    fallback() external payable {}

    /// @notice Posts a text.
    function post(string calldata text) external payable {
        emit Posted(msg.sender, text);
    }
}
