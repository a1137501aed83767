// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {CompactSignature, IPhiOracle} from "../interfaces/IPhiOracle.sol";
import {Conditions, IRouteConditions, RouteLeg, RouteReport} from "../interfaces/IRouteConditions.sol";
import {OperatorQuorum} from "../libraries/OperatorQuorum.sol";

/// @title RouteConditions
/// @notice See {IRouteConditions}: it states the guarantees.
contract RouteConditions is IRouteConditions, EIP712 {
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "RouteReport(bytes32 route,uint64 sequence,uint64 observedAtSeconds,uint64 validUntilSeconds,uint32 p95Seconds,"
        "uint16 successBps,uint16 feeBps,uint128 feeFixed,uint128 mostAmount,bytes32 evidence)"
    );
    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_VALID_SECONDS = 1 days;

    /// @notice The PhiOracle whose operators sign; 0 where the list is this contract's own.
    address public immutable ORACLE;
    uint256 private immutable _THRESHOLD;
    address[] private _operators;
    mapping(bytes32 route => Conditions) private _conditionsOf;

    /// @param oracle A PhiOracle; 0 for a list of its own.
    /// @param operators The list, where there is no PhiOracle: at most 31, each once.
    /// @param threshold Of that list: more than half.
    constructor(address oracle, address[] memory operators, uint256 threshold) EIP712("RouteConditions", "1") {
        if (oracle == address(0)) OperatorQuorum.checkList(operators, threshold);
        else if (operators.length != 0) revert InvalidReport("there is a PhiOracle and a list of operators");
        ORACLE = oracle;
        _THRESHOLD = threshold;
        _operators = operators;
    }

    /// @inheritdoc IRouteConditions
    function publish(RouteReport calldata report, CompactSignature[] calldata signatures) external {
        uint64 last = _conditionsOf[report.route].sequence;
        if (report.sequence <= last) revert SequenceNotAscending(report.sequence, last);
        if (report.feeBps > BPS || report.successBps > BPS) revert InvalidReport("a share is above the whole");
        if (report.observedAtSeconds > block.timestamp) revert InvalidReport("it was observed in the future");
        if (report.validUntilSeconds > report.observedAtSeconds + MAX_VALID_SECONDS) {
            revert InvalidReport("it holds for more than a day");
        }
        if (report.validUntilSeconds < block.timestamp) revert Expired(block.timestamp, report.validUntilSeconds);
        uint32 signers = requireQuorum(reportDigest(report), signatures);
        _conditionsOf[report.route] = Conditions({
            sequence: report.sequence,
            observedAtSeconds: report.observedAtSeconds,
            validUntilSeconds: report.validUntilSeconds,
            p95Seconds: report.p95Seconds,
            successBps: report.successBps,
            feeBps: report.feeBps,
            feeFixed: report.feeFixed,
            mostAmount: report.mostAmount
        });
        emit Published(report.route, report.sequence, report, signers);
    }

    /// @inheritdoc IRouteConditions
    function demand(bytes32 route, uint256 amountIn, uint256 amountOut) external view returns (Conditions memory) {
        Conditions memory found = _inForce(route, amountIn);
        uint256 due = _arrives(found, amountIn);
        if (amountOut < due) revert WorseThanQuoted(amountOut, due);
        return found;
    }

    /// @inheritdoc IRouteConditions
    function quote(bytes32 route, uint256 amountIn) external view returns (uint256 amountOut) {
        return _arrives(_inForce(route, amountIn), amountIn);
    }

    /// @inheritdoc IRouteConditions
    function conditionsOf(bytes32 route) external view returns (Conditions memory) {
        return _conditionsOf[route];
    }

    /// @inheritdoc IRouteConditions
    function routeOf(RouteLeg[] calldata legs) external pure returns (bytes32) {
        return keccak256(abi.encode(legs));
    }

    /// @inheritdoc IRouteConditions
    function reportDigest(RouteReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REPORT_TYPEHASH, report)));
    }

    function requireQuorum(bytes32 digest, CompactSignature[] calldata signatures)
        public
        view
        returns (uint32 signers)
    {
        (address[] memory operators, uint256 threshold) = committee();
        return OperatorQuorum.check(digest, signatures, operators, threshold);
    }

    function committee() public view returns (address[] memory operators, uint256 threshold) {
        if (ORACLE == address(0)) return (_operators, _THRESHOLD);
        return (IPhiOracle(ORACLE).operators(), IPhiOracle(ORACLE).threshold());
    }

    function _inForce(bytes32 route, uint256 amountIn) private view returns (Conditions memory found) {
        found = _conditionsOf[route];
        if (found.sequence == 0) revert NoConditions(route);
        if (block.timestamp > found.validUntilSeconds) revert Expired(block.timestamp, found.validUntilSeconds);
        if (amountIn > found.mostAmount) revert AmountTooLarge(amountIn, found.mostAmount);
    }

    /// @dev The amount is at most `mostAmount`, below 2¹²⁸.
    function _arrives(Conditions memory found, uint256 amountIn) private pure returns (uint256) {
        uint256 fee = found.feeFixed + (amountIn * found.feeBps + BPS - 1) / BPS;
        return fee >= amountIn ? 0 : amountIn - fee;
    }
}
