// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title WorkloadToken
/// @notice The token that generated traffic transfers, approves and mints. It is worth nothing: anyone may mint, and a
///         sender that holds too little is given the rest.
contract WorkloadToken is ERC20 {
    constructor() ERC20("Workload Token", "WORK") {}

    /// @notice Mints `amount` base units to `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && balanceOf(from) < value) _mint(from, value - balanceOf(from));
        super._update(from, to, value);
    }
}
