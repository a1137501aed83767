// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CompactSignature} from "../interfaces/IPhiOracle.sol";

/// @title ICommittee
/// @notice Operators of whom some must sign what a contract acts on.
interface ICommittee {
    /// @notice Reverts unless enough operators signed a digest; says of whom the signatures are.
    /// @param digest Of EIP-712 typed data, whose domain is of the contract that acts on it.
    /// @param signatures Compact, low s only, in ascending order of their operators.
    /// @return signers Bit i set: operator i signed.
    function requireQuorum(bytes32 digest, CompactSignature[] calldata signatures)
        external
        view
        returns (uint32 signers);

    /// @notice The operators, in order, and how many of them must sign.
    function committee() external view returns (address[] memory operators, uint256 threshold);
}
