// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IPhiFeed} from "../interfaces/IPhiFeed.sol";
import {IPhiOracle, LastReport} from "../interfaces/IPhiOracle.sol";
import {AggregatorV3Interface} from "./AggregatorV3Interface.sol";

/// @title PhiFeed
/// @notice See {IPhiFeed}: it states the guarantees. Each feed defines its own answer.
abstract contract PhiFeed is IPhiFeed, IERC165 {
    struct Recorded {
        int256 answer;
        uint64 startedAt; // 0: not recorded
    }

    /// @notice The contract whose epochs are the rounds.
    IPhiOracle public immutable ORACLE;
    mapping(uint80 roundId => Recorded round) private _recorded;

    /// @param oracle The contract whose epochs are the rounds.
    constructor(IPhiOracle oracle) {
        ORACLE = oracle;
    }

    /// @inheritdoc IPhiFeed
    function record() external returns (uint80 roundId) {
        LastReport memory last = ORACLE.lastReport();
        roundId = last.epoch;
        _requireData(roundId != 0);
        if (_recorded[roundId].startedAt != 0) revert AlreadyRecorded(roundId);
        (bool stale, uint256 ageSeconds, uint256 maxAgeSeconds) = ORACLE.staleness();
        if (stale) revert IPhiOracle.Stale(ageSeconds, maxAgeSeconds);
        // If the owner has raised the maximum age, a report whose φ was halved can be fresh again.
        uint256 halvings = ORACLE.halvings();
        if (halvings != 0) revert RoundRelaxed(roundId, halvings);
        int256 answer = _answer(last.blockNumber, last.timestampSeconds);
        _recorded[roundId] = Recorded(answer, last.timestampSeconds);
        emit AnswerUpdated(answer, roundId, last.timestampSeconds);
    }

    /// @inheritdoc AggregatorV3Interface
    function getRoundData(uint80 roundId) external view returns (uint80, int256, uint256, uint256, uint80) {
        if (roundId == ORACLE.lastReport().epoch) return latestRoundData();
        Recorded memory round = _recorded[roundId];
        _requireData(round.startedAt != 0);
        return (roundId, round.answer, round.startedAt, round.startedAt, roundId);
    }

    /// @inheritdoc AggregatorV3Interface
    function version() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        // The id of an interface covers its own functions, not those it inherits.
        return id == type(IPhiFeed).interfaceId || id == type(AggregatorV3Interface).interfaceId
            || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() public view returns (uint80, int256, uint256, uint256, uint80) {
        LastReport memory last = ORACLE.lastReport();
        _requireData(last.epoch != 0);
        int256 answer = _answer(uint64(block.number), uint64(block.timestamp));
        return (last.epoch, answer, last.timestampSeconds, last.timestampSeconds, last.epoch);
    }

    /// @dev The value under φ in force, after the block at `height` with timestamp `timestampSeconds`.
    function _answer(uint64 height, uint64 timestampSeconds) internal view virtual returns (int256);

    function _requireData(bool there) private pure {
        // Price feeds refuse with these words, and some consumers look for them.
        // solhint-disable-next-line gas-custom-errors
        require(there, "No data present");
    }
}
