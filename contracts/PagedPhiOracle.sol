// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";

import {ConsensusRegistry} from "./ConsensusRegistry.sol";
import {PhiOracle} from "./PhiOracle.sol";
import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {IPagedPhiOracle, PhiPage} from "./interfaces/IPagedPhiOracle.sol";
import {CompactSignature, Limits, PhiReport} from "./interfaces/IPhiOracle.sol";
import {IPhiOracle} from "./interfaces/IPhiOracle.sol";
import {Network} from "./libraries/NetworkSlot.sol";
import {PhiLanes} from "./libraries/PhiLanes.sol";
import {PhiScan} from "./libraries/PhiScan.sol";
import {ReportRules} from "./libraries/ReportRules.sol";
import {Standing} from "./libraries/StandingSlot.sol";

/// @title PagedPhiOracle
/// @notice See {IPagedPhiOracle}: it states the guarantees.
/// @dev φ has two copies, and a report switches from one to the other. So reads of φ read one slot more than in
///      PhiOracle.
contract PagedPhiOracle is PhiOracle, IPagedPhiOracle {
    /// @dev The staged pages, for one report at a time.
    struct Staging {
        // The report's phiHash, deadline and epoch; epoch 0 if nothing is staged.
        bytes32 phiHash;
        uint64 deadline;
        uint32 epoch;
        uint104 sumExpQ85;
        // Bit i set: page i is staged.
        uint32 pages;
    }

    /// @dev The state of the two copies and of relaxing.
    struct Turn {
        // Copy of φ in force: 0 or 1.
        uint8 copy;
        // The next word to relax, and the halvings of this pass; void for any other epoch than `relaxEpoch`.
        uint32 relaxWord;
        uint64 relaxHalvings;
        uint32 relaxEpoch;
    }

    /// @inheritdoc IPagedPhiOracle
    /// @dev 512 fresh slots and their checks take 13.5 million gas, below the 2²⁴ that a transaction may use.
    uint256 public constant PAGE_WORDS = 512;
    /// @inheritdoc IPagedPhiOracle
    uint256 public constant MAX_RELAXED_WORDS = 1875;

    bytes32 private constant PAGE_TYPEHASH =
        keccak256("PhiPage(uint64 epoch,uint64 deadline,uint32 page,bytes32 phiHash,bytes32 pageHash)");

    Staging private _staging;
    Turn private _turn;

    /// @param owner See PhiOracle for this and the others.
    constructor(
        address owner,
        uint256 minWad,
        uint256 maxWad,
        address guardianAccount,
        bytes32 model,
        address[] memory operatorList,
        uint256 requiredSignatures,
        Limits memory initialLimits
    ) PhiOracle(owner, minWad, maxWad, guardianAccount, model, operatorList, requiredSignatures, initialLimits) {}

    /* REPORTS */

    /// @inheritdoc IPagedPhiOracle
    function stagePage(PhiPage calldata page, CompactSignature[] calldata signatures, uint256[] calldata words)
        external
    {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), network.operatorCount());
        if (network.paused()) revert Paused();
        uint256 epoch = _standing.epoch() + 1;
        if (page.epoch != epoch) revert EpochNotConsecutive(page.epoch, epoch);
        if (block.timestamp > page.deadline) revert DeadlinePassed(page.deadline, block.timestamp);
        (uint256 first, uint256 expected) = _pageOf(page.page, network);
        if (words.length != expected) revert WrongPhiLength(words.length, expected);
        uint256[] memory phiWords = _copy(words);
        bytes32 pageHash = _hash(phiWords);
        if (pageHash != page.pageHash) revert WrongPageHash(page.pageHash, pageHash);
        uint32 signers = _checkSignatures(pageDigest(page), signatures, network.operatorCount(), rules);
        uint256 sumQ85 = _checkedSum(phiWords, first, network, rules);

        Staging memory staging = _staging;
        if (!_isOf(staging, epoch, page.deadline, page.phiHash)) {
            // Late pages of an abandoned report must not void those of its replacement, which was signed later. A
            // deadline that has passed is earlier than that of any valid page, so pages staged under it give way.
            if (staging.epoch == epoch && page.deadline <= staging.deadline) {
                revert LaterReportStaged(page.deadline, staging.deadline);
            }
            staging = Staging(page.phiHash, page.deadline, uint32(epoch), 0, 0); // see Standing, as below
        }
        uint32 bit = uint32(1 << page.page); // below 32: _pageOf
        if (staging.pages & bit != 0) revert PageAlreadyStaged(page.page);
        staging.pages |= bit;
        staging.sumExpQ85 += uint104(sumQ85);
        _staging = staging;
        PhiScan.store(phiWords, _base(1 - _turn.copy) + first);
        emit PageStaged(page.epoch, page.page, page.phiHash, pageHash, signers);
    }

    /// @inheritdoc IPagedPhiOracle
    function submitPagedReport(PhiReport calldata report, CompactSignature[] calldata signatures) external {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), network.operatorCount());
        Standing standing = _standing;
        uint32 signers = _checkReport(report, signatures, network, standing, rules, ReportRules.modelHash(rules));
        uint256 missing = ((1 << pageCount()) - 1) & ~stagedPages(report.deadline, report.phiHash);
        if (missing != 0) revert PageMissing(LibBit.ffs(missing));
        uint256 sumQ85 = _staging.sumExpQ85;
        _checkSumRatio(sumQ85, standing.sumExpQ85(), rules);

        _turn.copy = 1 - _turn.copy;
        _recordReport(report, standing, sumQ85, signers);
    }

    /// @inheritdoc IPhiOracle
    /// @dev A pass that was begun is finished before halvings that fell due since then, and continues only while the
    ///      last report is stale.
    function relax() external override(PhiOracle, IPhiOracle) {
        Network network = _network;
        uint256 rules = ReportRules.load(network.rules(), 0);
        Standing standing = _standing;
        uint256 staleAt = _requireStale(ReportRules.head(rules), standing);
        Turn memory turn = _turn;
        if (turn.relaxEpoch != standing.epoch() || turn.relaxWord == 0) {
            turn.relaxHalvings = uint64(_relaxationDue(ReportRules.head(rules), standing, staleAt));
            (turn.relaxEpoch, turn.relaxWord) = (uint32(standing.epoch()), 0);
        }
        uint256 count = PhiLanes.wordCount(network.nodeCount());
        uint256 end = FixedPointMathLib.min(turn.relaxWord + MAX_RELAXED_WORDS, count);
        (uint256 afterQ85, uint256 beforeQ85, bool any) = _halveWords(turn.relaxWord, end, turn.relaxHalvings, rules);
        if (!any && count <= MAX_RELAXED_WORDS) revert NothingToRelax();
        turn.relaxWord = end == count ? 0 : uint32(end);
        _turn = turn;
        if (end == count) _relaxation.halvings += turn.relaxHalvings;
        // If all words were 0, nothing changed, and the staged pages stay valid.
        if (any) _finishRelax(standing, standing.sumExpQ85() + afterQ85 - beforeQ85, turn.relaxHalvings);
    }

    /* READS */

    /// @inheritdoc IPagedPhiOracle
    function pageCount() public view returns (uint256) {
        return FixedPointMathLib.divUp(PhiLanes.wordCount(_network.nodeCount()), PAGE_WORDS);
    }

    /// @inheritdoc IPagedPhiOracle
    function stagedPages(uint64 deadline, bytes32 phiHash) public view returns (uint256) {
        Staging memory staging = _staging;
        return _isOf(staging, _standing.epoch() + 1, deadline, phiHash) ? staging.pages : 0;
    }

    /// @inheritdoc IPagedPhiOracle
    function pageDigest(PhiPage calldata page) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PAGE_TYPEHASH, page)));
    }

    /// @inheritdoc IPhiOracle
    /// @dev A pass that has not reached the last word counts too, since it has halved some words.
    function halvings() public view override(PhiOracle, IPhiOracle) returns (uint256 count) {
        Turn memory turn = _turn;
        count = super.halvings();
        if (turn.relaxEpoch == _standing.epoch() && turn.relaxWord != 0) count += turn.relaxHalvings;
    }

    /// @inheritdoc PhiOracle
    function supportsInterface(bytes4 id) public pure override returns (bool) {
        return id == type(IPagedPhiOracle).interfaceId || super.supportsInterface(id);
    }

    /// @dev As many lanes as the two copies have room for.
    // solhint-disable-next-line func-name-mixedcase
    function MAX_NODES() public pure override(ConsensusRegistry, IConsensusRegistry) returns (uint256) {
        return MAX_WORDS * PhiLanes.LANES_PER_WORD;
    }

    /* INTERNAL */

    function _phiBase() internal view override returns (uint256) {
        return _base(_turn.copy);
    }

    function _nodesChanged() internal override {
        delete _staging;
    }

    /// @dev Whether the staged pages belong to this report.
    function _isOf(Staging memory staging, uint256 epoch, uint64 deadline, bytes32 phiHash)
        private
        pure
        returns (bool)
    {
        return staging.epoch == epoch && staging.deadline == deadline && staging.phiHash == phiHash;
    }

    /// @dev The first word of a page, and the number of its words.
    function _pageOf(uint256 page, Network network) private pure returns (uint256 first, uint256 length) {
        uint256 count = PhiLanes.wordCount(network.nodeCount());
        first = page * PAGE_WORDS;
        if (first >= count) revert UnknownPage(page, FixedPointMathLib.divUp(count, PAGE_WORDS));
        length = FixedPointMathLib.min(PAGE_WORDS, count - first);
    }

    function _base(uint256 copy) private pure returns (uint256) {
        return _firstPhiSlot() + copy * MAX_WORDS;
    }
}
