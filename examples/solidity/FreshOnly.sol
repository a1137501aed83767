// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../../contracts/feeds/AggregatorV3Interface.sol";

/// @title FreshOnly
/// @notice Sells places in a node's blocks while θ of that node, read from a feed, is fresh and high enough.
/// @dev The feed is NodeThetaFeed, or any other of the same interface with 18 decimals.
contract FreshOnly {
    /// @notice The feed that is read.
    AggregatorV3Interface public immutable FEED;
    /// @notice Oldest report that counts, in seconds.
    uint256 public immutable MAX_AGE_SECONDS;
    /// @notice Least θ at which places are sold, in WAD.
    int256 public immutable LEAST_THETA_WAD;

    /// @notice Places sold so far, by buyer.
    mapping(address buyer => uint256 count) public places;

    /// @param buyer Who has one place more.
    /// @param thetaWad θ at which it was sold.
    event Sold(address indexed buyer, int256 thetaWad);

    /// @notice The report behind the value is too old.
    error TooOld(uint256 ageSeconds, uint256 maxAgeSeconds);
    /// @notice The node's share is too small now; 0 of a retired node.
    error TooSmall(int256 thetaWad, int256 leastThetaWad);
    /// @notice The feed counts in other decimals than this contract.
    error WrongDecimals(uint8 decimals);

    /// @param feed The feed.
    /// @param maxAgeSeconds Oldest report that counts.
    /// @param leastThetaWad Least θ.
    constructor(AggregatorV3Interface feed, uint256 maxAgeSeconds, int256 leastThetaWad) {
        uint8 decimals = feed.decimals();
        if (decimals != 18) revert WrongDecimals(decimals);
        FEED = feed;
        MAX_AGE_SECONDS = maxAgeSeconds;
        LEAST_THETA_WAD = leastThetaWad;
    }

    /// @notice Buys one place; reverts unless θ is fresh and high enough.
    function buy() external {
        int256 thetaWad = freshTheta();
        if (thetaWad < LEAST_THETA_WAD) revert TooSmall(thetaWad, LEAST_THETA_WAD);
        ++places[msg.sender];
        emit Sold(msg.sender, thetaWad);
    }

    /// @notice θ in WAD; reverts while its report is too old, or there is none.
    function freshTheta() public view returns (int256 thetaWad) {
        uint256 updatedAt;
        (, thetaWad,, updatedAt,) = FEED.latestRoundData();
        uint256 ageSeconds = block.timestamp - updatedAt;
        if (ageSeconds > MAX_AGE_SECONDS) revert TooOld(ageSeconds, MAX_AGE_SECONDS);
    }
}
