// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPhiOracle} from "../interfaces/IPhiOracle.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";
import {PhiFeed} from "./PhiFeed.sol";

/// @title MeanThetaFeed
/// @notice Mean θ over the active nodes, rounded down: the share of its capacity that the network offers on average.
/// @dev Warning: reads every node, for about 3 000 gas each if they are cold. For a large network read it off chain, or
///      `record` it once per round.
contract MeanThetaFeed is PhiFeed {
    /// @param oracle The contract whose epochs are the rounds.
    constructor(IPhiOracle oracle) PhiFeed(oracle) {}

    /// @inheritdoc AggregatorV3Interface
    function decimals() external pure returns (uint8) {
        return 18;
    }

    /// @inheritdoc AggregatorV3Interface
    function description() external pure returns (string memory) {
        return "Mean theta of the active nodes";
    }

    /// @dev A retired node has θ = 0 and does not count as active. A network that has reported has an active node.
    function _answer(uint64, uint64) internal view override returns (int256) {
        uint256[] memory thetaWad = ORACLE.thetas(0, ORACLE.nodeCount());
        uint256 sumWad = 0;
        for (uint256 i = 0; i < thetaWad.length; ++i) {
            sumWad += thetaWad[i];
        }
        return int256(sumWad / ORACLE.activeCount()); // each at most 1e18
    }
}
