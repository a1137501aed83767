// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Limits} from "../interfaces/IPhiOracle.sol";
import {ExpTable} from "./ExpTable.sol";

/// @title ReportRules
/// @notice The rules for reports, which only the owner changes, as the code of a data contract: the {ExpTable}, the
///         limits and the threshold, the model hash, the operators.
/// @dev A report reads it with one EXTCODECOPY, whatever the committee's size, in place of a storage slot for each
///      signer. A change of any part writes a new data contract. Layout, in bytes: table 6144, head 32, model hash 32,
///      operators 32 each. The head, from bit 0: maxPhiLane 16, maxStepLane 16, maxSumRatioBps 32, minSpacingBlocks 32,
///      maxAgeSeconds 32, relaxPeriodSeconds 32, threshold 8.
library ReportRules {
    uint256 private constant HEAD = 6144;
    uint256 private constant MODEL = 6176;
    uint256 private constant OPERATORS = 6208;
    /// @dev SSTORE2 puts a STOP before the data.
    uint256 private constant CODE_OFFSET = 1;

    /// @notice Writes the rules; returns the data contract.
    function write(
        bytes memory table,
        Limits memory bounds,
        uint256 required,
        bytes32 model,
        address[] memory operators
    ) internal returns (address) {
        uint256 packed = uint256(bounds.maxPhiLane) | (uint256(bounds.maxStepLane) << 16)
            | (uint256(bounds.maxSumRatioBps) << 32) | (uint256(bounds.minSpacingBlocks) << 64)
            | (uint256(bounds.maxAgeSeconds) << 96) | (uint256(bounds.relaxPeriodSeconds) << 128) | (required << 160);
        return SSTORE2.write(abi.encodePacked(table, packed, model, operators));
    }

    /* IN MEMORY */

    /// @notice Copies the rules into memory.
    /// @return rules Memory pointer; the table is at its start.
    function load(address source, uint256 operatorCount) internal view returns (uint256 rules) {
        uint256 size = OPERATORS + 32 * operatorCount;
        assembly ("memory-safe") {
            rules := mload(0x40)
            extcodecopy(source, rules, CODE_OFFSET, size)
            mstore(0x40, add(rules, size))
        }
        // ExpTable demands this of the table's address. Entry points load the rules first, into the first kilobyte.
        assert(rules < 1 << 15);
    }

    /// @notice The head of rules in memory.
    function head(uint256 rules) internal pure returns (uint256 packed) {
        assembly ("memory-safe") {
            packed := mload(add(rules, HEAD))
        }
    }

    /// @notice The model hash of rules in memory.
    function modelHash(uint256 rules) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := mload(add(rules, MODEL))
        }
    }

    /// @notice Operator `index` of rules in memory.
    function operator(uint256 rules, uint256 index) internal pure returns (address account) {
        assembly ("memory-safe") {
            account := mload(add(rules, add(OPERATORS, shl(5, index))))
        }
    }

    /* PARTS OF THE DATA CONTRACT */

    /// @notice The head of the rules that `source` holds.
    function readHead(address source) internal view returns (uint256 packed) {
        assembly ("memory-safe") {
            extcodecopy(source, 0, add(CODE_OFFSET, HEAD), 32)
            packed := mload(0)
        }
    }

    /// @notice The model hash that `source` holds.
    function readModelHash(address source) internal view returns (bytes32 hash) {
        assembly ("memory-safe") {
            extcodecopy(source, 0, add(CODE_OFFSET, MODEL), 32)
            hash := mload(0)
        }
    }

    /// @notice The operators that `source` holds, in order.
    function readOperators(address source, uint256 operatorCount) internal view returns (address[] memory list) {
        list = new address[](operatorCount);
        assembly ("memory-safe") {
            extcodecopy(source, add(list, 0x20), add(CODE_OFFSET, OPERATORS), shl(5, operatorCount))
        }
    }

    /// @notice The table that `source` holds.
    function readTable(address source) internal view returns (bytes memory) {
        return SSTORE2.read(source, 0, ExpTable.SIZE);
    }

    /* PARTS OF THE HEAD */

    /// @notice Limit on |φ|, in lane units.
    function maxPhiLane(uint256 packed) internal pure returns (uint256) {
        return packed & 0xffff;
    }

    /// @notice Limit on the change of φ, in lane units.
    function maxStepLane(uint256 packed) internal pure returns (uint256) {
        return (packed >> 16) & 0xffff;
    }

    /// @notice Limit on the ratio of Σexp(φ), in basis points.
    function maxSumRatioBps(uint256 packed) internal pure returns (uint256) {
        return (packed >> 32) & 0xffffffff;
    }

    /// @notice The least blocks from one report to the next.
    function minSpacingBlocks(uint256 packed) internal pure returns (uint256) {
        return (packed >> 64) & 0xffffffff;
    }

    /// @notice Age at which the last report is stale.
    function maxAgeSeconds(uint256 packed) internal pure returns (uint256) {
        return (packed >> 96) & 0xffffffff;
    }

    /// @notice Time from one halving of φ to the next, once the last report is stale.
    function relaxPeriodSeconds(uint256 packed) internal pure returns (uint256) {
        return (packed >> 128) & 0xffffffff;
    }

    /// @notice Signatures that a report needs.
    function threshold(uint256 packed) internal pure returns (uint256) {
        return packed >> 160;
    }

    /// @notice The limits as the interface gives them.
    function limits(uint256 packed) internal pure returns (Limits memory) {
        return Limits({
            maxPhiLane: uint16(maxPhiLane(packed)),
            maxStepLane: uint16(maxStepLane(packed)),
            maxSumRatioBps: uint32(maxSumRatioBps(packed)),
            minSpacingBlocks: uint32(minSpacingBlocks(packed)),
            maxAgeSeconds: uint32(maxAgeSeconds(packed)),
            relaxPeriodSeconds: uint32(relaxPeriodSeconds(packed))
        });
    }
}
