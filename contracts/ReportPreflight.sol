// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {IDifficultyController} from "./interfaces/IDifficultyController.sol";
import {CompactSignature, IPhiOracle, PhiReport, ReportOutcome} from "./interfaces/IPhiOracle.sol";
import {IReportPreflight, ReportCheck} from "./interfaces/IReportPreflight.sol";
import {Difficulty} from "./libraries/Difficulty.sol";
import {ExpTable} from "./libraries/ExpTable.sol";
import {PhiLanes} from "./libraries/PhiLanes.sol";

/// @title ReportPreflight
/// @notice See {IReportPreflight}: it states the guarantees.
contract ReportPreflight is IReportPreflight, IERC165 {
    /// @notice The contract that reports are for.
    IPhiOracle public immutable ORACLE;
    /// @notice The contract that d is read from.
    IDifficultyController public immutable CONTROLLER;

    /// @param oracle The contract that reports are for.
    /// @param controller The contract that d is read from.
    constructor(IPhiOracle oracle, IDifficultyController controller) {
        ORACLE = oracle;
        CONTROLLER = controller;
    }

    /// @inheritdoc IReportPreflight
    function shadowReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata phiWords
    ) external returns (ReportCheck memory check) {
        check = _check(report, signatures, phiWords, report.modelHash);
        emit ShadowReported(
            report.epoch,
            report.modelHash,
            msg.sender,
            report.phiHash,
            check.accepted,
            check.refusal,
            check.signers,
            check.sumExpWad,
            check.difficulty,
            check.minThetaWad,
            check.maxThetaWad
        );
    }

    /// @inheritdoc IReportPreflight
    function checkReport(PhiReport calldata report, CompactSignature[] calldata signatures, uint256[] calldata phiWords)
        external
        view
        returns (ReportCheck memory)
    {
        return _check(report, signatures, phiWords, ORACLE.modelHash());
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == type(IReportPreflight).interfaceId || id == type(IERC165).interfaceId;
    }

    function _check(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata phiWords,
        bytes32 expectedModel
    ) private view returns (ReportCheck memory check) {
        try ORACLE.previewReport(report, signatures, phiWords, expectedModel) returns (ReportOutcome memory outcome) {
            check.accepted = true;
            check.signers = outcome.signers;
            check.sumExpWad = ExpTable.toWad(outcome.sumExpQ85);
            check.difficulty = Difficulty.adjusted(CONTROLLER.baseDifficulty(), check.sumExpWad);
            (check.minThetaWad, check.maxThetaWad) = _thetaRange(phiWords);
        } catch (bytes memory refusal) {
            // Every rule reverts with its error; a call that used up its 63/64 of the gas returns nothing.
            if (refusal.length < 4) revert NotEnoughGas();
            check.refusal = refusal;
        }
    }

    /// @dev The range of θₙ,₀ + φₙ over the active nodes; an accepted report keeps both ends within [0, 1e18].
    function _thetaRange(uint256[] calldata phiWords) private view returns (uint256 minWad, uint256 maxWad) {
        uint256 count = ORACLE.nodeCount();
        uint256[] memory theta0Wad = ORACLE.theta0s(0, count);
        uint256[] memory retired = ORACLE.retiredWords(0, (count + 255) / 256);
        minWad = type(uint256).max;
        for (uint256 n = 0; n < count; ++n) {
            if ((retired[n >> 8] >> (n & 255)) & 1 == 1) continue;
            int256 phiWad = PhiLanes.toWad(PhiLanes.lane(phiWords[n >> 4], n & 15));
            uint256 thetaWad = uint256(int256(theta0Wad[n]) + phiWad);
            if (thetaWad < minWad) minWad = thetaWad;
            if (thetaWad > maxWad) maxWad = thetaWad;
        }
    }
}
