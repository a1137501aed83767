// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// The interface as consumers carry it along, from no source of the project.
interface AggregatorV3Interface {
    function decimals() external view returns (uint8);
    function description() external view returns (string memory);
    function version() external view returns (uint256);
    function getRoundData(uint80 _roundId)
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}

/// A consumer as the field writes them, with the usual checks; it knows nothing of what is behind the feed.
contract FeedConsumer {
    AggregatorV3Interface internal immutable FEED;
    uint256 internal immutable HEARTBEAT;

    constructor(AggregatorV3Interface feed, uint256 heartbeatSeconds) {
        FEED = feed;
        HEARTBEAT = heartbeatSeconds;
    }

    /// The latest answer with 18 decimal places.
    function value() external view returns (uint256) {
        (uint80 roundId, int256 answer,, uint256 updatedAt, uint80 answeredInRound) = FEED.latestRoundData();
        require(answer > 0, "answer not positive");
        require(updatedAt != 0, "round not complete");
        require(answeredInRound >= roundId, "stale round");
        require(block.timestamp - updatedAt <= HEARTBEAT, "stale answer");
        return uint256(answer) * 10 ** (18 - FEED.decimals());
    }

    /// The answer of the round before the latest; 0 where the feed has none.
    function previous() external view returns (int256) {
        (uint80 roundId,,,,) = FEED.latestRoundData();
        try FEED.getRoundData(roundId - 1) returns (uint80, int256 answer, uint256, uint256, uint80) {
            return answer;
        } catch Error(string memory reason) {
            require(keccak256(bytes(reason)) == keccak256("No data present"), reason);
            return 0;
        }
    }
}
