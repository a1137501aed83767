// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AggregatorV3Interface} from "../feeds/AggregatorV3Interface.sol";

/// @title IPhiFeed
/// @notice One value of the network as a feed: consumers written for AggregatorV3Interface read it unchanged.
///
/// A round is the time under one report: its id is the report's epoch, `answeredInRound` the same, `startedAt` the
/// timestamp of the block that applied the report, in seconds. The latest round answers what holds now, with
/// `updatedAt` = `startedAt`: so the usual check on age asks for the oracle's last report. Earlier rounds answer what
/// was recorded in them, with `updatedAt` the time of recording.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. The latest round answers the value in force, and reverts with "No data present" before the first report.
/// 2. An earlier round answers what the first `record` in it found, for good, or reverts with "No data present".
/// 3. A feed holds no funds, has no owner, and calls none but the oracle and the controller it was made with.
interface IPhiFeed is AggregatorV3Interface {
    /// @notice The round was recorded before.
    error AlreadyRecorded(uint80 roundId);

    /// @notice A round was recorded; named and ordered as the field's feeds do.
    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    /// @notice Keeps the answer of the current round for `getRoundData`. Anyone may call, once a round.
    /// @dev Warning: who records chooses the moment within the round. θ then differs only by what the owner or `relax`
    ///      changed meanwhile; difficulty follows blocks and time.
    /// @return roundId The round recorded.
    function record() external returns (uint80 roundId);
}
