// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

import {IOwnerTimelock} from "../interfaces/IOwnerTimelock.sol";

/// @title OwnerTimelock
/// @notice See {IOwnerTimelock}: it states the guarantees.
/// @dev OpenZeppelin's TimelockController gives its proposers the role to cancel, and only an administrator could give
///      it to a guardian. Set here, no administrator is needed, and the timelock never runs with less than its delay.
contract OwnerTimelock is TimelockController, IOwnerTimelock {
    /// @inheritdoc IOwnerTimelock
    uint256 public constant MIN_DELAY_SECONDS = 1 hours;
    /// @inheritdoc IOwnerTimelock
    uint256 public constant MAX_DELAY_SECONDS = 30 days;

    /// @param delaySeconds From scheduling to execution, at least.
    /// @param proposer Schedules, executes and cancels.
    /// @param guardian Cancels.
    /// @param owned Whose ownership is accepted; the timelock's address must be its pending owner.
    constructor(uint256 delaySeconds, address proposer, address guardian, Ownable2Step owned)
        TimelockController(delaySeconds, _only(proposer), _only(proposer), address(0))
    {
        _checkDelay(delaySeconds);
        if (guardian == address(0) || guardian == proposer) revert NoGuardian(guardian, proposer);
        _grantRole(CANCELLER_ROLE, guardian);
        owned.acceptOwnership();
    }

    /// @notice Changes the delay; of the timelock's own operations alone.
    function updateDelay(uint256 newDelay) public override {
        _checkDelay(newDelay);
        super.updateDelay(newDelay);
    }

    /// @notice Refused: see RoleNotRenounced.
    function renounceRole(bytes32, address) public pure override {
        revert RoleNotRenounced();
    }

    function _checkDelay(uint256 delaySeconds) private pure {
        if (delaySeconds < MIN_DELAY_SECONDS || delaySeconds > MAX_DELAY_SECONDS) {
            revert DelayOutOfBounds(delaySeconds, MIN_DELAY_SECONDS, MAX_DELAY_SECONDS);
        }
    }

    function _only(address account) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = account;
    }
}
