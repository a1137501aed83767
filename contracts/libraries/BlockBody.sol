// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @title BlockBody
/// @notice The transactions that a block includes, by their numbers: the first number in 8 bytes, big-endian, then a
///         bitmap, in which bit i mod 8 (from the lowest) of byte ⌊i/8⌋ says whether number first + i is included.
///         Python twin: `oracle/formulas/body.py`.
library BlockBody {
    /// @notice A body has at least the 8 bytes of its first number.
    error BodyTooShort(uint256 length);

    uint256 private constant HEADER_BYTES = 8;

    /// @notice How many transactions a body includes: the bits set in its bitmap.
    function weight(bytes calldata body) internal pure returns (uint256 count) {
        if (body.length < HEADER_BYTES) revert BodyTooShort(body.length);
        for (uint256 offset = HEADER_BYTES; offset < body.length; offset += 32) {
            uint256 word;
            assembly ("memory-safe") {
                word := calldataload(add(body.offset, offset))
            }
            uint256 left = body.length - offset;
            // Calldata behind the body does not belong to it.
            if (left < 32) word &= ~(type(uint256).max >> (8 * left));
            count += LibBit.popCount(word);
        }
    }
}
