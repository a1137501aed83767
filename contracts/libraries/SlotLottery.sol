// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title SlotLottery
/// @notice The chance of a stake to draw a slot: 1 − (1 − 1/p)^α, with p the expected slots for a block and α the
///         stake's share of all. It is the law of Ouroboros Praos (David, Gaži, Kiayias, Russell, 2018, §3.1): the
///         chance that none of several stakes draws a slot is (1 − 1/p)^(their sum), however they are split.
///
/// It is computed as 1 − e^(−α·x) with x = −ln(1 − 1/p) = 2·artanh(1 / (2p − 1)). The terms of the two series fall by a
/// factor of at least 2.8 and 9, so no power of a fraction is rounded repeatedly.
///
/// The result is exact to 2⁻¹¹⁹. No chance is above 1 or below 0, and none falls when α rises or p falls. Steps of α·x
/// are 2⁻¹²⁰; a step moves the chance by more than all later rounding, so rounding cannot reverse the order of two
/// chances. A split stake draws no more than a whole one (to 10⁻¹²), and no less unless parts are below 2⁻⁶⁰ of all
/// stake (`tests/formulas/test_lottery.py`). Python twin: `oracle/formulas/lottery.py`.
library SlotLottery {
    /// @notice p above 2³² counts as 2³²: with slots of a second, a block every 136 years.
    uint256 internal constant MAX_P = 2 ** 32;

    uint256 private constant ONE = 2 ** 128;
    /// @dev Of the 128 bits of α·x, the number that is rounded down.
    uint256 private constant COARSE = 8;
    /// @dev x at p = 2, the largest, needs 41 terms: 9⁻⁴¹ is 2⁻¹³⁰.
    uint256 private constant LOGARITHM_TERMS = 41;
    /// @dev 0.7³³ / 33! is 2⁻¹³⁹.
    uint256 private constant EXPONENTIAL_TERMS = 33;

    /// @notice The chance of `stake` out of `total` to draw a slot, times 2¹²⁸; 2¹²⁸ itself at p = 1 and any stake.
    /// @param p Expected slots for a block; 0 counts as 1.
    /// @param stake At most `total`, which is below 2¹²⁸.
    function chanceQ128(uint256 p, uint256 stake, uint256 total) internal pure returns (uint256) {
        if (stake == 0) return 0;
        if (p <= 1) return ONE;
        uint256 y = Math.mulDiv(minusLogQ128(p), stake, total) >> COARSE << COARSE;
        // 1 − e^(−y) = y·(1 − y/2·(1 − y/3·(…))), innermost first. Each factor lies in (0, 1].
        uint256 inner = ONE;
        for (uint256 k = EXPONENTIAL_TERMS; k > 1; --k) {
            inner = ONE - y * inner / (k << 128);
        }
        return y * inner >> 128;
    }

    /// @notice −ln(1 − 1/p) times 2¹²⁸, rounded down, for p of 2 and more.
    function minusLogQ128(uint256 p) internal pure returns (uint256 sum) {
        if (p > MAX_P) p = MAX_P;
        uint256 odd = 2 * p - 1;
        uint256 square = odd * odd;
        // 2·artanh(1/odd) = 2·(1/odd + 1/(3·odd³) + 1/(5·odd⁵) + …), with 32 bits more than the sum keeps.
        uint256 power = 2 ** 161 / odd;
        for (uint256 k = 1; k < 2 * LOGARITHM_TERMS && power != 0; k += 2) {
            sum += power / k;
            power /= square;
        }
        sum >>= 32;
    }

    /// @notice Whether the draw of a node, a hash, wins at a chance.
    function wins(bytes32 draw, uint256 chance) internal pure returns (bool) {
        return uint256(draw) >> 128 < chance;
    }
}
