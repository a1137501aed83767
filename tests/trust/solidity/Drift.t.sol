// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExpTable} from "contracts/libraries/ExpTable.sol";
import {ExpTableData} from "contracts/libraries/ExpTableData.sol";
import {PhiLanes} from "contracts/libraries/PhiLanes.sol";
import {PhiScan} from "contracts/libraries/PhiScan.sol";

/// @dev What a registry does to φ, over five words, with Σexp kept along as it keeps it: by differences.
contract Walk {
    uint256 private constant WORDS = 5;
    uint256[WORDS] public stored;
    uint256 public sumQ85;

    constructor() {
        for (uint256 w = 0; w < WORDS; ++w) {
            stored[w] = PhiLanes.BIAS;
        }
        sumQ85 = WORDS * 16 * ExpTable.ONE;
    }

    /// @notice One word anew, as a sparse report sets it.
    function change(uint8 w, uint256 word) external {
        uint256 fields = ExpTable.fields(table());
        w %= uint8(WORDS);
        sumQ85 = sumQ85 + ExpTable.sum(word, fields) - ExpTable.sum(stored[w], fields);
        stored[w] = word;
    }

    /// @notice All words anew, as a report sets them.
    function replace(uint256[5] calldata words) external {
        uint256 pointer = table();
        uint256[] memory copy = new uint256[](WORDS);
        for (uint256 w = 0; w < WORDS; ++w) {
            copy[w] = words[w];
        }
        uint256 slot;
        assembly ("memory-safe") {
            slot := stored.slot
        }
        (, sumQ85) = PhiScan.scan(copy, slot, ExpTable.fields(pointer), 0, 0, 0);
        PhiScan.store(copy, slot);
    }

    /// @notice One lane to 0, as retiring a node does; here the node goes on counting.
    function clear(uint8 node) external {
        uint256 pointer = table();
        uint256 n = node % (WORDS * 16);
        uint256 word = stored[n >> 4] ^ PhiLanes.BIAS;
        sumQ85 = sumQ85 + ExpTable.ONE - ExpTable.term(PhiLanes.lane(word, n), pointer);
        stored[n >> 4] = PhiLanes.clear(word, n) ^ PhiLanes.BIAS;
    }

    /// @notice Every lane nearer to 0, as relaxing does.
    function relax(uint8 halvings) external {
        uint256 fields = ExpTable.fields(table());
        for (uint256 w = 0; w < WORDS; ++w) {
            uint256 next = PhiLanes.halve(stored[w] ^ PhiLanes.BIAS, halvings % 20) ^ PhiLanes.BIAS;
            sumQ85 = sumQ85 + ExpTable.sum(next, fields) - ExpTable.sum(stored[w], fields);
            stored[w] = next;
        }
    }

    /// @notice Σexp from the lanes alone.
    function recomputed() external view returns (uint256 total) {
        uint256 pointer = table();
        for (uint256 n = 0; n < WORDS * 16; ++n) {
            total += ExpTable.term(PhiLanes.lane(stored[n >> 4] ^ PhiLanes.BIAS, n), pointer);
        }
    }

    function table() private pure returns (uint256 pointer) {
        bytes memory data = ExpTableData.TABLE;
        assembly ("memory-safe") {
            pointer := add(data, 0x20)
        }
    }
}

/// @dev No sequence of changes makes the sum kept along differ from the one recomputed.
contract DriftTest {
    Walk private _walk;

    function setUp() external {
        _walk = new Walk();
    }

    /// @notice Whom forge calls.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_walk);
    }

    function invariant_sumIsTheSumOfTheLanes() external view {
        assert(_walk.sumQ85() == _walk.recomputed());
    }
}
