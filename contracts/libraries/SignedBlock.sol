// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "solady/src/utils/ECDSA.sol";

import {IConsensusRegistry} from "../interfaces/IConsensusRegistry.sol";

/// @title SignedBlock
/// @notice What a block that its node signs must bring, whatever gave the node its slot or turn: the signature of the
///         node's key, the body that was signed, and the last block as its parent.
library SignedBlock {
    /// @notice The signature is not of the node's key.
    error NotSignedBy(uint256 node, address signer, address key);
    /// @notice The body is not the one signed.
    error WrongBody(bytes32 got, bytes32 signed);
    /// @notice The block builds on another than the last.
    error WrongParent(uint256 round, bytes32 got, bytes32 expected);
    /// @notice The two blocks are no evidence: one block, or of two nodes, or of two slots or turns.
    error NoEvidence();

    /// @notice Reverts where the digest is signed by another than the key that the node has now. A mirrored signature
    ///         (high s) passes: what a block is follows from its digest, not from its signature.
    function checkSigner(IConsensusRegistry registry, uint256 node, bytes32 digest, bytes calldata signature)
        internal
        view
    {
        address key = registry.miner(node);
        address signer = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer != key) revert NotSignedBy(node, signer, key);
    }

    /// @notice Reverts where keccak256 of the body is not what was signed.
    function checkBody(bytes calldata body, bytes32 signed) internal pure {
        bytes32 got = keccak256(body);
        if (got != signed) revert WrongBody(got, signed);
    }

    /// @notice Reverts where a block for `round` builds on another than `last`, the winner of the round before.
    function checkParent(uint256 round, bytes32 got, bytes32 last) internal pure {
        if (got != last) revert WrongParent(round, got, last);
    }
}
