// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title SampleMoney
/// @notice The token of demonstrations and tests of plans, with permits (ERC-2612) and two decimals. It is worth
///         nothing: anyone may mint.
contract SampleMoney is ERC20Permit {
    constructor() ERC20("Sample Money", "SMPL") ERC20Permit("Sample Money") {}

    /// @notice Mints `amount` base units to `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 2;
    }
}
