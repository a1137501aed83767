// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CompactSignature, PhiReport} from "./IPhiOracle.sol";

/// @notice What a report would do, or why it would be refused.
struct ReportCheck {
    /// What a submission would revert with: an error of IPhiOracle or IConsensusRegistry. Empty where every rule holds.
    bytes refusal;
    /// Σexp(φ), p after the present block, and the range of θ over the active nodes; these and what follows are 0 of a
    /// report that is not accepted.
    uint256 sumExpWad;
    uint256 difficulty;
    uint256 minThetaWad;
    uint256 maxThetaWad;
    /// Bit i set: operator i signed.
    uint32 signers;
    bool accepted;
}

/// @title IReportPreflight
/// @notice Reports tried without being applied: by those who will submit them, and for models on trial.
///
/// Guarantees, each held by the test named beside it in `docs/contracts.md`:
/// 1. `checkReport` accepts exactly what the oracle would take in the same block, and names the rule that it would
///    refuse with otherwise.
/// 2. What it says of an accepted report is what the contracts return once it is applied.
/// 3. `shadowReport` runs the same checks for a report of any model, changes no state and emits what it found.
/// 4. Too little gas is an error of its own, never a broken rule.
interface IReportPreflight {
    /// @notice The checks ran out of gas; call again with more.
    error NotEnoughGas();

    /// @notice A report of a model on trial.
    /// @param refusal Empty where accepted, else what a submission would revert with.
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

    /// @notice What `IPhiOracle.submitReport` would do with a report now.
    function checkReport(PhiReport calldata report, CompactSignature[] calldata signatures, uint256[] calldata phiWords)
        external
        view
        returns (ReportCheck memory);

    /// @notice As `checkReport`, for a model other than the one in force: its hash is taken as the report has it, all
    ///         other rules hold, the committee's signatures among them. Emits ShadowReported.
    /// @dev Warning: anyone may send one; read those that were accepted, which the committee signed. A shadow report
    ///      is a whole report: should the owner set its model hash before its epoch and deadline have passed, it
    ///      could be applied.
    function shadowReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata phiWords
    ) external returns (ReportCheck memory);
}
