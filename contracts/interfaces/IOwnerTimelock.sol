// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IOwnerTimelock
/// @notice The owner of {IPhiOracle} on a live network: OpenZeppelin's TimelockController with its roles set and bounds
///         on its delay. A change is scheduled, seen by all for the delay, and then executed, unless the guardian has
///         cancelled it.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. What the timelock owns is changed by its operations alone, each at least the delay after it was scheduled, once,
///    and whole or not at all.
/// 2. The delay is between MIN_DELAY_SECONDS and MAX_DELAY_SECONDS, and only an operation changes it.
/// 3. The proposer alone schedules and executes; proposer and guardian cancel, before or after the delay has passed.
/// 4. Roles change by operations alone: there is no administrator, and nobody can renounce a role.
/// 5. It owns from the block of its deployment on, with the roles and the delay that it then has.
///
/// @dev Warning: a guardian can cancel every operation, the one that replaces it too, and can pause reports. So a bad
///      guardian stops changes and reports for good (never makes any); give the role to several people together.
interface IOwnerTimelock {
    /* ERRORS */

    /// @notice The delay is outside its bounds.
    error DelayOutOfBounds(uint256 delaySeconds, uint256 minSeconds, uint256 maxSeconds);
    /// @notice The guardian has to be there, and to be another account than the proposer, or nobody can object.
    error NoGuardian(address guardian, address proposer);
    /// @notice A role is taken away by an operation: else a stolen key could leave the network ownerless at once.
    error RoleNotRenounced();

    /* READS */

    /// @notice The shortest delay.
    function MIN_DELAY_SECONDS() external view returns (uint256);
    /// @notice The longest delay: beyond it, a slip of the pen would hold up every later change.
    function MAX_DELAY_SECONDS() external view returns (uint256);
}
