// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AggregatorV3Interface} from "../feeds/AggregatorV3Interface.sol";

/// @title IPhiFeed
/// @notice One value of the network as a feed: consumers written for AggregatorV3Interface read it unchanged.
///
/// A round is the time under one report: its id is the report's epoch, `answeredInRound` the same, `startedAt` and
/// `updatedAt` the timestamp, in seconds, of the block that applied the report: so the usual check on age asks for the
/// oracle's last report. The latest round answers what holds now. Earlier rounds answer what held in the block that
/// began them, if they were recorded while they lasted.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. The latest round answers the value in force, and reverts with "No data present" before the first report.
/// 2. An earlier round that was recorded answers the value in the block of its report, for good, whoever recorded it
///    and when; another reverts with "No data present". (What the owner changed of nodes in between does show.)
/// 3. A feed holds no funds, has no owner, and calls none but the oracle and the controller it was made with.
interface IPhiFeed is AggregatorV3Interface {
    /// @notice The round was recorded before.
    error AlreadyRecorded(uint80 roundId);
    /// @notice φ was halved since the report of this round, so what the report put in force is gone.
    error RoundRelaxed(uint80 roundId, uint256 halvings);

    /// @notice A round was recorded; named and ordered as the field's feeds do.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice Keeps the current round for `getRoundData`. Anyone may call, once a round.
    /// @dev Reverts with IPhiOracle.Stale while the report is too old, with RoundRelaxed once `relax` has moved φ from
    ///      where the report put it, and with "No data present" before the first report.
    /// @return roundId The round recorded.
    function record() external returns (uint80 roundId);
}
