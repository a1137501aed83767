// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title WorkloadToken
/// @notice The token that generated traffic transfers, approves and mints. Anyone may mint: it is worth nothing.
contract WorkloadToken is ERC20 {
    constructor() ERC20("Workload Token", "WORK") {}

    /// @notice Mints `amount` base units to `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
