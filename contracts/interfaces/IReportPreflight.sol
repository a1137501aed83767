// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CompactSignature, PhiReport} from "./IPhiOracle.sol";

/// @notice The effect that a report would have, or the reason why it would be refused.
struct ReportCheck {
    /// The error that a submission would revert with, of IPhiOracle or IConsensusRegistry. Empty if every rule holds.
    bytes refusal;
    /// Σexp(φ), p after the present block, and the range of θ over the active nodes. These and the fields below are 0
    /// if the report is not accepted.
    uint256 sumExpWad;
    uint256 difficulty;
    uint256 minThetaWad;
    uint256 maxThetaWad;
    /// Bit i set: operator i signed.
    uint32 signers;
    bool accepted;
}

/// @title IReportPreflight
/// @notice Tries reports without applying them, for those who will submit them and for models on trial.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. `checkReport` accepts exactly what the oracle would accept in the same block, and otherwise names the rule that
///    it would refuse with.
/// 2. For an accepted report, it returns what the contracts return once the report is applied.
/// 3. `shadowReport` runs the same checks for a report of any model, changes no state and emits the result.
/// 4. Too little gas is an error of its own and never counts as a broken rule.
interface IReportPreflight {
    /// @notice The checks ran out of gas; call again with more.
    error NotEnoughGas();

    /// @notice A report of a model on trial.
    /// @param refusal Empty if accepted, else the error that a submission would revert with.
    event ShadowReported(
        uint64 indexed epoch,
        bytes32 indexed modelHash,
        address indexed sender,
        bytes32 phiHash,
        bool accepted,
        bytes refusal,
        uint32 signers,
        uint256 sumExpWad,
        uint256 difficulty,
        uint256 minThetaWad,
        uint256 maxThetaWad
    );

    /// @notice The result that `IPhiOracle.submitReport` would have for a report now.
    function checkReport(PhiReport calldata report, CompactSignature[] calldata signatures, uint256[] calldata phiWords)
        external
        view
        returns (ReportCheck memory);

    /// @notice As `checkReport`, for a model other than the one in force: the model hash is that of the report. All
    ///         other rules hold, including the committee's signatures. Emits ShadowReported.
    /// @dev Warning: anyone may send one; read only accepted ones, which the committee signed. A shadow report is a
    ///      complete report: if the owner sets its model hash before its epoch and deadline have passed, it can be
    ///      applied.
    function shadowReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata phiWords
    ) external returns (ReportCheck memory);
}
