// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title BlockBody
/// @notice The transactions that a mined block includes, by their numbers: 8 bytes, big-endian, the first number; then
///         a bitmap, in which bit i mod 8 (from the lowest) of byte ⌊i/8⌋ says that number first + i is included.
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
            // What lies behind the body in calldata is not of it.
            if (left < 32) word &= ~(type(uint256).max >> (8 * left));
            count += _bitsSet(word);
        }
    }

    /// @dev Sums of neighbouring bits, pairs, nibbles; then of the 32 bytes, each at most 8, so that 255 is not passed
    ///      but by the word of all ones, whose 256 is why the bytes are added up in 16-bit fields.
    function _bitsSet(uint256 word) private pure returns (uint256) {
        unchecked {
            word -= (word >> 1) & 0x5555555555555555555555555555555555555555555555555555555555555555;
            word = (word & 0x3333333333333333333333333333333333333333333333333333333333333333)
                + ((word >> 2) & 0x3333333333333333333333333333333333333333333333333333333333333333);
            word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
            word = (word + (word >> 8)) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
            // The highest field of the product is the sum of all sixteen.
            return (word * 0x0001000100010001000100010001000100010001000100010001000100010001) >> 240;
        }
    }
}
