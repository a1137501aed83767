// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";

import {IHashLock, Lock, LockStatus} from "../interfaces/IHashLock.sol";

/// @title HashLock
/// @notice See {IHashLock}: it states the guarantees.
contract HashLock is IHashLock, ReentrancyGuardTransient {
    /// @dev A longer time than anybody waits for: an expiry in milliseconds would lock tokens for good.
    uint256 private constant MAX_SECONDS = 30 days;

    /// @inheritdoc IHashLock
    mapping(bytes32 id => LockStatus) public statusOf;

    /// @inheritdoc IHashLock
    function lock(Lock calldata content) external nonReentrant returns (bytes32 id) {
        if (msg.sender != content.sender) revert NotSender(msg.sender, content.sender);
        if (content.amount == 0) revert InvalidLock("the amount is 0");
        if (content.recipient == address(0)) revert InvalidLock("the recipient is 0");
        if (content.expirySeconds <= block.timestamp) revert TooLate(block.timestamp, content.expirySeconds);
        if (content.expirySeconds > block.timestamp + MAX_SECONDS) revert InvalidLock("it expires after 30 days");
        id = idOf(content);
        _move(id, LockStatus.Unknown, LockStatus.Locked);
        emit Locked(id, content.sender, content.recipient, content);
        uint256 before = SafeTransferLib.balanceOf(content.token, address(this));
        SafeTransferLib.safeTransferFrom(content.token, msg.sender, address(this), content.amount);
        uint256 arrived = SafeTransferLib.balanceOf(content.token, address(this)) - before;
        if (arrived != content.amount) revert WrongAmount(arrived, content.amount);
    }

    /// @inheritdoc IHashLock
    function claim(Lock calldata content, bytes32 preimage) external nonReentrant {
        bytes32 id = idOf(content);
        _move(id, LockStatus.Locked, LockStatus.Claimed);
        if (block.timestamp >= content.expirySeconds) revert TooLate(block.timestamp, content.expirySeconds);
        bytes32 hash = sha256(abi.encode(preimage));
        if (hash != content.hash) revert WrongPreimage(hash, content.hash);
        emit Claimed(id, preimage);
        SafeTransferLib.safeTransfer(content.token, content.recipient, content.amount);
    }

    /// @inheritdoc IHashLock
    function refund(Lock calldata content) external nonReentrant {
        bytes32 id = idOf(content);
        _move(id, LockStatus.Locked, LockStatus.Refunded);
        if (block.timestamp < content.expirySeconds) revert TooEarly(block.timestamp, content.expirySeconds);
        emit Refunded(id);
        SafeTransferLib.safeTransfer(content.token, content.sender, content.amount);
    }

    /// @inheritdoc IHashLock
    function idOf(Lock calldata content) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), content));
    }

    function _move(bytes32 id, LockStatus from, LockStatus to) private {
        LockStatus got = statusOf[id];
        if (got != from) revert WrongStatus(id, got, from);
        statusOf[id] = to;
    }

    /// @dev The EVM of these contracts has transient storage on every chain.
    function _useTransientReentrancyGuardOnlyOnMainnet() internal pure override returns (bool) {
        return false;
    }
}
