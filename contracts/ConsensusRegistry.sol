// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

import {IConsensusRegistry} from "./interfaces/IConsensusRegistry.sol";
import {PhiLanes} from "./libraries/PhiLanes.sol";

/// @title ConsensusRegistry
/// @notice See {IConsensusRegistry}: it states the guarantees.
contract ConsensusRegistry is IConsensusRegistry, Ownable2Step {
    /// @dev All that one change of φ reads and writes beside the lanes, in one slot.
    struct Totals {
        uint128 sumExpWad;
        uint32 nodeCount;
        uint32 activeCount;
    }

    /// @dev `theta0Low` and `theta0High` enclose every θ₀ ever set: where they clear the bounds, no θ₀ need be read.
    struct ThetaRange {
        uint64 minWad;
        uint64 maxWad;
        uint64 theta0LowWad;
        uint64 theta0HighWad;
    }

    /// @dev What the check of one word of lanes needs, in memory once for all words.
    struct LaneChecks {
        uint256 maxPhiLane;
        uint256 maxStepLane;
        // Lanes within [lowLane, highLane] keep every node within the θ bounds, whatever its θ₀.
        int256 lowLane;
        int256 highLane;
        bool anyRetired;
    }

    /// @inheritdoc IConsensusRegistry
    /// @dev A report over this many nodes, and so the way back to φ = 0 by `relaxPhi`, fits the gas a transaction may
    ///      use (2²⁴, EIP-7825); with more, φ could be frozen.
    uint256 public constant MAX_NODES = 10_000;

    uint256 private constant WAD = 1e18;
    uint256 private constant THETA0_PER_WORD = 4;

    /// @inheritdoc IConsensusRegistry
    address public oracle;

    Totals private _totals;
    ThetaRange private _range;

    /// @dev ⌊n/16⌋ → 16 lanes.
    mapping(uint256 word => uint256 lanes) private _phi;
    /// @dev ⌊n/4⌋ → 4 θ₀ of 64 bits, that of node n at bits 64·(n mod 4).
    mapping(uint256 word => uint256 packed) private _theta0;
    /// @dev ⌊n/256⌋ → bit n mod 256 set where the node is retired.
    mapping(uint256 word => uint256 bits) private _retired;
    mapping(uint256 node => address key) private _miner;

    modifier onlyOracle() {
        if (msg.sender != oracle) revert NotOracle(msg.sender, oracle);
        _;
    }

    /// @param owner Owner of node management; a timelock in production.
    /// @param minWad Lower bound on θ of an active node.
    /// @param maxWad Upper bound, at most 1e18.
    constructor(address owner, uint256 minWad, uint256 maxWad) Ownable(owner) {
        _range.theta0LowWad = type(uint64).max;
        _setThetaBounds(minWad, maxWad);
    }

    /* NODE MANAGEMENT */

    /// @inheritdoc IConsensusRegistry
    function setOracle(address newOracle) external onlyOwner {
        if (newOracle == address(0)) revert ZeroAddress(0);
        if (oracle != address(0)) revert OracleAlreadySet(oracle);
        oracle = newOracle;
        emit OracleSet(newOracle);
    }

    /// @inheritdoc IConsensusRegistry
    function register(address[] calldata miners, uint256[] calldata theta0Wad) external onlyOwner {
        if (miners.length != theta0Wad.length) revert LengthMismatch(theta0Wad.length, miners.length);
        uint256 first = _totals.nodeCount;
        uint256 count = first + miners.length;
        if (count > MAX_NODES) revert TooManyNodes(count, MAX_NODES);
        for (uint256 i = 0; i < miners.length; ++i) {
            if (miners[i] == address(0)) revert ZeroAddress(i);
            uint256 node = first + i;
            _checkTheta(node, int256(_checkedTheta0(node, theta0Wad[i])));
            _writeTheta0(node, theta0Wad[i]);
            _miner[node] = miners[i];
            emit NodeRegistered(node, miners[i], theta0Wad[i]);
        }
        // φ = 0 of a new node, so each adds exp(0) = 1.
        _setTotals(_totals.sumExpWad + miners.length * WAD, count, _totals.activeCount + miners.length);
    }

    /// @inheritdoc IConsensusRegistry
    function setTheta0(uint256 node, uint256 theta0Wad) external onlyOwner {
        _requireActive(node);
        int256 value = int256(_checkedTheta0(node, theta0Wad));
        _checkTheta(node, value);
        _checkTheta(node, value + phi(node));
        uint256 previous = theta0(node);
        _writeTheta0(node, theta0Wad);
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
        if (_totals.activeCount == 1) revert LastActiveNode(node);
        uint256 word = _phi[node >> 4];
        int256 lane = PhiLanes.lane(word, node);
        emit NodeRetired(node, lane, theta0(node));

        _phi[node >> 4] = PhiLanes.clear(word, node);
        _packTheta0(node, 0);
        _retired[node >> 8] |= 1 << (node & 255);
        _setTotals(_totals.sumExpWad - _expWad(lane), _totals.nodeCount, _totals.activeCount - 1);
    }

    /// @inheritdoc IConsensusRegistry
    function setThetaBounds(uint256 minWad, uint256 maxWad) external onlyOwner {
        _setThetaBounds(minWad, maxWad);
    }

    /* φ */

    /// @inheritdoc IConsensusRegistry
    function applyPhi(uint256[] calldata words, uint256 maxPhiLane, uint256 maxStepLane)
        external
        onlyOracle
        returns (uint256 previousSumExpWad, uint256 sumExpWad_)
    {
        Totals memory totals = _totals;
        uint256 expected = PhiLanes.wordCount(totals.nodeCount);
        if (words.length != expected) revert WrongPhiLength(words.length, expected);

        LaneChecks memory checks = _laneChecks(maxPhiLane, maxStepLane, totals);
        for (uint256 w = 0; w < expected; ++w) {
            uint256 next = words[w];
            uint256 previous = _phi[w];
            uint256 lanes = _lanesInWord(w, totals.nodeCount);
            if (lanes < PhiLanes.LANES_PER_WORD) _checkUnused(next, w, lanes, totals.nodeCount);
            if (checks.anyRetired) _checkRetired(next, w);
            sumExpWad_ += _checkedSum(next, previous, w << 4, lanes, checks);
            if (next != previous) _phi[w] = next;
        }
        // Each retired lane is 0 and was counted as exp(0) = 1.
        sumExpWad_ -= uint256(totals.nodeCount - totals.activeCount) * WAD;
        previousSumExpWad = totals.sumExpWad;
        _setTotals(sumExpWad_, totals.nodeCount, totals.activeCount);
    }

    /// @inheritdoc IConsensusRegistry
    function relaxPhi(uint256 halvings) external onlyOracle returns (uint256 previousSumExpWad, uint256 sumExpWad_) {
        Totals memory totals = _totals;
        uint256 expected = PhiLanes.wordCount(totals.nodeCount);
        uint256 anyLane;
        for (uint256 w = 0; w < expected; ++w) {
            uint256 previous = _phi[w];
            uint256 lanes = _lanesInWord(w, totals.nodeCount);
            if (previous == 0) {
                sumExpWad_ += lanes * WAD;
                continue;
            }
            anyLane |= previous;
            uint256 next = PhiLanes.halve(previous, halvings);
            for (uint256 i = 0; i < lanes; ++i) {
                sumExpWad_ += _expWad(PhiLanes.lane(next, i));
            }
            _phi[w] = next;
        }
        if (anyLane == 0) revert NothingToRelax();
        sumExpWad_ -= uint256(totals.nodeCount - totals.activeCount) * WAD;
        previousSumExpWad = totals.sumExpWad;
        _setTotals(sumExpWad_, totals.nodeCount, totals.activeCount);
    }

    /* READS */

    /// @inheritdoc IConsensusRegistry
    function nodeCount() external view returns (uint256) {
        return _totals.nodeCount;
    }

    /// @inheritdoc IConsensusRegistry
    function activeCount() external view returns (uint256) {
        return _totals.activeCount;
    }

    /// @inheritdoc IConsensusRegistry
    function sumExpWad() external view returns (uint256) {
        return _totals.sumExpWad;
    }

    /// @inheritdoc IConsensusRegistry
    function thetaBounds() external view returns (uint256 minWad, uint256 maxWad) {
        return (_range.minWad, _range.maxWad);
    }

    /// @inheritdoc IConsensusRegistry
    function theta(uint256 node) external view returns (uint256) {
        _requireKnown(node);
        return _theta(node);
    }

    /// @inheritdoc IConsensusRegistry
    function miner(uint256 node) external view returns (address) {
        _requireKnown(node);
        return _miner[node];
    }

    /// @inheritdoc IConsensusRegistry
    function thetas(uint256 first, uint256 count) external view returns (uint256[] memory thetaWad) {
        (uint256 from, uint256 length) = _page(first, count, _totals.nodeCount);
        thetaWad = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            thetaWad[i] = _theta(from + i);
        }
    }

    /// @inheritdoc IConsensusRegistry
    function theta0s(uint256 first, uint256 count) external view returns (uint256[] memory theta0Wad) {
        (uint256 from, uint256 length) = _page(first, count, _totals.nodeCount);
        theta0Wad = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            theta0Wad[i] = _unpackTheta0(from + i);
        }
    }

    /// @inheritdoc IConsensusRegistry
    function phiWords(uint256 first, uint256 count) external view returns (uint256[] memory words) {
        (uint256 from, uint256 length) = _page(first, count, PhiLanes.wordCount(_totals.nodeCount));
        words = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            words[i] = _phi[from + i];
        }
    }

    /// @inheritdoc IConsensusRegistry
    function retiredWords(uint256 first, uint256 count) external view returns (uint256[] memory words) {
        (uint256 from, uint256 length) = _page(first, count, (uint256(_totals.nodeCount) + 255) / 256);
        words = new uint256[](length);
        for (uint256 i = 0; i < length; ++i) {
            words[i] = _retired[from + i];
        }
    }

    /// @inheritdoc IConsensusRegistry
    function theta0(uint256 node) public view returns (uint256) {
        _requireKnown(node);
        return _unpackTheta0(node);
    }

    /// @inheritdoc IConsensusRegistry
    function phi(uint256 node) public view returns (int256) {
        _requireKnown(node);
        return PhiLanes.toWad(PhiLanes.lane(_phi[node >> 4], node));
    }

    /// @inheritdoc IConsensusRegistry
    function isRetired(uint256 node) public view returns (bool) {
        _requireKnown(node);
        return (_retired[node >> 8] >> (node & 255)) & 1 == 1;
    }

    /* INTERNAL: WRITES */

    function _setThetaBounds(uint256 minWad, uint256 maxWad) private {
        if (minWad > maxWad || maxWad > WAD) revert InvalidThetaBounds(minWad, maxWad);
        _range.minWad = uint64(minWad); // at most 1e18 < 2⁶⁴, as is maxWad
        _range.maxWad = uint64(maxWad);
        emit ThetaBoundsChanged(minWad, maxWad);
    }

    /// @dev The three fit: N ≤ 10⁴, and Σexp ≤ N·e·1e18 < 2¹²⁸.
    function _setTotals(uint256 sum, uint256 count, uint256 active) private {
        uint256 previous = _totals.sumExpWad;
        _totals = Totals({sumExpWad: uint128(sum), nodeCount: uint32(count), activeCount: uint32(active)});
        if (sum != previous) emit SumExpChanged(previous, sum);
    }

    function _writeTheta0(uint256 node, uint256 value) private {
        _packTheta0(node, value);
        if (value < _range.theta0LowWad) _range.theta0LowWad = uint64(value);
        if (value > _range.theta0HighWad) _range.theta0HighWad = uint64(value);
    }

    function _packTheta0(uint256 node, uint256 value) private {
        uint256 shift = (node % THETA0_PER_WORD) * 64;
        uint256 word = _theta0[node / THETA0_PER_WORD];
        _theta0[node / THETA0_PER_WORD] = (word & ~(uint256(type(uint64).max) << shift)) | (value << shift);
    }

    /* INTERNAL: CHECKS */

    /// @dev The one loop over the lanes of a word: all bounds, and Σexp of the word.
    function _checkedSum(uint256 next, uint256 previous, uint256 firstNode, uint256 lanes, LaneChecks memory checks)
        private
        view
        returns (uint256 sum)
    {
        unchecked {
            // No overflow: lanes are 17-bit values, and 16 terms of at most e·1e18 are summed.
            for (uint256 i = 0; i < lanes; ++i) {
                int256 q = PhiLanes.lane(next, i);
                int256 before = PhiLanes.lane(previous, i);
                if (FixedPointMathLib.abs(q) > checks.maxPhiLane) {
                    revert PhiTooLarge(firstNode + i, q, checks.maxPhiLane);
                }
                if (FixedPointMathLib.dist(q, before) > checks.maxStepLane) {
                    revert StepTooLarge(firstNode + i, q, before, checks.maxStepLane);
                }
                if (q < checks.lowLane || q > checks.highLane) _checkThetaOf(firstNode + i, q);
                sum += _expWad(q);
            }
        }
    }

    function _checkThetaOf(uint256 node, int256 q) private view {
        if ((_retired[node >> 8] >> (node & 255)) & 1 == 1) return;
        _checkTheta(node, int256(_unpackTheta0(node)) + PhiLanes.toWad(q));
    }

    /// @dev Lane limits that hold for every node at once. Rounded inward, so that they never admit too much.
    function _laneChecks(uint256 maxPhiLane, uint256 maxStepLane, Totals memory totals)
        private
        view
        returns (LaneChecks memory)
    {
        ThetaRange memory range = _range;
        int256 low = int256(uint256(range.minWad)) - int256(uint256(range.theta0LowWad)); // φ at or above keeps θ ≥ min
        int256 high = int256(uint256(range.maxWad)) - int256(uint256(range.theta0HighWad));
        return LaneChecks({
            maxPhiLane: maxPhiLane,
            maxStepLane: maxStepLane,
            lowLane: low > 0 ? low / PhiLanes.WAD_PER_UNIT + 1 : low / PhiLanes.WAD_PER_UNIT,
            highLane: high < 0 ? high / PhiLanes.WAD_PER_UNIT - 1 : high / PhiLanes.WAD_PER_UNIT,
            anyRetired: totals.activeCount != totals.nodeCount
        });
    }

    function _checkUnused(uint256 word, uint256 w, uint256 lanes, uint256 count) private pure {
        if (word >> (lanes << 4) == 0) return;
        uint256 i = lanes;
        while (PhiLanes.lane(word, i) == 0) ++i;
        revert UnusedLaneSet((w << 4) + i, count);
    }

    function _checkRetired(uint256 word, uint256 w) private view {
        uint256 bits = (_retired[w >> 4] >> ((w & 15) << 4)) & 0xffff;
        for (uint256 i = 0; bits != 0; ++i) {
            int256 q = PhiLanes.lane(word, i);
            if (bits & 1 == 1 && q != 0) revert RetiredLaneSet((w << 4) + i, q);
            bits >>= 1;
        }
    }

    function _checkTheta(uint256 node, int256 thetaWad) private view {
        (uint256 minWad, uint256 maxWad) = (_range.minWad, _range.maxWad);
        if (thetaWad < int256(minWad) || thetaWad > int256(maxWad)) {
            revert ThetaOutOfBounds(node, thetaWad, minWad, maxWad);
        }
    }

    /// @dev Before any cast: a θ₀ above 1e18 can be in no bounds.
    function _checkedTheta0(uint256 node, uint256 value) private view returns (uint256) {
        if (value > WAD) {
            revert ThetaOutOfBounds(node, type(int256).max, _range.minWad, _range.maxWad);
        }
        return value;
    }

    function _requireKnown(uint256 node) private view {
        if (node >= _totals.nodeCount) revert UnknownNode(node, _totals.nodeCount);
    }

    function _requireActive(uint256 node) private view {
        if (isRetired(node)) revert NodeIsRetired(node);
    }

    /* INTERNAL: READS */

    function _theta(uint256 node) private view returns (uint256) {
        // Within [0, 1e18] by guarantees 4 and 5, so the sum is never negative.
        return uint256(int256(_unpackTheta0(node)) + PhiLanes.toWad(PhiLanes.lane(_phi[node >> 4], node)));
    }

    function _unpackTheta0(uint256 node) private view returns (uint256) {
        return (_theta0[node / THETA0_PER_WORD] >> ((node % THETA0_PER_WORD) * 64)) & type(uint64).max;
    }

    function _lanesInWord(uint256 w, uint256 count) private pure returns (uint256) {
        return FixedPointMathLib.min(PhiLanes.LANES_PER_WORD, count - (w << 4));
    }

    function _expWad(int256 q) private pure returns (uint256) {
        return uint256(FixedPointMathLib.expWad(PhiLanes.toWad(q)));
    }

    function _page(uint256 first, uint256 count, uint256 total) private pure returns (uint256 from, uint256 length) {
        if (first >= total) return (total, 0);
        return (first, FixedPointMathLib.min(count, total - first));
    }
}
