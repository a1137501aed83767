// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRouteConditions} from "../../../contracts/interfaces/IRouteConditions.sol";

/// @dev A contract that sends by a route only at its quote.
contract RouteDemander {
    IRouteConditions private immutable _conditions;
    uint256 public sent;

    constructor(IRouteConditions conditions) {
        _conditions = conditions;
    }

    function send(bytes32 route, uint256 amountIn, uint256 amountOut) external {
        _conditions.demand(route, amountIn, amountOut);
        sent += amountIn;
    }
}
