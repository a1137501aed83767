// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title AggregatorV3Interface
/// @notice The interface that consumers of price feeds call; names, types and order follow the convention.
// solhint-disable-next-line interface-starts-with-i
interface AggregatorV3Interface {
    /// @notice Decimal places of answers.
    function decimals() external view returns (uint8);
    /// @notice What the answers measure.
    function description() external view returns (string memory);
    /// @notice Version of the feed.
    function version() external view returns (uint256);
    /// @notice A round by its id; reverts with "No data present" if there is none.
    function getRoundData(uint80 roundId)
        external
        view
        returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    /// @notice The latest round; reverts with "No data present" while there is none.
    function latestRoundData()
        external
        view
        returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
