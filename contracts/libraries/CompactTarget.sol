// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibBit} from "solady/src/utils/LibBit.sol";

/// @title CompactTarget
/// @notice Targets in the 32 bits that proof-of-work headers carry: a mantissa of 23 bits times 256^(exponent − 3).
/// @dev The bit above the mantissa is a sign; a target has none.
library CompactTarget {
    /// @notice `bits` are not a target: the sign is set, or the target has more than 256 bits.
    error InvalidCompactTarget(uint32 bits);

    /// @notice The target that `bits` stand for; exact, except that exponents below 3 cut off low bytes.
    function decode(uint32 bits) internal pure returns (uint256 target) {
        uint256 exponent = bits >> 24;
        uint256 mantissa = bits & 0x7fffff;
        if (bits & 0x800000 != 0) revert InvalidCompactTarget(bits);
        if (exponent <= 3) return mantissa >> (8 * (3 - exponent));
        uint256 shift = 8 * (exponent - 3);
        if (mantissa != 0 && (shift > 255 || (mantissa << shift) >> shift != mantissa)) {
            revert InvalidCompactTarget(bits);
        }
        return mantissa << shift;
    }

    /// @notice `target` in 32 bits, rounded down to its 23 highest bits or fewer.
    function encode(uint256 target) internal pure returns (uint32 bits) {
        if (target == 0) return 0;
        uint256 exponent = LibBit.fls(target) / 8 + 1; // bytes
        uint256 mantissa = exponent <= 3 ? target << (8 * (3 - exponent)) : target >> (8 * (exponent - 3));
        if (mantissa & 0x800000 != 0) {
            mantissa >>= 8;
            ++exponent;
        }
        return uint32((exponent << 24) | mantissa);
    }
}
