// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice All that a report writes besides φ, in one storage slot. From bit 0:
///         sumExpQ85 104, epoch 32, toBlock 40, blockNumber 40, timestampSeconds 40.
type Standing is uint256;

using StandingSlot for Standing global;

/// @title StandingSlot
/// @notice Fields of a {Standing}, read from one word on the stack.
library StandingSlot {
    uint256 private constant SUM = type(uint104).max;
    uint256 private constant EPOCH = type(uint32).max;
    uint256 private constant MOMENT = type(uint40).max;

    /// @notice Packs the fields. Each fits: Σexp of at most 2¹⁷ nodes of at most e in units of 2⁻⁸⁵ is below 2¹⁰⁴,
    ///         2³² epochs of one second last 136 years, and 2⁴⁰ seconds (or blocks of one second) last 34 000 years.
    function pack(uint256 sum, uint256 epoch_, uint256 toBlock_, uint256 blockNumber_, uint256 timestampSeconds_)
        internal
        pure
        returns (Standing)
    {
        return
            Standing.wrap(
                sum | (epoch_ << 104) | (toBlock_ << 136) | (blockNumber_ << 176) | (timestampSeconds_ << 216)
            );
    }

    /// @notice Σexp(φ)·2⁸⁵, the exact sum of table terms.
    function sumExpQ85(Standing s) internal pure returns (uint256) {
        return Standing.unwrap(s) & SUM;
    }

    /// @notice Epoch of the last report.
    function epoch(Standing s) internal pure returns (uint256) {
        return (Standing.unwrap(s) >> 104) & EPOCH;
    }

    /// @notice Last block of its window.
    function toBlock(Standing s) internal pure returns (uint256) {
        return (Standing.unwrap(s) >> 136) & MOMENT;
    }

    /// @notice Block that applied it.
    function blockNumber(Standing s) internal pure returns (uint256) {
        return (Standing.unwrap(s) >> 176) & MOMENT;
    }

    /// @notice Timestamp of that block.
    function timestampSeconds(Standing s) internal pure returns (uint256) {
        return Standing.unwrap(s) >> 216;
    }

    /// @notice The same slot with another Σexp(φ).
    function withSum(Standing s, uint256 sum) internal pure returns (Standing) {
        return Standing.wrap((Standing.unwrap(s) & ~SUM) | sum);
    }
}
