// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CompactTarget} from "contracts/libraries/CompactTarget.sol";
import {Difficulty} from "contracts/libraries/Difficulty.sol";
import {ExpTable} from "contracts/libraries/ExpTable.sol";
import {ExpTableData} from "contracts/libraries/ExpTableData.sol";
import {LaneBounds} from "contracts/libraries/LaneBounds.sol";
import {Network, NetworkSlot} from "contracts/libraries/NetworkSlot.sol";
import {PhiLanes} from "contracts/libraries/PhiLanes.sol";
import {Standing, StandingSlot} from "contracts/libraries/StandingSlot.sol";
import {ThetaLanes} from "contracts/libraries/ThetaLanes.sol";

/// @dev Properties of the libraries for any arguments: fuzzed by forge, and those named `check` proved by halmos. Each
///      states what a caller relies on, lane by lane, in the plainest terms, beside arithmetic on a whole word at once.
contract PropertiesTest {
    uint256 private constant LANES = 16;
    /// @dev φ of one lane unit, in WAD.
    uint256 private constant UNIT = 30517578125000;
    /// @dev 16 fields of 16 bits, each 1.
    uint256 private constant EACH = 0x0001000100010001000100010001000100010001000100010001000100010001;

    /* LANES */

    /// @notice A lane written into a word is read back, and its neighbours stay.
    function check_codecRoundTrip(uint256 word, uint16 bits, uint8 node) public pure {
        uint256 n = node % LANES;
        uint256 written = PhiLanes.clear(word, node) | (uint256(bits) << (16 * n));
        assert(PhiLanes.lane(written, node) == int256(int16(bits)));
        uint256 others = ~(uint256(0xffff) << (16 * n));
        assert(written & others == word & others);
    }

    /// @notice A cleared lane is 0, whichever node names it, and its neighbours stay.
    function check_clearedLaneIsZero(uint256 word, uint8 node) public pure {
        uint256 cleared = PhiLanes.clear(word, node);
        assert(PhiLanes.lane(cleared, node) == 0);
        assert(cleared | (word & (uint256(0xffff) << (16 * (node % LANES)))) == word);
    }

    /// @notice Biased lanes stand in the order of the signed lanes.
    function check_biasKeepsOrder(uint16 a, uint16 b) public pure {
        uint256 left = (uint256(a) ^ PhiLanes.BIAS) & 0xffff;
        uint256 right = (uint256(b) ^ PhiLanes.BIAS) & 0xffff;
        assert((left < right) == (int16(a) < int16(b)));
        assert(left == uint256(int256(int16(a)) + 32768));
    }

    /// @notice Halving moves each lane toward zero, and is that of the lane alone.
    function check_halvingIsThatOfOneLane(uint256 word, uint8 shift, uint8 node) public pure {
        int256 q = PhiLanes.lane(word, node);
        uint256 magnitude = q < 0 ? uint256(-q) : uint256(q);
        int256 expected = int256(magnitude >> shift);
        assert(PhiLanes.lane(PhiLanes.halve(word, shift), node) == (q < 0 ? -expected : expected));
    }

    function testFuzz_codec(uint256 word, uint16 bits, uint8 node) external pure {
        check_codecRoundTrip(word, bits, node);
        check_clearedLaneIsZero(word, node);
        check_biasKeepsOrder(bits, uint16(word));
    }

    function testFuzz_halvingIsThatOfEachLane(uint256 word, uint8 shift) external pure {
        uint256 halved = PhiLanes.halve(word, shift);
        for (uint256 n = 0; n < LANES; ++n) {
            int256 q = PhiLanes.lane(word, n);
            assert(PhiLanes.lane(halved, n) == q / int256(1 << uint256(shift)));
        }
    }

    function testFuzz_wordsHoldAllLanes(uint24 nodes) external pure {
        uint256 words = PhiLanes.wordCount(nodes);
        assert(words * LANES >= nodes && words * LANES < uint256(nodes) + LANES);
    }

    /* BOUNDS */

    /// @notice LaneBounds on a word tells of a lane exactly what comparing that lane alone does.
    /// @dev Its guard is bit 31 of its field of 32 bits, and counts for the odd lane beside it too, which is 0 here.
    function check_boundsOfOneLane(uint16 next, uint16 previous, uint16 high, uint16 low, uint16 step) public pure {
        uint256 guards = LaneBounds.within(
            next, previous, LaneBounds.highFields(high), LaneBounds.lowFields(low), LaneBounds.stepFields(step)
        );
        bool holds = _holds(next, previous, high, low, step) && _holds(0, 0, high, low, step);
        assert((guards >> 31) & 1 == (holds ? 1 : 0));
    }

    /// @notice Where `within` says that all lanes are within, they are: any lane, with the other fifteen free.
    function check_boundsAreSound(uint256 next, uint256 previous, uint16 high, uint16 low, uint16 step, uint8 node)
        public
        pure
    {
        bool all = _all(next, previous, high, low, step);
        uint256 shift = 16 * (node % LANES);
        if (all) assert(_holds(uint16(next >> shift), uint16(previous >> shift), high, low, step));
    }

    /// @notice Where one lane is within its bounds and so are the others, `within` says so: it refuses nothing else. For
    ///         the two lanes of one field.
    function check_boundsRefuseNothingElse(uint16 next, uint16 previous, uint16 high, uint16 low, uint16 step)
        public
        pure
    {
        if (low > high) return;
        for (uint256 shift = 96; shift <= 112; shift += 16) {
            uint256 others = (uint256(low) * EACH) & ~(uint256(0xffff) << shift);
            bool all = _all(others | (uint256(next) << shift), others | (uint256(previous) << shift), high, low, step);
            assert(all == _holds(next, previous, high, low, step));
        }
    }

    /// @notice The two agree for any words and bounds, all lanes at once.
    function testFuzz_boundsAreThoseOfEachLane(
        uint256 next,
        uint256 previous,
        uint16 high,
        uint16 low,
        uint16 step,
        uint8 kind
    ) external pure {
        // Half the cases near the edges, where random words never are.
        if (kind & 1 == 0) (next, previous) = (_near(next, high, kind), _near(previous, low, kind));
        if (kind & 2 == 0) (high, low) = (high | 0xff00, low & 0xff);
        if (kind & 4 == 0) step |= 0xf000;
        bool expected = true;
        for (uint256 n = 0; n < LANES; ++n) {
            if (!_holds(uint16(next >> (16 * n)), uint16(previous >> (16 * n)), high, low, step)) expected = false;
        }
        assert(_all(next, previous, high, low, step) == expected);
        check_boundsAreSound(next, previous, high, low, step, kind);
        check_boundsOfOneLane(uint16(next), uint16(previous), high, low, step);
    }

    /// @notice Guards stand or fall rightly at every corner of 16 bits, biased 0 and 65535 among them.
    function test_guardsAtTheEnds() external pure {
        uint16[6] memory ends = [uint16(0), 1, 32767, 32768, 65534, 65535];
        for (uint256 a = 0; a < 6; ++a) {
            for (uint256 b = 0; b < 6; ++b) {
                for (uint256 c = 0; c < 6; ++c) {
                    for (uint256 d = 0; d < 6; ++d) {
                        for (uint256 e = 0; e < 6; ++e) {
                            _checkEnds(ends[a], ends[b], ends[c], ends[d], ends[e]);
                        }
                    }
                }
            }
        }
    }

    function _checkEnds(uint16 next, uint16 previous, uint16 high, uint16 low, uint16 step) private pure {
        bool expected = _holds(next, previous, high, low, step);
        assert(_all(next * EACH, previous * EACH, high, low, step) == expected);
    }

    function _all(uint256 next, uint256 previous, uint16 high, uint16 low, uint16 step) private pure returns (bool) {
        return LaneBounds.allWithin(
            LaneBounds.within(
                next, previous, LaneBounds.highFields(high), LaneBounds.lowFields(low), LaneBounds.stepFields(step)
            )
        );
    }

    /// @notice Where the guards of ThetaLanes stand, θ₀ + φ of any of the 16 nodes is within its bounds, with entries and
    ///         bounds as the contracts make them of any values in WAD. Fuzzed alone: the prover gives up on its products.
    function testFuzz_thetaGuardsAreSound(
        uint256 next,
        uint256[16] calldata values,
        uint256 minWad,
        uint256 maxWad,
        uint8 kind
    ) external pure {
        (minWad, maxWad) = (minWad % 1e18, maxWad % (1e18 + 1));
        if (kind & 1 == 0) (minWad, maxWad) = (minWad % 1e17, 1e18 - maxWad % 1e17);
        // Half the cases with small lanes and θ₀ amid the bounds, or random words never pass.
        if (kind & 2 == 0) next = PhiLanes.halve(next, 5) ^ PhiLanes.BIAS;
        uint256 entries = 0;
        uint256[16] memory theta0Wad;
        for (uint256 n = 0; n < LANES; ++n) {
            theta0Wad[n] = kind & 4 == 0 ? 4e17 + values[n] % 2e17 : values[n] % (1e18 + 1);
            entries = ThetaLanes.withEntry(entries, n, ThetaLanes.entry(theta0Wad[n]));
        }
        uint256 guards = ThetaLanes.within(
            next, entries, ThetaLanes.highFields(maxWad), ThetaLanes.lowFields(minWad)
        );
        if (!LaneBounds.allWithin(guards)) return;
        for (uint256 n = 0; n < LANES; ++n) {
            int256 thetaWad = int256(theta0Wad[n]) + PhiLanes.toWad(PhiLanes.lane(next ^ PhiLanes.BIAS, n));
            assert(thetaWad >= int256(minWad) && thetaWad <= int256(maxWad));
        }
    }

    function _holds(uint16 next, uint16 previous, uint16 high, uint16 low, uint16 step)
        private
        pure
        returns (bool holds)
    {
        // Without branches, as above.
        assembly ("memory-safe") {
            let up := and(iszero(lt(next, previous)), iszero(gt(sub(next, previous), step)))
            let down := and(lt(next, previous), iszero(gt(sub(previous, next), step)))
            holds := and(and(iszero(gt(next, high)), iszero(lt(next, low))), or(up, down))
        }
    }

    /// @dev Sixteen lanes within three of `level`.
    function _near(uint256 word, uint16 level, uint8 kind) private pure returns (uint256 near) {
        for (uint256 n = 0; n < LANES; ++n) {
            uint256 jitter = (word >> (16 * n)) & 3;
            uint256 lane = kind & 8 == 0 ? uint256(level) + jitter : uint256(level) - (level < 3 ? 0 : jitter);
            near |= (lane > 65535 ? 65535 : lane) << (16 * n);
        }
    }

    /* EXP */

    /// @notice The sum over a word is that of its sixteen terms, wherever below 2¹⁵ the table lies.
    function testFuzz_sumIsThatOfTheTerms(uint256 word, uint16 gap) external pure {
        uint256 table = _table(gap);
        uint256 expected = 0;
        for (uint256 n = 0; n < LANES; ++n) {
            expected += ExpTable.term(PhiLanes.lane(word ^ PhiLanes.BIAS, n), table);
        }
        assert(ExpTable.sum(word, ExpTable.fields(table)) == expected);
    }

    /// @notice A term is the product of the two entries as the data has them.
    function testFuzz_termIsTheProductOfItsEntries(int16 q) external pure {
        bytes memory data = ExpTableData.TABLE;
        uint256 table;
        assembly ("memory-safe") {
            table := add(data, 0x20)
        }
        uint256 u = uint256(int256(q) + 32768);
        assert(ExpTable.term(q, table) == _entry(data, u >> 8) * _entry(data, 256 + (u & 255)));
    }

    function testFuzz_termsRise(int16 q) external pure {
        if (q == type(int16).max) return;
        uint256 table = _table(0);
        assert(ExpTable.term(int256(q) + 1, table) > ExpTable.term(q, table));
    }

    function _entry(bytes memory data, uint256 index) private pure returns (uint256 value) {
        for (uint256 i = 0; i < 12; ++i) {
            value = (value << 8) | uint8(data[12 * index + i]);
        }
    }

    /// @dev The table in memory behind `gap` bytes that are not zero, its end below 2¹⁵ + 6144.
    function _table(uint16 gap) private pure returns (uint256 pointer) {
        bytes memory before = new bytes(gap % 16384);
        for (uint256 i = 0; i < before.length; i += 512) {
            before[i] = 0xff;
        }
        bytes memory table = bytes.concat(ExpTableData.TABLE);
        assembly ("memory-safe") {
            pointer := add(table, 0x20)
        }
        require(pointer < 1 << 15, "the table lies too far");
    }

    /* SLOTS */

    function check_standingKeepsItsFields(uint104 sum, uint32 epoch, uint40 toBlock, uint40 number, uint40 time)
        public
        pure
    {
        Standing s = StandingSlot.pack(sum, epoch, toBlock, number, time);
        assert(s.sumExpQ85() == sum && s.epoch() == epoch && s.toBlock() == toBlock);
        assert(s.blockNumber() == number && s.timestampSeconds() == time);
    }

    function check_standingTakesAnotherSum(uint256 packed, uint104 sum) public pure {
        Standing before = Standing.wrap(packed);
        Standing s = before.withSum(sum);
        assert(s.sumExpQ85() == sum && s.epoch() == before.epoch() && s.toBlock() == before.toBlock());
        assert(s.blockNumber() == before.blockNumber() && s.timestampSeconds() == before.timestampSeconds());
    }

    /// @notice Each change of a network's slot changes its own fields and no other.
    function check_networkChangesOneFieldAtATime(uint256 packed, address rules, uint8 operators, uint24 nodes)
        public
        pure
    {
        Network before = Network.wrap(packed);
        Network n = before.withRules(rules, operators);
        assert(n.rules() == rules && n.operatorCount() == operators);
        assert(Network.unwrap(n.withRules(before.rules(), before.operatorCount())) == packed);
        Network c = before.withCounts(nodes, operators);
        assert(c.nodeCount() == nodes && c.activeCount() == operators);
        assert(c.rules() == before.rules() && c.lowLane() == before.lowLane() && c.highLane() == before.highLane());
        assert(c.operatorCount() == before.operatorCount() && c.paused() == before.paused());
    }

    function check_networkLanesAndPause(uint256 packed, uint16 low, uint16 high, bool isPaused) public pure {
        Network before = Network.wrap(packed);
        Network n = before.withLanes(low, high).withPaused(isPaused);
        assert(n.lowLane() == low && n.highLane() == high && n.paused() == isPaused);
        assert(n.rules() == before.rules() && n.nodeCount() == before.nodeCount());
        assert(n.activeCount() == before.activeCount() && n.operatorCount() == before.operatorCount());
    }

    function testFuzz_slots(uint256 a, uint256 b) external pure {
        check_standingKeepsItsFields(uint104(a), uint32(b), uint40(b >> 32), uint40(b >> 72), uint40(b >> 112));
        check_standingTakesAnotherSum(a, uint104(b));
        check_networkChangesOneFieldAtATime(a, address(uint160(b)), uint8(b >> 160), uint24(b >> 168));
        check_networkLanesAndPause(a, uint16(b), uint16(b >> 16), b >> 255 == 1);
    }

    /* DIFFICULTY */

    /// @notice p is the floor of d·1e18/Σ, by the definition of a floor and not by another division.
    function testFuzz_pIsTheFloor(uint256 d, uint96 sumWad, uint8 shift) external pure {
        d >>= shift;
        if (sumWad == 0 || d > type(uint256).max / 1e18) return;
        uint256 p = Difficulty.adjusted(d, sumWad);
        uint256 product = d * 1e18;
        assert(p >= 1);
        if (product >= sumWad) assert(p <= product / sumWad && product - p * sumWad < sumWad);
        else assert(p == 1);
    }

    function testFuzz_pNeverReverts(uint256 d, uint96 sumWad) external pure {
        if (sumWad != 0) assert(Difficulty.adjusted(d, sumWad) >= 1);
    }

    /// @notice Compact bits keep the 16 highest bits of a target at least, and never exceed it.
    function testFuzz_compactBitsRoundDown(uint256 target, uint8 shift) external pure {
        target >>= shift;
        uint256 back = CompactTarget.decode(CompactTarget.encode(target));
        assert(back <= target && target - back <= target >> 15);
        assert(CompactTarget.decode(CompactTarget.encode(back)) == back);
    }
}
