// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";

import {ConsensusRegistry} from "./ConsensusRegistry.sol";
import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {CompactSignature, IPhiOracle, LastReport, Limits, PhiReport, ReportOutcome} from "./interfaces/IPhiOracle.sol";
import {ExpTable} from "./libraries/ExpTable.sol";
import {ExpTableData} from "./libraries/ExpTableData.sol";
import {PhiLanes} from "./libraries/PhiLanes.sol";
import {PhiScan} from "./libraries/PhiScan.sol";
import {Network} from "./libraries/NetworkSlot.sol";
import {ReportRules} from "./libraries/ReportRules.sol";
import {Standing, StandingSlot} from "./libraries/StandingSlot.sol";

/// @title PhiOracle
/// @notice See {IPhiOracle}: it states the guarantees.
contract PhiOracle is ConsensusRegistry, IPhiOracle, EIP712, IERC165 {
    /// @dev Halvings of φ done since the report of `epoch`; void for any other epoch, so a report resets it at no cost.
    struct Relaxation {
        uint64 epoch;
        uint64 halvings;
    }

    /// @dev The parts that `_setRules` replaces, named so that a setter changes one and keeps the others.
    struct RulesParts {
        Limits limits;
        uint256 threshold;
        bytes32 modelHash;
        address[] operators;
    }

    /// @inheritdoc IPhiOracle
    uint256 public constant MAX_OPERATORS = 31;

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_LANE = 32_767;
    /// @dev Half the order of secp256k1; s in its lower 255 bits of `vs`.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint256 private constant S_MASK = type(uint256).max >> 1;
    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "PhiReport(uint64 epoch,uint64 fromBlock,uint64 toBlock,uint64 deadline,"
        "bytes32 windowHash,bytes32 modelHash,bytes32 phiHash)"
    );

    Relaxation internal _relaxation;
    address private _guardian;

    /// @param owner A timelock in production.
    /// @param minWad Lower bound on θ of an active node.
    /// @param maxWad Upper bound, at most 1e18.
    /// @param guardianAccount May pause reports; zero for none.
    /// @param model Hash of the model bundle that reports must come from.
    /// @param operatorList The committee, in operator order.
    /// @param requiredSignatures k of the committee.
    /// @param initialLimits Bounds on reports.
    constructor(
        address owner,
        uint256 minWad,
        uint256 maxWad,
        address guardianAccount,
        bytes32 model,
        address[] memory operatorList,
        uint256 requiredSignatures,
        Limits memory initialLimits
    ) ConsensusRegistry(owner, minWad, maxWad) EIP712("PhiOracle", "1") {
        _setGuardian(guardianAccount);
        _checkModelHash(model);
        _checkOperators(operatorList, requiredSignatures);
        _checkLimits(initialLimits);
        _writeRules(ExpTableData.TABLE, RulesParts(initialLimits, requiredSignatures, model, operatorList));
        emit ModelChanged(bytes32(0), model);
        emit OperatorsChanged(operatorList, requiredSignatures);
        Limits memory none;
        emit LimitsChanged(none, initialLimits);
        _standing = StandingSlot.pack(0, 0, 0, block.number, block.timestamp);
    }

    /* REPORTS */

    /// @inheritdoc IPhiOracle
    function submitReport(PhiReport calldata report, CompactSignature[] calldata signatures, uint256[] calldata words)
        external
    {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), network.operatorCount());
        Standing standing = _standing;
        uint32 signers = _checkReport(report, signatures, network, standing, rules, ReportRules.modelHash(rules));
        uint256[] memory phiWords = _copy(words);
        uint256 sumQ85 = _checkPhi(report, phiWords, network, standing, rules, false);
        _apply(report, phiWords, standing, sumQ85, signers);
    }

    /// @inheritdoc IPhiOracle
    function submitSparseReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata changedWords,
        uint256[] calldata words
    ) external {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), network.operatorCount());
        Standing standing = _standing;
        uint32 signers = _checkReport(report, signatures, network, standing, rules, ReportRules.modelHash(rules));
        uint256[] memory phiWords = _withChanges(changedWords, words, PhiLanes.wordCount(network.nodeCount()));
        uint256 sumQ85 = _checkPhi(report, phiWords, network, standing, rules, true);
        _apply(report, phiWords, standing, sumQ85, signers);
    }

    /// @inheritdoc IPhiOracle
    function relax() external virtual {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), 0);
        Standing standing = _standing;
        uint256 head = ReportRules.head(rules);
        uint256 due = _relaxationDue(head, standing, _requireStale(head, standing));
        _relaxation.halvings += uint64(due);
        (uint256 afterQ85, uint256 beforeQ85, bool any) =
            _halveWords(0, PhiLanes.wordCount(network.nodeCount()), due, rules);
        if (!any) revert NothingToRelax();
        _finishRelax(standing, standing.sumExpQ85() + afterQ85 - beforeQ85, due);
    }

    /* TRUST */

    /// @inheritdoc IPhiOracle
    function pause() external {
        if (msg.sender != _guardian && msg.sender != owner()) revert NotGuardianOrOwner(msg.sender);
        if (_network.paused()) revert Paused();
        _network = _network.withPaused(true);
        emit ReportsPaused(msg.sender);
    }

    /// @inheritdoc IPhiOracle
    function unpause() external onlyOwner {
        if (!_network.paused()) revert NotPaused();
        _network = _network.withPaused(false);
        emit ReportsResumed(msg.sender);
    }

    /// @inheritdoc IPhiOracle
    function setOperators(address[] calldata operatorList, uint256 requiredSignatures) external onlyOwner {
        _checkOperators(operatorList, requiredSignatures);
        RulesParts memory parts = _rulesParts();
        (parts.operators, parts.threshold) = (operatorList, requiredSignatures);
        _replaceRules(parts);
        emit OperatorsChanged(operatorList, requiredSignatures);
    }

    /// @inheritdoc IPhiOracle
    function setGuardian(address account) external onlyOwner {
        _setGuardian(account);
    }

    /// @inheritdoc IPhiOracle
    function setModelHash(bytes32 model) external onlyOwner {
        _checkModelHash(model);
        RulesParts memory parts = _rulesParts();
        emit ModelChanged(parts.modelHash, model);
        parts.modelHash = model;
        _replaceRules(parts);
    }

    /// @inheritdoc IPhiOracle
    function setLimits(Limits calldata newLimits) external onlyOwner {
        _checkLimits(newLimits);
        RulesParts memory parts = _rulesParts();
        emit LimitsChanged(parts.limits, newLimits);
        parts.limits = newLimits;
        _replaceRules(parts);
    }

    /* READS */

    /// @inheritdoc IPhiOracle
    function previewReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        uint256[] calldata words,
        bytes32 expectedModel
    ) external view returns (ReportOutcome memory outcome) {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), network.operatorCount());
        Standing standing = _standing;
        outcome.signers = _checkReport(report, signatures, network, standing, rules, expectedModel);
        outcome.previousSumExpQ85 = standing.sumExpQ85();
        outcome.sumExpQ85 = _checkPhi(report, _copy(words), network, standing, rules, false);
    }

    /// @inheritdoc IPhiOracle
    function getFreshTheta(uint256 node) external view returns (uint256) {
        _requireFresh();
        return theta(node);
    }

    /// @inheritdoc IPhiOracle
    function getFreshPhi(uint256 node) external view returns (int256) {
        _requireFresh();
        return phi(node);
    }

    /// @inheritdoc IPhiOracle
    function getFreshSumExpWad() external view returns (uint256) {
        _requireFresh();
        return sumExpWad();
    }

    /// @inheritdoc IPhiOracle
    function operators() external view returns (address[] memory) {
        return ReportRules.readOperators(_network.rules(), _network.operatorCount());
    }

    /// @inheritdoc IPhiOracle
    function threshold() external view returns (uint256) {
        return ReportRules.threshold(ReportRules.readHead(_network.rules()));
    }

    /// @inheritdoc IPhiOracle
    function guardian() external view returns (address) {
        return _guardian;
    }

    /// @inheritdoc IPhiOracle
    function modelHash() external view returns (bytes32) {
        return ReportRules.readModelHash(_network.rules());
    }

    /// @inheritdoc IPhiOracle
    function limits() external view returns (Limits memory) {
        return ReportRules.limits(ReportRules.readHead(_network.rules()));
    }

    /// @inheritdoc IPhiOracle
    function lastReport() external view returns (LastReport memory) {
        Standing standing = _standing;
        return LastReport({
            epoch: uint64(standing.epoch()),
            toBlock: uint64(standing.toBlock()),
            blockNumber: uint64(standing.blockNumber()),
            timestampSeconds: uint64(standing.timestampSeconds())
        });
    }

    /// @inheritdoc IPhiOracle
    function paused() external view returns (bool) {
        return _network.paused();
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 id) public pure virtual returns (bool) {
        // The id of an interface covers its own functions, not those it inherits.
        return id == type(IPhiOracle).interfaceId || id == type(IConsensusRegistry).interfaceId
            || id == type(IERC5267).interfaceId || id == type(IERC165).interfaceId;
    }

    /// @inheritdoc IPhiOracle
    function halvings() public view virtual returns (uint256) {
        return _relaxation.epoch == _standing.epoch() ? _relaxation.halvings : 0;
    }

    /// @inheritdoc IPhiOracle
    function staleness() public view returns (bool stale, uint256 ageSeconds, uint256 maxAgeSeconds) {
        ageSeconds = block.timestamp - _standing.timestampSeconds();
        maxAgeSeconds = ReportRules.maxAgeSeconds(ReportRules.readHead(_network.rules()));
        stale = ageSeconds > maxAgeSeconds;
    }

    /// @inheritdoc IPhiOracle
    function reportDigest(PhiReport calldata report) public view returns (bytes32) {
        bytes32 typeHash = REPORT_TYPEHASH;
        bytes32 structHash;
        // Seven static fields, each in one word already. A field with bits beyond its type was signed by nobody.
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), report, 0xe0)
            structHash := keccak256(free, 0x100)
        }
        return _hashTypedDataV4(structHash);
    }

    /* INTERNAL: CHECKS */

    /// @dev Every check except those on φ itself. Returns the signers as bits.
    function _checkReport(
        PhiReport calldata report,
        CompactSignature[] calldata signatures,
        Network network,
        Standing standing,
        uint256 rules,
        bytes32 expectedModel
    ) internal view returns (uint32) {
        if (network.paused()) revert Paused();
        unchecked {
            // Sums of numbers below 2⁴⁰.
            uint256 nextEpoch = standing.epoch() + 1;
            if (report.epoch != nextEpoch) revert EpochNotConsecutive(report.epoch, nextEpoch);
            if (block.timestamp > report.deadline) revert DeadlinePassed(report.deadline, block.timestamp);
            if (report.modelHash != expectedModel) revert WrongModel(report.modelHash, expectedModel);
            if (report.fromBlock > report.toBlock) revert WindowReversed(report.fromBlock, report.toBlock);
            if (report.toBlock <= standing.toBlock()) revert WindowNotAdvancing(report.toBlock, standing.toBlock());
            if (report.toBlock >= block.number) revert WindowNotPast(report.toBlock, block.number);
            uint256 earliest = standing.blockNumber() + ReportRules.minSpacingBlocks(ReportRules.head(rules));
            if (block.number < earliest) revert TooSoon(block.number, earliest);
        }
        return _checkSignatures(reportDigest(report), signatures, network.operatorCount(), rules);
    }

    /// @dev Both lists are in operator order, so one pass finds every signer, and none twice.
    function _checkSignatures(
        bytes32 digest,
        CompactSignature[] calldata signatures,
        uint256 operatorCount,
        uint256 rules
    ) internal view returns (uint32 signers) {
        uint256 required = ReportRules.threshold(ReportRules.head(rules));
        if (signatures.length < required) revert TooFewSignatures(signatures.length, required);
        unchecked {
            uint256 next = 0; // first operator that may sign
            for (uint256 i = 0; i < signatures.length; ++i) {
                address signer = _recover(digest, _at(signatures, i));
                if (signer == address(0)) revert InvalidSignature(i);
                uint256 index = _indexFrom(next, signer, operatorCount, rules);
                if (index == operatorCount) _refuseSigner(i, signer, next, rules);
                signers |= uint32(1 << index); // index is below 31
                next = index + 1;
            }
        }
    }

    /// @dev The signer; zero if the signature is malformed. The library does not refuse high s, which would give every
    ///      signature a twin, so this does.
    function _recover(bytes32 digest, CompactSignature calldata signature) private view returns (address) {
        if (uint256(signature.vs) & S_MASK > HALF_ORDER) return address(0);
        return ECDSA.tryRecover(digest, signature.r, signature.vs);
    }

    /// @dev Index of `signer` among the operators from `next` on; `operatorCount` if it is none of them.
    function _indexFrom(uint256 next, address signer, uint256 operatorCount, uint256 rules)
        private
        pure
        returns (uint256 index)
    {
        unchecked {
            index = next;
            while (index < operatorCount && ReportRules.operator(rules, index) != signer) ++index;
        }
    }

    /// @dev Every check on φ itself. Returns Σexp(φ) as the report would set it.
    function _checkPhi(
        PhiReport calldata report,
        uint256[] memory words,
        Network network,
        Standing standing,
        uint256 rules,
        bool onlyChanged
    ) private view returns (uint256 sumQ85) {
        uint256 expected = PhiLanes.wordCount(network.nodeCount());
        bytes32 phiHash = _hash(words);
        if (phiHash != report.phiHash) revert WrongPhiHash(report.phiHash, phiHash);
        if (words.length != expected) revert WrongPhiLength(words.length, expected);
        sumQ85 = onlyChanged
            ? _checkedSumOfChanged(words, network, rules, standing.sumExpQ85())
            : _checkedSum(words, 0, network, rules);
        _checkSumRatio(sumQ85, standing.sumExpQ85(), rules);
    }

    function _checkSumRatio(uint256 sumQ85, uint256 previousQ85, uint256 rules) internal pure {
        uint256 bps = ReportRules.maxSumRatioBps(ReportRules.head(rules));
        unchecked {
            // Below 2¹⁰⁴ · 2³².
            if (sumQ85 * BPS > previousQ85 * bps || previousQ85 * BPS > sumQ85 * bps) {
                revert SumRatioTooLarge(ExpTable.toWad(sumQ85), ExpTable.toWad(previousQ85), bps);
            }
        }
    }

    function _requireFresh() private view {
        (bool stale, uint256 ageSeconds, uint256 maxAgeSeconds) = staleness();
        if (stale) revert Stale(ageSeconds, maxAgeSeconds);
    }

    /// @dev `signer` is no operator from `next` on: it is one before, or none.
    function _refuseSigner(uint256 position, address signer, uint256 next, uint256 rules) private pure {
        for (uint256 index = 0; index < next; ++index) {
            if (ReportRules.operator(rules, index) == signer) revert SignersNotAscending(position, index, next - 1);
        }
        revert NotOperator(position, signer);
    }

    function _checkOperators(address[] memory list, uint256 required) private pure {
        if (list.length > MAX_OPERATORS) revert TooManyOperators(list.length, MAX_OPERATORS);
        if (required > list.length) revert InvalidThreshold(required, list.length);
        uint256 majority = list.length / 2 + 1;
        if (required < majority) revert ThresholdTooLow(required, majority);
        for (uint256 i = 0; i < list.length; ++i) {
            bool twice = false;
            for (uint256 j = 0; j < i; ++j) {
                if (list[j] == list[i]) twice = true;
            }
            if (twice || list[i] == address(0)) revert InvalidOperator(i, list[i]);
        }
    }

    function _checkModelHash(bytes32 model) private pure {
        if (model == bytes32(0)) revert ZeroModelHash();
    }

    function _checkLimits(Limits memory next) private pure {
        if (next.maxPhiLane > MAX_LANE || next.maxSumRatioBps <= BPS || next.relaxPeriodSeconds == 0) {
            revert InvalidLimits(next);
        }
    }

    /* INTERNAL: WRITES */

    function _apply(
        PhiReport calldata report,
        uint256[] memory words,
        Standing standing,
        uint256 sumQ85,
        uint32 signers
    ) private {
        PhiScan.store(words, _phiBase());
        _recordReport(report, standing, sumQ85, signers);
    }

    function _recordReport(PhiReport calldata report, Standing standing, uint256 sumQ85, uint32 signers) internal {
        _standing = StandingSlot.pack(sumQ85, report.epoch, report.toBlock, block.number, block.timestamp);
        emit ReportApplied(
            report.epoch,
            report.fromBlock,
            report.toBlock,
            report.windowHash,
            report.phiHash,
            ExpTable.toWad(standing.sumExpQ85()),
            ExpTable.toWad(sumQ85),
            signers
        );
    }

    /// @dev When the last report became stale. Reverts if it is not stale.
    function _requireStale(uint256 head, Standing standing) internal view returns (uint256 staleAt) {
        staleAt = standing.timestampSeconds() + ReportRules.maxAgeSeconds(head) + 1;
        if (block.timestamp < staleAt) revert NotStale(block.timestamp, staleAt);
    }

    /// @dev Halvings due now and not done yet. Reverts if there is none.
    function _relaxationDue(uint256 head, Standing standing, uint256 staleAt) internal returns (uint256) {
        if (_relaxation.epoch != standing.epoch()) {
            _relaxation = Relaxation({epoch: uint64(standing.epoch()), halvings: 0});
        }

        // The first period begins with staleness, so at least one halving is due from then on.
        uint256 period = ReportRules.relaxPeriodSeconds(head);
        uint256 due = (block.timestamp - staleAt) / period + 1;
        uint256 done = _relaxation.halvings;
        if (due <= done) revert AlreadyRelaxed(block.timestamp, staleAt + done * period);
        return due - done;
    }

    function _finishRelax(Standing standing, uint256 sumQ85, uint256 done) internal {
        _standing = standing.withSum(sumQ85);
        _nodesChanged();
        emit Relaxed(uint64(standing.epoch()), done, ExpTable.toWad(standing.sumExpQ85()), ExpTable.toWad(sumQ85));
    }

    function _setGuardian(address account) private {
        emit GuardianChanged(_guardian, account);
        _guardian = account;
    }

    function _replaceRules(RulesParts memory parts) private {
        _writeRules(ReportRules.readTable(_network.rules()), parts);
        _nodesChanged();
    }

    function _writeRules(bytes memory table, RulesParts memory parts) private {
        address source = ReportRules.write(table, parts.limits, parts.threshold, parts.modelHash, parts.operators);
        _network = _network.withRules(source, parts.operators.length);
    }

    /* INTERNAL: READS */

    function _rulesParts() private view returns (RulesParts memory) {
        address source = _network.rules();
        uint256 head = ReportRules.readHead(source);
        return RulesParts({
            limits: ReportRules.limits(head),
            threshold: ReportRules.threshold(head),
            modelHash: ReportRules.readModelHash(source),
            operators: ReportRules.readOperators(source, _network.operatorCount())
        });
    }

    /// @dev φ in force with the given words put in, two's complement.
    function _withChanges(uint256[] calldata changedWords, uint256[] calldata words, uint256 wordCount)
        private
        view
        returns (uint256[] memory all)
    {
        all = new uint256[](wordCount);
        uint256 slot = _phiBase();
        uint256 taken = 0;
        for (uint256 w = 0; w < wordCount; ++w) {
            bool changed = w >> 8 < changedWords.length && (changedWords[w >> 8] >> (w & 255)) & 1 == 1;
            if (changed && taken == words.length) revert WrongBitmap(taken + 1, words.length);
            all[w] = changed ? words[taken] : _load(slot + w) ^ PhiLanes.BIAS;
            if (changed) ++taken;
        }
        if (taken != words.length) revert WrongBitmap(taken, words.length);
        uint256 bitsSet = 0;
        for (uint256 i = 0; i < changedWords.length; ++i) {
            bitsSet += LibBit.popCount(changedWords[i]);
        }
        if (bitsSet != taken) revert WrongBitmap(bitsSet, taken);
    }

    /// @dev Unchecked: callers keep `i` below the length.
    function _at(CompactSignature[] calldata signatures, uint256 i)
        private
        pure
        returns (CompactSignature calldata signature)
    {
        assembly ("memory-safe") {
            signature := add(signatures.offset, shl(6, i))
        }
    }

    /// @dev One CALLDATACOPY; the compiler's own copy takes a loop.
    function _copy(uint256[] calldata words) internal pure returns (uint256[] memory copy) {
        assembly ("memory-safe") {
            copy := mload(0x40)
            let size := shl(5, words.length)
            mstore(copy, words.length)
            calldatacopy(add(copy, 0x20), words.offset, size)
            mstore(0x40, add(add(copy, 0x20), size))
        }
    }

    function _hash(uint256[] memory words) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(words, 0x20), shl(5, mload(words)))
        }
    }
}
