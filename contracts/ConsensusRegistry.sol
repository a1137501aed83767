// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";

import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {ExpTable} from "./libraries/ExpTable.sol";
import {LaneBounds} from "./libraries/LaneBounds.sol";
import {Network} from "./libraries/NetworkSlot.sol";
import {PhiLanes} from "./libraries/PhiLanes.sol";
import {PhiScan} from "./libraries/PhiScan.sol";
import {ReportRules} from "./libraries/ReportRules.sol";
import {Standing} from "./libraries/StandingSlot.sol";
import {Theta0Range} from "./libraries/Theta0Range.sol";
import {ThetaLanes} from "./libraries/ThetaLanes.sol";

/// @title ConsensusRegistry
/// @notice See {IConsensusRegistry}: it states the guarantees.
/// @dev The half of {PhiOracle} that knows nodes. One contract holds both, so that a report reads and writes a single
///      storage slot besides φ, and no call crosses contracts. Storage: `docs/contracts.md`.
abstract contract ConsensusRegistry is IConsensusRegistry, Ownable2Step {
    using Theta0Range for Theta0Range.Range;

    /// @dev Bounds on θ of an active node.
    struct ThetaBounds {
        uint64 minWad;
        uint64 maxWad;
    }

    uint256 internal constant WAD = 1e18;
    /// @dev The most words in one copy of φ: 2¹⁷ lanes.
    uint256 internal constant MAX_WORDS = 8192;
    uint256 private constant THETA0_PER_WORD = 4;
    /// @dev Bit of a θ₀ entry that is set if the node is registered; θ₀ is below 2⁶⁰.
    uint256 private constant REGISTERED = 1 << 63;
    uint256 private constant BIASED_ZERO = 1 << 15;
    uint256 private constant MAX_BIASED = type(uint16).max;

    Standing internal _standing;
    Network internal _network;
    ThetaBounds private _bounds;

    /// @dev φ: word w, biased, at `_phiBase() + w`. Registration writes a word before any report does, so a report
    ///      never pays for a fresh slot. There is room for two copies (see PagedPhiOracle).
    uint256[2 * MAX_WORDS] private _phi;
    /// @dev Word w: the ThetaLanes entries of θ₀ of the nodes whose φ is word w. A report reads it if some lane is
    ///      outside of those that suit every θ₀ (Network.lowLane, highLane).
    uint256[MAX_WORDS] private _theta0Lanes;
    /// @dev A range that encloses θ₀ of all active nodes, for Network.lowLane and highLane.
    Theta0Range.Range private _theta0Range;
    /// @dev ⌊n/4⌋ → 4 entries of 64 bits, that of node n at bits 64·(n mod 4): θ₀, and REGISTERED.
    mapping(uint256 word => uint256 packed) private _theta0;
    /// @dev ⌊n/256⌋ → bit n mod 256 set where the node is retired.
    mapping(uint256 word => uint256 bits) private _retired;
    mapping(uint256 node => address key) private _miner;

    /// @param owner Owner of node management; a timelock in production.
    /// @param minWad Lower bound on θ of an active node.
    /// @param maxWad Upper bound, at most 1e18.
    constructor(address owner, uint256 minWad, uint256 maxWad) Ownable(owner) {
        _setThetaBounds(minWad, maxWad);
    }

    /* NODE MANAGEMENT */

    /// @inheritdoc IConsensusRegistry
    function register(address[] calldata miners, uint256[] calldata theta0Wad) external onlyOwner {
        if (miners.length != theta0Wad.length) revert LengthMismatch(theta0Wad.length, miners.length);
        Network network = _network;
        uint256 first = network.nodeCount();
        uint256 count = first + miners.length;
        if (count > MAX_NODES()) revert TooManyNodes(count, MAX_NODES());
        for (uint256 i = 0; i < miners.length; ++i) {
            if (miners[i] == address(0)) revert ZeroAddress(i);
            uint256 node = first + i;
            _checkTheta(node, int256(_checkedTheta0(node, theta0Wad[i])));
            _packTheta0(node, theta0Wad[i]);
            _theta0Range.add(theta0Wad[i]);
            uint256 slot = _theta0LanesSlot(node >> 4);
            _save(slot, ThetaLanes.withEntriesFrom(_load(slot), node, ThetaLanes.entry(theta0Wad[i])));
            _miner[node] = miners[i];
            emit NodeRegistered(node, miners[i], theta0Wad[i]);
        }
        _startWords(PhiLanes.wordCount(first), PhiLanes.wordCount(count));
        _network = network.withCounts(count, network.activeCount() + miners.length);
        _cacheLaneRange();
        _nodesChanged();
        // φ = 0 of a new node.
        _setSum(_standing.sumExpQ85() + miners.length * ExpTable.ONE);
    }

    /// @inheritdoc IConsensusRegistry
    function setTheta0(uint256 node, uint256 theta0Wad) external onlyOwner {
        _requireActive(node);
        int256 value = int256(_checkedTheta0(node, theta0Wad));
        _checkTheta(node, value);
        _checkTheta(node, value + phi(node));
        uint256 previous = theta0(node);
        _packTheta0(node, theta0Wad);
        _theta0Range.remove(previous);
        _theta0Range.add(theta0Wad);
        uint256 slot = _theta0LanesSlot(node >> 4);
        _save(slot, ThetaLanes.withEntry(_load(slot), node, ThetaLanes.entry(theta0Wad)));
        _cacheLaneRange();
        _nodesChanged();
        emit Theta0Changed(node, previous, theta0Wad);
    }

    /// @inheritdoc IConsensusRegistry
    function setMiner(uint256 node, address key) external onlyOwner {
        _requireActive(node);
        if (key == address(0)) revert ZeroAddress(0);
        emit MinerChanged(node, _miner[node], key);
        _miner[node] = key;
    }

    /// @inheritdoc IConsensusRegistry
    function retire(uint256 node) external onlyOwner {
        _requireActive(node);
        Network network = _network;
        if (network.activeCount() == 1) revert LastActiveNode(node);
        uint256 slot = _phiBase() + (node >> 4);
        uint256 word = _load(slot) ^ PhiLanes.BIAS;
        int256 lane = PhiLanes.lane(word, node);
        uint256 value = theta0(node);
        emit NodeRetired(node, lane, value);

        _save(slot, PhiLanes.clear(word, node) ^ PhiLanes.BIAS);
        _packTheta0(node, 0);
        // A retired node's entry is in the middle of the bounds, so that it never keeps its word from being cleared.
        uint256 entriesSlot = _theta0LanesSlot(node >> 4);
        uint256 middle = ThetaLanes.entry((uint256(_bounds.minWad) + _bounds.maxWad) / 2);
        _save(entriesSlot, ThetaLanes.withEntry(_load(entriesSlot), node, middle));
        _theta0Range.remove(value);
        _retired[node >> 8] |= 1 << (node & 255);
        _network = network.withCounts(network.nodeCount(), network.activeCount() - 1);
        _cacheLaneRange();
        _nodesChanged();
        _setSum(_standing.sumExpQ85() - ExpTable.term(lane, ReportRules.load(network.rules(), 0)));
    }

    /// @inheritdoc IConsensusRegistry
    function setThetaBounds(uint256 minWad, uint256 maxWad) external onlyOwner {
        _setThetaBounds(minWad, maxWad);
        _nodesChanged();
    }

    /* READS */

    /// @notice Refused: see OwnerRequired.
    function renounceOwnership() public view override onlyOwner {
        revert OwnerRequired();
    }

    /// @inheritdoc IConsensusRegistry
    function nodeCount() external view returns (uint256) {
        return _network.nodeCount();
    }

    /// @inheritdoc IConsensusRegistry
    function activeCount() external view returns (uint256) {
        return _network.activeCount();
    }

    /// @inheritdoc IConsensusRegistry
    function thetaBounds() external view returns (uint256 minWad, uint256 maxWad) {
        return (_bounds.minWad, _bounds.maxWad);
    }

    /// @inheritdoc IConsensusRegistry
    function miner(uint256 node) external view returns (address) {
        _requireKnown(node);
        return _miner[node];
    }

    /// @inheritdoc IConsensusRegistry
    function thetas(uint256 first, uint256 count) external view returns (uint256[] memory thetaWad) {
        (uint256 from, uint256 length) = _page(first, count, _network.nodeCount());
        thetaWad = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            thetaWad[i] = theta(from + i);
        }
    }

    /// @inheritdoc IConsensusRegistry
    function theta0s(uint256 first, uint256 count) external view returns (uint256[] memory theta0Wad) {
        (uint256 from, uint256 length) = _page(first, count, _network.nodeCount());
        theta0Wad = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            theta0Wad[i] = theta0(from + i);
        }
    }

    /// @inheritdoc IConsensusRegistry
    function phiWords(uint256 first, uint256 count) external view returns (uint256[] memory words) {
        (uint256 from, uint256 length) = _page(first, count, PhiLanes.wordCount(_network.nodeCount()));
        words = new uint256[](length);
        uint256 slot = _phiBase() + from;
        for (uint256 i = 0; i < length; ++i) {
            words[i] = _load(slot + i) ^ PhiLanes.BIAS;
        }
    }

    /// @inheritdoc IConsensusRegistry
    function retiredWords(uint256 first, uint256 count) external view returns (uint256[] memory words) {
        (uint256 from, uint256 length) = _page(first, count, (_network.nodeCount() + 255) / 256);
        words = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            words[i] = _retired[from + i];
        }
    }

    /// @inheritdoc IConsensusRegistry
    // solhint-disable-next-line func-name-mixedcase
    function MAX_NODES() public pure virtual returns (uint256) {
        return 20_000;
    }

    /// @inheritdoc IConsensusRegistry
    function sumExpQ85() public view returns (uint256) {
        return _standing.sumExpQ85();
    }

    /// @inheritdoc IConsensusRegistry
    function sumExpWad() public view returns (uint256) {
        return ExpTable.toWad(_standing.sumExpQ85());
    }

    /// @inheritdoc IConsensusRegistry
    function theta(uint256 node) public view returns (uint256) {
        // Within [0, 1e18] by guarantees 4 and 5, so the sum is never negative.
        return uint256(int256(theta0(node)) + _phiWad(node));
    }

    /// @inheritdoc IConsensusRegistry
    function theta0(uint256 node) public view returns (uint256) {
        uint256 entry = _theta0Entry(node);
        if (entry == 0) revert UnknownNode(node, _network.nodeCount());
        return entry ^ REGISTERED;
    }

    /// @inheritdoc IConsensusRegistry
    function phi(uint256 node) public view returns (int256) {
        _requireKnown(node);
        return _phiWad(node);
    }

    /// @inheritdoc IConsensusRegistry
    function isRetired(uint256 node) public view returns (bool) {
        _requireKnown(node);
        return _isRetired(node);
    }

    /* INTERNAL: φ */

    /// @dev Slot of the first word of φ in force.
    function _phiBase() internal view virtual returns (uint256) {
        return _firstPhiSlot();
    }

    /// @dev Slot of the first of the 2·MAX_WORDS words.
    function _firstPhiSlot() internal pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := _phi.slot
        }
    }

    function _theta0LanesSlot(uint256 word) private pure returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := add(_theta0Lanes.slot, word)
        }
    }

    /// @dev Called after every change of nodes, of rules, or of φ by `relax`: earlier checks no longer hold.
    // solhint-disable-next-line no-empty-blocks
    function _nodesChanged() internal virtual {}

    /// @dev Every check on lanes and Σexp of the new φ; reverts naming the first offender.
    /// @param words Words [first, first + words.length) of φ, two's complement.
    /// @param rules Rules in memory.
    /// @return sumQ85 Σexp over the lanes of active nodes in these words.
    function _checkedSum(uint256[] memory words, uint256 first, Network network, uint256 rules)
        internal
        view
        returns (uint256 sumQ85)
    {
        _checkIdleLanes(words, first, network);
        uint256 tableFields = ExpTable.fields(rules);
        (uint256 high, uint256 low, uint256 step) = _laneFields(network, ReportRules.head(rules));
        uint256 guards;
        (guards, sumQ85) = PhiScan.scan(words, _phiBase() + first, tableFields, high, low, step);
        unchecked {
            sumQ85 -= _idleLanes(first, words.length, network) * ExpTable.ONE;
        }
        if (!LaneBounds.allWithin(guards)) _checkEachTheta(words, first, ReportRules.head(rules));
    }

    /// @dev As `_checkedSum` over all words, from the sum in force and the words that differ; cheaper if these are few.
    function _checkedSumOfChanged(uint256[] memory words, Network network, uint256 rules, uint256 previousSumQ85)
        internal
        view
        returns (uint256 sumQ85)
    {
        _checkIdleLanes(words, 0, network);
        uint256 tableFields = ExpTable.fields(rules);
        (uint256 high, uint256 low, uint256 step) = _laneFields(network, ReportRules.head(rules));
        uint256 guards = type(uint256).max;
        uint256 slot = _phiBase();
        sumQ85 = previousSumQ85;
        unchecked {
            for (uint256 i = 0; i < words.length; ++i) {
                uint256 next = words[i] ^ PhiLanes.BIAS;
                uint256 previous = _load(slot + i);
                guards &= LaneBounds.within(next, previous, high, low, step);
                if (next != previous) {
                    sumQ85 = sumQ85 + ExpTable.sum(next, tableFields) - ExpTable.sum(previous, tableFields);
                }
            }
        }
        if (!LaneBounds.allWithin(guards)) _checkEachTheta(words, 0, ReportRules.head(rules));
    }

    /// @dev Halves φ in words [first, last); returns Σexp after and before over the lanes of these words, idle ones
    ///      included, and whether any lane was set.
    function _halveWords(uint256 first, uint256 last, uint256 halvings, uint256 rules)
        internal
        returns (uint256 afterQ85, uint256 beforeQ85, bool any)
    {
        uint256 tableFields = ExpTable.fields(rules);
        uint256 slot = _phiBase();
        unchecked {
            for (uint256 w = first; w < last; ++w) {
                uint256 previous = _load(slot + w);
                if (previous == PhiLanes.BIAS) continue;
                any = true;
                uint256 next = PhiLanes.halve(previous ^ PhiLanes.BIAS, halvings) ^ PhiLanes.BIAS;
                beforeQ85 += ExpTable.sum(previous, tableFields);
                afterQ85 += ExpTable.sum(next, tableFields);
                _save(slot + w, next);
            }
        }
    }

    /* INTERNAL: WRITES */

    function _setThetaBounds(uint256 minWad, uint256 maxWad) private {
        if (minWad > maxWad || maxWad > WAD) revert InvalidThetaBounds(minWad, maxWad);
        _bounds = ThetaBounds(uint64(minWad), uint64(maxWad)); // at most 1e18 < 2⁶⁴
        _cacheLaneRange();
        emit ThetaBoundsChanged(minWad, maxWad);
    }

    function _setSum(uint256 sumQ85) private {
        uint256 previous = sumExpWad();
        _standing = _standing.withSum(sumQ85);
        if (sumExpWad() != previous) emit SumExpChanged(previous, sumExpWad());
    }

    /// @dev Sets φ = 0 in every lane of words [first, last), also in lanes that no node has yet.
    function _startWords(uint256 first, uint256 last) private {
        uint256 slot = _phiBase();
        for (uint256 w = first; w < last; ++w) {
            _save(slot + w, PhiLanes.BIAS);
        }
    }

    function _packTheta0(uint256 node, uint256 value) private {
        uint256 shift = (node % THETA0_PER_WORD) * 64;
        uint256 word = _theta0[node / THETA0_PER_WORD];
        _theta0[node / THETA0_PER_WORD] =
            (word & ~(uint256(type(uint64).max) << shift)) | ((value | REGISTERED) << shift);
    }

    /// @dev Rounded inward, so that no lane is admitted for every node that does not suit every node.
    function _cacheLaneRange() private {
        (uint256 theta0LowWad, uint256 theta0HighWad) = _theta0Range.bounds();
        int256 low = int256(uint256(_bounds.minWad)) - int256(theta0LowWad); // φ at or above keeps θ ≥ min
        int256 high = int256(uint256(_bounds.maxWad)) - int256(theta0HighWad);
        low = low > 0 ? low / PhiLanes.WAD_PER_UNIT + 1 : low / PhiLanes.WAD_PER_UNIT;
        high = high < 0 ? high / PhiLanes.WAD_PER_UNIT - 1 : high / PhiLanes.WAD_PER_UNIT;
        low += int256(BIASED_ZERO);
        high += int256(BIASED_ZERO);
        if (low > int256(MAX_BIASED) || high < 0) (low, high) = (int256(MAX_BIASED), 0); // none suits all
        _network = _network.withLanes(
            uint256(FixedPointMathLib.max(low, 0)), uint256(FixedPointMathLib.min(high, int256(MAX_BIASED)))
        );
    }

    function _save(uint256 slot, uint256 word) private {
        assembly ("memory-safe") {
            sstore(slot, word)
        }
    }

    /* INTERNAL: CHECKS */

    /// @dev The bounds that hold for every node at once, as LaneBounds takes them.
    function _laneFields(Network network, uint256 head) private pure returns (uint256 high, uint256 low, uint256 step) {
        unchecked {
            // maxPhiLane is below 2¹⁵.
            uint256 maxPhiLane = ReportRules.maxPhiLane(head);
            high = LaneBounds.highFields(FixedPointMathLib.min(network.highLane(), BIASED_ZERO + maxPhiLane));
            low = LaneBounds.lowFields(FixedPointMathLib.max(network.lowLane(), BIASED_ZERO - maxPhiLane));
            step = LaneBounds.stepFields(ReportRules.maxStepLane(head));
        }
    }

    /// @dev Called if some lane breaks a bound that suits every node. Checks the entries of θ₀ word by word, then, in
    ///      words that these do not clear, θ₀ node by node. Reverts naming the first node that breaks its own bounds.
    function _checkEachTheta(uint256[] memory words, uint256 first, uint256 head) private view {
        for (uint256 i = 0;; ++i) {
            i = _firstUncleared(words, i, first, head);
            if (i == words.length) return;
            _checkLanes(words[i], first + i, head);
        }
    }

    /// @dev `PhiScan.firstUncleared` under the bounds in force.
    function _firstUncleared(uint256[] memory words, uint256 from, uint256 first, uint256 head)
        private
        view
        returns (uint256)
    {
        ThetaBounds memory bounds = _bounds;
        uint256 maxPhiLane = ReportRules.maxPhiLane(head); // below 2¹⁵
        return PhiScan.firstUncleared(
            words,
            from,
            _phiBase() + first,
            _theta0LanesSlot(first),
            LaneBounds.highFields(BIASED_ZERO + maxPhiLane),
            LaneBounds.lowFields(BIASED_ZERO - maxPhiLane),
            LaneBounds.stepFields(ReportRules.maxStepLane(head)),
            ThetaLanes.highFields(bounds.maxWad),
            ThetaLanes.lowFields(bounds.minWad)
        );
    }

    /// @dev Checks the bounds of each node whose lane is in word w. Reverts naming the first that breaks one.
    /// @param word Two's complement.
    function _checkLanes(uint256 word, uint256 w, uint256 head) private view {
        uint256 previous = _load(_phiBase() + w) ^ PhiLanes.BIAS;
        uint256 end = FixedPointMathLib.min((w + 1) << 4, _network.nodeCount());
        for (uint256 node = w << 4; node < end; ++node) {
            _checkLane(node, PhiLanes.lane(word, node), PhiLanes.lane(previous, node), head);
        }
    }

    /// @dev Checks the bounds of one node. A retired node's lane is 0, as was checked before, and its θ has no bounds.
    function _checkLane(uint256 node, int256 q, int256 previous, uint256 head) private view {
        if (FixedPointMathLib.abs(q) > ReportRules.maxPhiLane(head)) {
            revert PhiTooLarge(node, q, ReportRules.maxPhiLane(head));
        }
        if (FixedPointMathLib.dist(q, previous) > ReportRules.maxStepLane(head)) {
            revert StepTooLarge(node, q, previous, ReportRules.maxStepLane(head));
        }
        if (!_isRetired(node)) _checkTheta(node, int256(theta0(node)) + PhiLanes.toWad(q));
    }

    /// @dev Checks that lanes of retired nodes and lanes beyond the last node are 0.
    function _checkIdleLanes(uint256[] memory words, uint256 first, Network network) private view {
        unchecked {
            // Counts of words and lanes, far below 2²⁵⁶; lanes beyond the last node lie in the last of some words.
            uint256 count = network.nodeCount();
            uint256 last = first + words.length;
            if (last << 4 > count) _checkUnused(_word(_end(words) - 32), last - 1, count);
            if (network.activeCount() == count) return;
            for (uint256 w = first; w < last; ++w) {
                _checkRetired(words[w - first], w);
            }
        }
    }

    function _checkUnused(uint256 word, uint256 w, uint256 count) private pure {
        uint256 lane = count & 15;
        if (word >> (lane << 4) == 0) return;
        while (PhiLanes.lane(word, lane) == 0) ++lane;
        revert UnusedLaneSet((w << 4) + lane, count);
    }

    function _checkRetired(uint256 word, uint256 w) private view {
        uint256 bits = _retiredBits(w);
        for (uint256 i = 0; bits != 0; ++i) {
            int256 q = PhiLanes.lane(word, i);
            if (bits & 1 == 1 && q != 0) revert RetiredLaneSet((w << 4) + i, q);
            bits >>= 1;
        }
    }

    function _checkTheta(uint256 node, int256 thetaWad) private view {
        (uint256 minWad, uint256 maxWad) = (_bounds.minWad, _bounds.maxWad);
        if (thetaWad < int256(minWad) || thetaWad > int256(maxWad)) {
            revert ThetaOutOfBounds(node, thetaWad, minWad, maxWad);
        }
    }

    /// @dev Called before any cast: a θ₀ above 1e18 is within no bounds.
    function _checkedTheta0(uint256 node, uint256 value) private view returns (uint256) {
        if (value > WAD) {
            revert ThetaOutOfBounds(node, type(int256).max, _bounds.minWad, _bounds.maxWad);
        }
        return value;
    }

    function _requireKnown(uint256 node) private view {
        if (_theta0Entry(node) == 0) revert UnknownNode(node, _network.nodeCount());
    }

    function _requireActive(uint256 node) private view {
        if (isRetired(node)) revert NodeIsRetired(node);
    }

    /* INTERNAL: READS */

    function _phiWad(uint256 node) private view returns (int256) {
        return PhiLanes.toWad(PhiLanes.lane(_load(_phiBase() + (node >> 4)) ^ PhiLanes.BIAS, node));
    }

    function _theta0Entry(uint256 node) private view returns (uint256) {
        return (_theta0[node / THETA0_PER_WORD] >> ((node % THETA0_PER_WORD) * 64)) & type(uint64).max;
    }

    function _isRetired(uint256 node) private view returns (bool) {
        return (_retired[node >> 8] >> (node & 255)) & 1 == 1;
    }

    function _load(uint256 slot) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(slot)
        }
    }

    /// @dev Lanes of words [first, first + count) that add exp(0) = 1 to the words' sum but do not count in Σexp: lanes
    ///      beyond the last node, and those of retired nodes.
    function _idleLanes(uint256 first, uint256 count, Network network) private view returns (uint256 idle) {
        unchecked {
            // Counts of words and lanes, far below 2²⁵⁶.
            uint256 nodes = network.nodeCount();
            uint256 end = (first + count) << 4;
            if (end > nodes) idle = end - nodes;
            if (network.activeCount() == nodes) return idle;
            for (uint256 w = first; w < first + count; ++w) {
                idle += LibBit.popCount(_retiredBits(w));
            }
        }
    }

    /// @dev Bit i: node 16·w + i is retired.
    function _retiredBits(uint256 w) private view returns (uint256) {
        return (_retired[w >> 4] >> ((w & 15) << 4)) & 0xffff;
    }

    /// @dev Memory pointer past the last word.
    function _end(uint256[] memory words) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            end := add(add(words, 0x20), shl(5, mload(words)))
        }
    }

    function _word(uint256 pointer) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }

    function _page(uint256 first, uint256 count, uint256 total) private pure returns (uint256 from, uint256 length) {
        if (first >= total) return (total, 0);
        return (first, FixedPointMathLib.min(count, total - first));
    }
}
