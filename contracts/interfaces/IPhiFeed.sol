// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../feeds/AggregatorV3Interface.sol";

/// @title IPhiFeed
/// @notice One value of the network as a feed: consumers written for AggregatorV3Interface read it unchanged.
///
/// A round is the time under one report. Its id and `answeredInRound` are the report's epoch; `startedAt` and
/// `updatedAt` are the timestamp, in seconds, of the block that applied the report. So the usual check on age is a
/// check on the age of the oracle's last report. The latest round answers the value in force. Earlier rounds answer the
/// value in the block that began them, if they were recorded while they lasted.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. The latest round answers the value in force, and reverts with "No data present" before the first report.
/// 2. An earlier round that was recorded answers, for good, the value in the block of its report, whoever recorded it
///    and when; a round that was not recorded reverts with "No data present". (Changes of nodes by the owner before the
///    recording do show.)
/// 3. A feed holds no funds, has no owner, and calls only the oracle and the controller it was deployed with.
interface IPhiFeed is AggregatorV3Interface {
    /// @notice The round was recorded before.
    error AlreadyRecorded(uint80 roundId);
    /// @notice φ was halved since the report of this round, so the value at the report is gone.
    error RoundRelaxed(uint80 roundId, uint256 halvings);

    /// @notice A round was recorded; name and order are those of price feeds.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice Keeps the current round for `getRoundData`. Anyone may call it, once per round.
    /// @dev Reverts with IPhiOracle.Stale while the report is too old, with RoundRelaxed once `relax` has halved φ, and
    ///      with "No data present" before the first report.
    /// @return roundId The round recorded.
    function record() external returns (uint80 roundId);
}
