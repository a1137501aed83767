// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "solady/src/utils/ECDSA.sol";

import {CompactSignature, IPhiOracle} from "../interfaces/IPhiOracle.sol";

/// @title OperatorQuorum
/// @notice k of n operators, listed in memory, by the rules of {IPhiOracle}: compact signatures, low s only, ascending.
library OperatorQuorum {
    uint256 internal constant MAX_OPERATORS = 31;

    uint256 private constant S_MASK = type(uint256).max >> 1;
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Reverts unless at least `threshold` distinct operators signed `digest`.
    /// @return signers Bit i set: operator i signed.
    function check(
        bytes32 digest,
        CompactSignature[] calldata signatures,
        address[] memory operators,
        uint256 threshold
    ) internal view returns (uint32 signers) {
        if (signatures.length < threshold) {
            revert IPhiOracle.TooFewSignatures(signatures.length, threshold);
        }
        uint256 next = 0; // first operator that may sign
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = _recover(digest, signatures[i]);
            if (signer == address(0)) revert IPhiOracle.InvalidSignature(i);
            uint256 index = next;
            while (index < operators.length && operators[index] != signer) ++index;
            if (index == operators.length) _refuse(i, signer, next, operators);
            signers |= uint32(1 << index); // index is below 31
            next = index + 1;
        }
    }

    /// @notice Reverts unless each operator is one and listed once, and more than half of them must sign.
    function checkList(address[] memory operators, uint256 threshold) internal pure {
        uint256 count = operators.length;
        if (count > MAX_OPERATORS) revert IPhiOracle.TooManyOperators(count, MAX_OPERATORS);
        if (threshold > count) revert IPhiOracle.InvalidThreshold(threshold, count);
        if (2 * threshold <= count) revert IPhiOracle.ThresholdTooLow(threshold, count / 2 + 1);
        for (uint256 i = 0; i < count; ++i) {
            bool twice = false;
            for (uint256 j = 0; j < i; ++j) {
                if (operators[j] == operators[i]) twice = true;
            }
            if (twice || operators[i] == address(0)) revert IPhiOracle.InvalidOperator(i, operators[i]);
        }
    }

    /// @dev The signer; zero if the signature is malformed. A high s would give every signature a twin.
    function _recover(bytes32 digest, CompactSignature calldata signature) private view returns (address) {
        if (uint256(signature.vs) & S_MASK > HALF_ORDER) return address(0);
        return ECDSA.tryRecover(digest, signature.r, signature.vs);
    }

    /// @dev `signer` is no operator from `next` on: it is one before, or none.
    function _refuse(uint256 position, address signer, uint256 next, address[] memory operators) private pure {
        for (uint256 index = 0; index < next; ++index) {
            if (operators[index] == signer) revert IPhiOracle.SignersNotAscending(position, index, next - 1);
        }
        revert IPhiOracle.NotOperator(position, signer);
    }
}
