// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {CompactSignature, IPhiOracle, LastReport, Limits, PhiReport} from "./interfaces/IPhiOracle.sol";

/// @title PhiOracle
/// @notice See {IPhiOracle}: it states the guarantees.
contract PhiOracle is IPhiOracle, EIP712, Ownable2Step {
    /// @dev Halvings of φ done since the report of `epoch`; void for any other epoch, so a report resets it free.
    struct Relaxation {
        uint64 epoch;
        uint64 halvings;
    }

    /// @inheritdoc IPhiOracle
    uint256 public constant MAX_OPERATORS = 31;

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_LANE = 32_767;
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "PhiReport(uint64 epoch,uint64 fromBlock,uint64 toBlock,uint64 deadline,"
        "bytes32 windowHash,bytes32 modelHash,bytes32 phiHash)"
    );

    /// @notice The registry that reports apply to.
    IConsensusRegistry public immutable REGISTRY;

    Limits private _limits;
    uint8 private _threshold;
    bool private _paused;
    LastReport private _last;
    Relaxation private _relaxation;
    bytes32 private _modelHash;
    address private _guardian;
    address[] private _operators;
    /// @dev Operator index plus 1; 0 of an address that is no operator.
    mapping(address operator => uint256 position) private _position;

    /// @param owner A timelock in production.
    /// @param registry Must name this contract by `setOracle` before the first report.
    /// @param guardianAccount May pause reports; zero for none.
    /// @param model Hash of the model bundle that reports must come from.
    /// @param operatorList The committee, in operator order.
    /// @param requiredSignatures k of the committee.
    /// @param initialLimits Bounds on reports.
    constructor(
        address owner,
        IConsensusRegistry registry,
        address guardianAccount,
        bytes32 model,
        address[] memory operatorList,
        uint256 requiredSignatures,
        Limits memory initialLimits
    ) EIP712("PhiOracle", "1") Ownable(owner) {
        if (address(registry) == address(0)) revert ZeroRegistry();
        REGISTRY = registry;
        _setGuardian(guardianAccount);
        _setModelHash(model);
        _setOperators(operatorList, requiredSignatures);
        _setLimits(initialLimits);
        _last.blockNumber = uint64(block.number);
        _last.timestampSeconds = uint64(block.timestamp);
    }

    /* REPORTS */

    /// @inheritdoc IPhiOracle
    function submitReport(PhiReport calldata report, uint256[] calldata words, CompactSignature[] calldata signatures)
        external
    {
        Limits memory bounds = _limits;
        _checkReport(report, bounds.minSpacingBlocks);
        bytes32 phiHash = keccak256(abi.encodePacked(words));
        if (phiHash != report.phiHash) revert WrongPhiHash(report.phiHash, phiHash);
        uint32 signers = _checkSignatures(reportDigest(report), signatures);

        _last = LastReport({
            epoch: report.epoch,
            toBlock: report.toBlock,
            blockNumber: uint64(block.number),
            timestampSeconds: uint64(block.timestamp)
        });
        (uint256 previousSum, uint256 sum) = REGISTRY.applyPhi(words, bounds.maxPhiLane, bounds.maxStepLane);
        if (sum * BPS > previousSum * bounds.maxSumRatioBps || previousSum * BPS > sum * bounds.maxSumRatioBps) {
            revert SumRatioTooLarge(sum, previousSum, bounds.maxSumRatioBps);
        }
        emit ReportApplied(
            report.epoch,
            report.fromBlock,
            report.toBlock,
            report.windowHash,
            report.modelHash,
            phiHash,
            previousSum,
            sum,
            signers
        );
    }

    /// @inheritdoc IPhiOracle
    function relax() external {
        Limits memory bounds = _limits;
        LastReport memory last = _last;
        uint256 staleAt = uint256(last.timestampSeconds) + bounds.maxAgeSeconds + 1;
        if (block.timestamp < staleAt) revert NotStale(block.timestamp, staleAt);

        // The first period begins with staleness, so at least one halving is due from then on.
        uint256 due = (block.timestamp - staleAt) / bounds.relaxPeriodSeconds + 1;
        uint256 done = _relaxation.epoch == last.epoch ? _relaxation.halvings : 0;
        if (due <= done) revert AlreadyRelaxed(block.timestamp, staleAt + done * bounds.relaxPeriodSeconds);
        _relaxation = Relaxation({epoch: last.epoch, halvings: uint64(due)});

        (uint256 previousSum, uint256 sum) = REGISTRY.relaxPhi(due - done);
        emit Relaxed(last.epoch, due - done, previousSum, sum);
    }

    /* TRUST */

    /// @inheritdoc IPhiOracle
    function pause() external {
        if (msg.sender != _guardian && msg.sender != owner()) revert NotGuardianOrOwner(msg.sender);
        if (_paused) revert Paused();
        _paused = true;
        emit ReportsPaused(msg.sender);
    }

    /// @inheritdoc IPhiOracle
    function unpause() external onlyOwner {
        if (!_paused) revert NotPaused();
        _paused = false;
        emit ReportsResumed(msg.sender);
    }

    /// @inheritdoc IPhiOracle
    function setOperators(address[] calldata operatorList, uint256 requiredSignatures) external onlyOwner {
        _setOperators(operatorList, requiredSignatures);
    }

    /// @inheritdoc IPhiOracle
    function setGuardian(address account) external onlyOwner {
        _setGuardian(account);
    }

    /// @inheritdoc IPhiOracle
    function setModelHash(bytes32 model) external onlyOwner {
        _setModelHash(model);
    }

    /// @inheritdoc IPhiOracle
    function setLimits(Limits calldata newLimits) external onlyOwner {
        _setLimits(newLimits);
    }

    /* READS */

    /// @inheritdoc IPhiOracle
    function operators() external view returns (address[] memory) {
        return _operators;
    }

    /// @inheritdoc IPhiOracle
    function threshold() external view returns (uint256) {
        return _threshold;
    }

    /// @inheritdoc IPhiOracle
    function guardian() external view returns (address) {
        return _guardian;
    }

    /// @inheritdoc IPhiOracle
    function modelHash() external view returns (bytes32) {
        return _modelHash;
    }

    /// @inheritdoc IPhiOracle
    function limits() external view returns (Limits memory) {
        return _limits;
    }

    /// @inheritdoc IPhiOracle
    function lastReport() external view returns (LastReport memory) {
        return _last;
    }

    /// @inheritdoc IPhiOracle
    function paused() external view returns (bool) {
        return _paused;
    }

    /// @inheritdoc IPhiOracle
    function staleness() external view returns (bool stale, uint256 ageSeconds, uint256 maxAgeSeconds) {
        ageSeconds = block.timestamp - _last.timestampSeconds;
        maxAgeSeconds = _limits.maxAgeSeconds;
        stale = ageSeconds > maxAgeSeconds;
    }

    /// @inheritdoc IPhiOracle
    function reportDigest(PhiReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    report.epoch,
                    report.fromBlock,
                    report.toBlock,
                    report.deadline,
                    report.windowHash,
                    report.modelHash,
                    report.phiHash
                )
            )
        );
    }

    /* INTERNAL: CHECKS */

    function _checkReport(PhiReport calldata report, uint256 minSpacingBlocks) private view {
        if (_paused) revert Paused();
        LastReport memory last = _last;
        uint256 nextEpoch = uint256(last.epoch) + 1;
        if (report.epoch != nextEpoch) revert EpochNotConsecutive(report.epoch, nextEpoch);
        if (block.timestamp > report.deadline) revert DeadlinePassed(report.deadline, block.timestamp);
        if (report.modelHash != _modelHash) revert WrongModel(report.modelHash, _modelHash);
        if (report.fromBlock > report.toBlock) revert WindowReversed(report.fromBlock, report.toBlock);
        if (report.toBlock <= last.toBlock) revert WindowNotAdvancing(report.toBlock, last.toBlock);
        if (report.toBlock >= block.number) revert WindowNotPast(report.toBlock, block.number);
        uint256 earliest = uint256(last.blockNumber) + minSpacingBlocks;
        if (block.number < earliest) revert TooSoon(block.number, earliest);
    }

    /// @dev Strictly ascending indices make the signers distinct.
    function _checkSignatures(bytes32 digest, CompactSignature[] calldata signatures)
        private
        view
        returns (uint32 signers)
    {
        if (signatures.length < _threshold) revert TooFewSignatures(signatures.length, _threshold);
        uint256 previous = 0;
        for (uint256 i = 0; i < signatures.length; ++i) {
            (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signatures[i].r, signatures[i].vs);
            if (failure != ECDSA.RecoverError.NoError) revert InvalidSignature(i);
            uint256 position = _position[signer];
            if (position == 0) revert NotOperator(i, signer);
            if (position <= previous) revert SignersNotAscending(i, position - 1, previous - 1);
            previous = position;
            signers |= uint32(1 << (position - 1)); // position ≤ MAX_OPERATORS
        }
    }

    /* INTERNAL: WRITES */

    function _setOperators(address[] memory list, uint256 required) private {
        if (list.length > MAX_OPERATORS) revert TooManyOperators(list.length, MAX_OPERATORS);
        if (required == 0 || required > list.length) revert InvalidThreshold(required, list.length);
        for (uint256 i = 0; i < _operators.length; ++i) {
            delete _position[_operators[i]];
        }
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i] == address(0) || _position[list[i]] != 0) revert InvalidOperator(i, list[i]);
            _position[list[i]] = i + 1;
        }
        _operators = list;
        _threshold = uint8(required);
        emit OperatorsChanged(list, required);
    }

    function _setGuardian(address account) private {
        emit GuardianChanged(_guardian, account);
        _guardian = account;
    }

    function _setModelHash(bytes32 model) private {
        if (model == bytes32(0)) revert ZeroModelHash();
        emit ModelChanged(_modelHash, model);
        _modelHash = model;
    }

    function _setLimits(Limits memory next) private {
        if (next.maxPhiLane > MAX_LANE || next.maxSumRatioBps <= BPS || next.relaxPeriodSeconds == 0) {
            revert InvalidLimits(next);
        }
        emit LimitsChanged(_limits, next);
        _limits = next;
    }
}
