// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title WorkloadRegister
/// @notice The contract for generated business that carries words: settlements, steps of a supply chain, donations and
///         accesses to records. It stores little of each, and logs the words.
contract WorkloadRegister {
    /// @notice Settled amount of each batch, in base units.
    mapping(bytes32 batch => uint256 amount) public settled;
    /// @notice Steps that each lot has gone through.
    mapping(uint256 lot => uint256 count) public steps;
    /// @notice Who read a record last.
    mapping(bytes32 record => address reader) public lastReader;
    /// @notice The sum of all donations, in wei.
    uint256 public donatedWei;

    /// @notice An amount was settled.
    event Settled(bytes32 indexed batch, address indexed payer, uint256 amount, string memo);
    /// @notice A lot went a step further.
    event Stepped(uint256 indexed lot, address indexed handler, string status);
    /// @notice Money was given.
    event Donated(address indexed donor, uint256 amountWei, string message);
    /// @notice A record was read.
    event Accessed(bytes32 indexed record, address indexed reader, string purpose);

    /// @notice Settles `amount` in a batch.
    function settle(bytes32 batch, uint256 amount, string calldata memo) external {
        settled[batch] += amount;
        emit Settled(batch, msg.sender, amount, memo);
    }

    /// @notice Takes a lot one step further.
    function step(uint256 lot, string calldata status) external {
        ++steps[lot];
        emit Stepped(lot, msg.sender, status);
    }

    /// @notice Gives money, which stays here.
    function donate(string calldata message) external payable {
        donatedWei += msg.value;
        emit Donated(msg.sender, msg.value, message);
    }

    /// @notice Notes who reads a record and what for.
    function access(bytes32 record, string calldata purpose) external {
        lastReader[record] = msg.sender;
        emit Accessed(record, msg.sender, purpose);
    }
}
