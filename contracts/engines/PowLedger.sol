// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IConsensusLedger, OpeningPhi} from "../interfaces/IConsensusLedger.sol";
import {IPowLedger} from "../interfaces/IPowLedger.sol";
import {ConsensusLedger, LedgerSetup} from "./ConsensusLedger.sol";

/// @title PowLedger
/// @notice See {IPowLedger}: it states the guarantees.
contract PowLedger is IPowLedger, ConsensusLedger {
    /// @inheritdoc IConsensusLedger
    string public constant ENGINE = "pow";

    /// @dev Blocks back to which contracts are told the hashes of blocks.
    uint256 private constant HASH_BLOCKS = 256;

    /// @param setup Of the rounds; d of the first counts expected hashes for all N nodes.
    /// @dev Reverts too with ChallengeNotDrawn where the chain tells contracts no hashes of blocks.
    constructor(LedgerSetup memory setup) ConsensusLedger(setup, 0) {
        if (blockhash(block.number - 1) == bytes32(0)) revert ChallengeNotDrawn(1, block.number);
    }

    /* MINING */

    /// @inheritdoc IPowLedger
    function submitBlock(uint256 round, uint256 node, bytes calldata body, uint256 nonce, OpeningPhi calldata opening_)
        external
    {
        Head memory head = _head;
        if (round > head.openRound) revert RoundNotOpen(round, head.openRound);
        address miner = ORACLE.miner(node);
        if (msg.sender != miner) revert NotMiner(node, msg.sender, miner);
        uint256 weight = _checkedWeight(head, round, node, body, opening_);
        bytes32 bodyHash = keccak256(body);
        uint256 required = _rounds[round].difficulty;
        if (round == head.openRound) {
            bytes32 from = _challenge(head);
            _win(head, node, from, _work(from, node, bodyHash, nonce, required), bodyHash, weight);
        } else {
            _checkCompeting(round, node);
            bytes32 from = _rounds[round].challenge;
            _compete(head, round, node, _work(from, node, bodyHash, nonce, required), bodyHash, weight);
        }
        emit BodyPublished(round, bodyHash, body);
    }

    /* READS */

    /// @inheritdoc IPowLedger
    function challenge() external view returns (bytes32) {
        return _challenge(_head);
    }

    /// @inheritdoc IConsensusLedger
    function equivocations(uint256) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IPowLedger).interfaceId || id == type(IConsensusLedger).interfaceId
            || id == type(IERC165).interfaceId;
    }

    /* INTERNAL */

    function _challenge(Head memory head) private view returns (bytes32) {
        uint256 opened = head.openedInBlock;
        bytes32 entropy;
        if (block.number > opened) {
            uint256 passed = block.number - opened;
            // 1 to 256 blocks back: those whose hashes are told.
            entropy = blockhash(opened + (passed - 1) / HASH_BLOCKS * HASH_BLOCKS);
        }
        if (entropy == bytes32(0)) revert ChallengeNotDrawn(head.openRound, opened);
        return keccak256(abi.encode(_rounds[head.openRound - 1].blockHash, head.openRound, entropy));
    }

    /// @dev hash · p < 2²⁵⁶, exact: the product's high word is 0.
    function _work(bytes32 from, uint256 node, bytes32 body, uint256 nonce, uint256 required)
        private
        pure
        returns (bytes32 blockHash)
    {
        blockHash = keccak256(abi.encode(from, node, body, nonce));
        (uint256 high,) = Math.mul512(uint256(blockHash), required);
        if (high != 0) revert NotEnoughWork(blockHash, required);
    }
}
