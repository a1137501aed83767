// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title WorkloadExchange
/// @notice The contract that generated swaps call: one constant-product pool of two assets that exist nowhere else,
///         with the router signature that decentralised exchanges share. No token moves; only prices do.
contract WorkloadExchange {
    /// @notice What the pool holds of each asset at the start, in base units.
    uint256 public constant INITIAL_RESERVE = 1_000_000 ether;

    /// @notice The two assets, by made-up address.
    address public constant ASSET_A = address(0xA);
    /// @notice The other one.
    address public constant ASSET_B = address(0xB);

    uint256 private constant FEE_THOUSANDTHS = 3;

    /// @notice What the pool holds of each asset, in base units.
    mapping(address asset => uint256 amount) public reserve;

    /// @notice A swap took place.
    event Swapped(address indexed sender, address indexed assetIn, uint256 amountIn, uint256 amountOut, address to);

    /// @notice The deadline has passed.
    error Expired(uint256 deadlineSeconds);
    /// @notice The path is neither A to B nor B to A.
    error UnknownPath();
    /// @notice The pool gives less than the sender demands.
    error TooLittle(uint256 amountOut, uint256 amountOutMin);

    /// @notice Fills the pool.
    constructor() {
        reserve[ASSET_A] = INITIAL_RESERVE;
        reserve[ASSET_B] = INITIAL_RESERVE;
    }

    /// @notice Swaps `amountIn` of the first asset of `path` for the second: reserves keep their product, less 0.3 %.
    /// @param amountIn What is given, in base units.
    /// @param amountOutMin The least that is taken in return.
    /// @param path The two assets.
    /// @param to Who gets it.
    /// @param deadlineSeconds Until when, Unix time.
    /// @return amounts What was given and what was got.
    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadlineSeconds
    ) external returns (uint256[] memory amounts) {
        if (block.timestamp > deadlineSeconds) revert Expired(deadlineSeconds);
        if (path.length != 2 || path[0] == path[1]) revert UnknownPath();
        (uint256 held, uint256 other) = (reserve[path[0]], reserve[path[1]]);
        if (held == 0 || other == 0) revert UnknownPath();
        uint256 afterFee = amountIn * (1000 - FEE_THOUSANDTHS);
        uint256 amountOut = other * afterFee / (held * 1000 + afterFee);
        if (amountOut < amountOutMin) revert TooLittle(amountOut, amountOutMin);
        reserve[path[0]] = held + amountIn;
        reserve[path[1]] = other - amountOut;
        emit Swapped(msg.sender, path[0], amountIn, amountOut, to);
        amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (amountIn, amountOut);
    }
}
