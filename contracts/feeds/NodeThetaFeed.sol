// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IConsensusRegistry} from "../interfaces/IConsensusRegistry.sol";
import {IPhiOracle} from "../interfaces/IPhiOracle.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";
import {PhiFeed} from "./PhiFeed.sol";

/// @title NodeThetaFeed
/// @notice θ of one node; 0, which consumers refuse, once it is retired.
contract NodeThetaFeed is PhiFeed {
    /// @notice The node.
    uint256 public immutable NODE;

    /// @param oracle The contract whose epochs are the rounds.
    /// @param node The node; must be registered, or IConsensusRegistry.UnknownNode.
    constructor(IPhiOracle oracle, uint256 node) PhiFeed(oracle) {
        uint256 count = oracle.nodeCount();
        if (node >= count) revert IConsensusRegistry.UnknownNode(node, count);
        NODE = node;
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external view returns (string memory) {
        return string.concat("Theta of node ", Strings.toString(NODE));
    }

    /// @inheritdoc AggregatorV3Interface
    function decimals() external pure returns (uint8) {
        return 18;
    }

    function _answer(uint64, uint64) internal view override returns (int256) {
        return int256(ORACLE.theta(NODE)); // at most 1e18
    }
}
