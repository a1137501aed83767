// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IDifficultyController} from "../interfaces/IDifficultyController.sol";
import {IPhiOracle} from "../interfaces/IPhiOracle.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";
import {PhiFeed} from "./PhiFeed.sol";

/// @title DifficultyFeed
/// @notice p, in expected hashes per block. Between reports it follows ASERT, block by block.
contract DifficultyFeed is PhiFeed {
    /// @notice Where p is read.
    IDifficultyController public immutable CONTROLLER;

    /// @param oracle The contract whose epochs are the rounds.
    /// @param controller Where p is read.
    constructor(IPhiOracle oracle, IDifficultyController controller) PhiFeed(oracle) {
        CONTROLLER = controller;
    }

    /// @inheritdoc AggregatorV3Interface
    function decimals() external pure returns (uint8) {
        return 0;
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external pure returns (string memory) {
        return "Proof-of-work difficulty p, expected hashes per block";
    }

    /// @dev p above 2²⁵⁵ − 1, which no chain mines at, saturates there.
    function _answer(uint64 height, uint64 timestampSeconds) internal view override returns (int256) {
        uint256 difficulty = CONTROLLER.adjusted(CONTROLLER.baseDifficultyAt(height, timestampSeconds));
        return int256(Math.min(difficulty, uint256(type(int256).max)));
    }
}
