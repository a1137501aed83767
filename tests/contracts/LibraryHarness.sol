// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Asert} from "contracts/libraries/Asert.sol";
import {CompactTarget} from "contracts/libraries/CompactTarget.sol";
import {Difficulty} from "contracts/libraries/Difficulty.sol";
import {ExpTable} from "contracts/libraries/ExpTable.sol";
import {ExpTableData} from "contracts/libraries/ExpTableData.sol";
import {LaneBounds} from "contracts/libraries/LaneBounds.sol";
import {PhiLanes} from "contracts/libraries/PhiLanes.sol";
import {PhiScan} from "contracts/libraries/PhiScan.sol";
import {SlotLottery} from "contracts/libraries/SlotLottery.sol";
import {Theta0Range} from "contracts/libraries/Theta0Range.sol";
import {ThetaLanes} from "contracts/libraries/ThetaLanes.sol";

/// @dev The internal library functions for tests to call, many cases at once.
contract LibraryHarness {
    using Theta0Range for Theta0Range.Range;

    struct TargetCase {
        uint256 anchorTarget;
        int64 timeDiff;
        int64 heightDiff;
        uint32 intervalSeconds;
        uint32 halfLifeSeconds;
        uint256 maxTarget;
    }

    Theta0Range.Range private _range;

    function wordCounts(uint256[] calldata nodeCounts) external pure returns (uint256[] memory counts) {
        counts = new uint256[](nodeCounts.length);
        for (uint256 i = 0; i < nodeCounts.length; ++i) {
            counts[i] = PhiLanes.wordCount(nodeCounts[i]);
        }
    }

    /// @dev All lanes of all words, by node index.
    function lanes(uint256[] calldata words) external pure returns (int256[] memory found) {
        found = new int256[](words.length * 16);
        for (uint256 node = 0; node < found.length; ++node) {
            found[node] = PhiLanes.lane(words[node / 16], node);
        }
    }

    /// @dev φ in WAD of `count` lanes from `first`.
    function toWads(int256 first, uint256 count) external pure returns (int256[] memory wads) {
        wads = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            wads[i] = PhiLanes.toWad(first + int256(i));
        }
    }

    /// @dev `word` with the lane of each of 16 nodes from `firstNode` cleared.
    function cleared(uint256 word, uint256 firstNode) external pure returns (uint256[] memory words) {
        words = new uint256[](16);
        for (uint256 i = 0; i < 16; ++i) {
            words[i] = PhiLanes.clear(word, firstNode + i);
        }
    }

    function halved(uint256[] calldata words, uint256 shift) external pure returns (uint256[] memory found) {
        found = new uint256[](words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            found[i] = PhiLanes.halve(words[i], shift);
        }
    }

    /// @dev exp(φ)·2⁸⁵ of `count` lanes from `first`.
    function exps(int256 first, uint256 count) external pure returns (uint256[] memory found) {
        uint256 table = _table();
        found = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            found[i] = ExpTable.term(first + int256(i), table);
        }
    }

    /// @dev Σ exp(φ)·2⁸⁵ of each word, biased.
    function sums(uint256[] calldata words) external pure returns (uint256[] memory found) {
        uint256 fields = ExpTable.fields(_table());
        found = new uint256[](words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            found[i] = ExpTable.sum(words[i], fields);
        }
    }

    /// @dev 1 where all lanes of next[i] are within the bounds, against those of previous[i]; 0 elsewhere. Biased.
    function within(
        uint256[] calldata next,
        uint256[] calldata previous,
        uint256[3][] calldata lowHighStep
    ) external pure returns (uint256[] memory found) {
        found = new uint256[](next.length);
        for (uint256 i = 0; i < next.length; ++i) {
            found[i] = LaneBounds.allWithin(
                LaneBounds.within(
                    next[i],
                    previous[i],
                    LaneBounds.highFields(lowHighStep[i][1]),
                    LaneBounds.lowFields(lowHighStep[i][0]),
                    LaneBounds.stepFields(lowHighStep[i][2])
                )
            ) ? 1 : 0;
        }
    }

    /// @dev PhiScan over `next` with `previous` in storage from slot 0: whether all lanes are within bounds, all within
    ///      the step, and their sum; then stores `next` and returns what storage holds.
    function scan(uint256[] memory next, uint256[] calldata previous, uint256[3] calldata lowHighStep)
        external
        returns (uint256[] memory found)
    {
        uint256 table = _table();
        for (uint256 i = 0; i < previous.length; ++i) {
            uint256 word = previous[i];
            assembly ("memory-safe") {
                sstore(i, word)
            }
        }
        found = new uint256[](2 + next.length);
        (uint256 guards, uint256 total) = PhiScan.scan(
            next,
            0,
            ExpTable.fields(table),
            LaneBounds.highFields(lowHighStep[1]),
            LaneBounds.lowFields(lowHighStep[0]),
            LaneBounds.stepFields(lowHighStep[2])
        );
        (found[0], found[1]) = (LaneBounds.allWithin(guards) ? 1 : 0, total);
        PhiScan.store(next, 0);
        for (uint256 i = 0; i < next.length; ++i) {
            uint256 word;
            assembly ("memory-safe") {
                word := sload(i)
            }
            found[2 + i] = word;
        }
    }

    /// @dev ThetaLanes' entry of each θ₀.
    function thetaEntries(uint256[] calldata theta0Wad) external pure returns (uint256[] memory found) {
        found = new uint256[](theta0Wad.length);
        for (uint256 i = 0; i < found.length; ++i) {
            found[i] = ThetaLanes.entry(theta0Wad[i]);
        }
    }

    /// @dev The words of entries after those of nodes [first, first + 16) were appended, and after node `changed` of
    ///      them then took another.
    function thetaEntriesAppended(uint256 word, uint256 first, uint256[] calldata entries, uint256 changed, uint256 e)
        external
        pure
        returns (uint256[] memory found)
    {
        found = new uint256[](entries.length + 1);
        for (uint256 i = 0; i < entries.length; ++i) {
            word = ThetaLanes.withEntriesFrom(word, first + i, entries[i]);
            found[i] = word;
        }
        found[entries.length] = ThetaLanes.withEntry(word, changed, e);
    }

    /// @dev 1 where ThetaLanes.within clears all lanes of next[i], biased, with entries[i]; 0 elsewhere.
    function thetasWithin(uint256[] calldata next, uint256[] calldata entries, uint256[2][] calldata minMaxWad)
        external
        pure
        returns (uint256[] memory found)
    {
        found = new uint256[](next.length);
        for (uint256 i = 0; i < found.length; ++i) {
            uint256 guards = ThetaLanes.within(
                next[i],
                entries[i],
                ThetaLanes.highFields(minMaxWad[i][1]),
                ThetaLanes.lowFields(minMaxWad[i][0])
            );
            found[i] = LaneBounds.allWithin(guards) ? 1 : 0;
        }
    }

    /// @dev PhiScan.firstUncleared over `words`, two's complement, from each index on, with `previous`, biased, in
    ///      storage from slot 0 and `entries` from slot 2¹⁶.
    function scanThetas(
        uint256[] memory words,
        uint256[] calldata previous,
        uint256[] calldata entries,
        uint256[3] calldata lowHighStep,
        uint256[2] calldata minMaxWad
    ) external returns (uint256[] memory found) {
        for (uint256 i = 0; i < entries.length; ++i) {
            (uint256 before, uint256 entry) = (previous[i], entries[i]);
            assembly ("memory-safe") {
                sstore(i, before)
                sstore(add(i, 0x10000), entry)
            }
        }
        found = new uint256[](words.length + 1);
        for (uint256 from = 0; from < found.length; ++from) {
            found[from] = PhiScan.firstUncleared(
                words,
                from,
                0,
                0x10000,
                LaneBounds.highFields(lowHighStep[1]),
                LaneBounds.lowFields(lowHighStep[0]),
                LaneBounds.stepFields(lowHighStep[2]),
                ThetaLanes.highFields(minMaxWad[1]),
                ThetaLanes.lowFields(minMaxWad[0])
            );
        }
    }

    /// @dev Theta0Range's low and high after each step: adds where the sign is positive, removes where it is negative.
    function theta0Ranges(int256[] calldata steps) external returns (uint256[] memory found) {
        found = new uint256[](2 * steps.length);
        for (uint256 i = 0; i < steps.length; ++i) {
            if (steps[i] > 0) _range.add(uint256(steps[i]));
            else _range.remove(uint256(-steps[i]));
            (found[2 * i], found[2 * i + 1]) = _range.bounds();
        }
    }

    function _table() private pure returns (uint256 pointer) {
        bytes memory table = ExpTableData.TABLE;
        assembly ("memory-safe") {
            pointer := add(table, 0x20)
        }
    }

    function nextTargets(TargetCase[] calldata cases) external pure returns (uint256[] memory targets) {
        targets = new uint256[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            TargetCase calldata c = cases[i];
            targets[i] = Asert.nextTarget(
                c.anchorTarget, c.timeDiff, c.heightDiff, c.intervalSeconds, c.halfLifeSeconds, c.maxTarget
            );
        }
    }

    struct BitsCase {
        uint32 anchorBits;
        int64 timeDiff;
        int64 heightDiff;
        uint32 intervalSeconds;
        uint32 halfLifeSeconds;
        uint32 maxBits;
    }

    function nextBits(BitsCase[] calldata cases) external pure returns (uint32[] memory bits) {
        bits = new uint32[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            BitsCase calldata c = cases[i];
            bits[i] = Asert.nextBits(
                c.anchorBits, c.timeDiff, c.heightDiff, c.intervalSeconds, c.halfLifeSeconds, c.maxBits
            );
        }
    }

    function targetsOf(uint32[] calldata bits) external pure returns (uint256[] memory found) {
        found = new uint256[](bits.length);
        for (uint256 i = 0; i < bits.length; ++i) {
            found[i] = CompactTarget.decode(bits[i]);
        }
    }

    function bitsOf(uint256[] calldata values) external pure returns (uint32[] memory found) {
        found = new uint32[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            found[i] = CompactTarget.encode(values[i]);
        }
    }

    /// @dev d after blocks [first, first + count), all on schedule, from an anchor of difficulty `d`.
    function scheduled(uint256 d, uint256 first, uint256 count, uint32 intervalSeconds, uint32 halfLifeSeconds)
        external
        pure
        returns (uint256[] memory found)
    {
        found = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 height = first + i;
            int64 time = int64(uint64(height * intervalSeconds));
            found[i] = Asert.difficultyAfter(d, time, int64(uint64(height)), intervalSeconds, halfLifeSeconds);
        }
    }

    function inverted(uint256[] calldata values) external pure returns (uint256[] memory found) {
        found = new uint256[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            found[i] = Asert.invert(values[i]);
        }
    }

    /// @dev p of each d and sum of exp(phi).
    function adjusted(uint256[] calldata d, uint256[] calldata sumExpWad)
        external
        pure
        returns (uint256[] memory found)
    {
        found = new uint256[](d.length);
        for (uint256 i = 0; i < d.length; ++i) {
            found[i] = Difficulty.adjusted(d[i], sumExpWad[i]);
        }
    }

    /// @dev The chance of each stake to draw a slot.
    function chances(uint256[] calldata p, uint256[] calldata stake, uint256[] calldata total)
        external
        pure
        returns (uint256[] memory found)
    {
        found = new uint256[](p.length);
        for (uint256 i = 0; i < p.length; ++i) {
            found[i] = SlotLottery.chanceQ128(p[i], stake[i], total[i]);
        }
    }
}
