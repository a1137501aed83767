// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice An amount that holds for whole terms: it keeps the values for the term of the last change, the term before,
///         the term after, and all later terms.
struct AmountByTerm {
    uint64 term;
    uint96 before;
    uint96 inTerm;
    uint96 next;
    uint96 later;
}

/// @notice An amount on its way out, and the first term in which it can be withdrawn.
struct AmountLeaving {
    uint96 amount;
    uint64 fromTerm;
}

/// @title TermAmount
/// @notice Stake and votes by term. A change made in term t counts from term t + 2 on. The seed of that term is settled
///         only at the end of term t + 1, so nobody can move stake to where it is known to win.
library TermAmount {
    using SafeCast for uint256;

    /// @notice More is taken away than there is.
    error AmountTooLarge(uint256 amount, uint256 present);
    /// @notice Amounts are told of the present term and the one before.
    error TermNotTold(uint256 term, uint256 presentTerm);

    /// @notice Terms from a change to the first term in which it counts.
    uint256 internal constant DELAY_TERMS = 2;

    /// @notice The amount in `term`, which is no earlier than the one before the last change.
    function during(AmountByTerm storage self, uint256 term) internal view returns (uint256) {
        uint256 changed = self.term;
        if (term > changed + 1) return self.later;
        if (term == changed + 1) return self.next;
        return term == changed ? self.inTerm : self.before;
    }

    /// @notice The amount once all changes so far count.
    function latest(AmountByTerm storage self) internal view returns (uint256) {
        return self.later;
    }

    /// @notice Adds to the amount, in term `now_`.
    function add(AmountByTerm storage self, uint256 now_, uint256 amount) internal {
        _roll(self, now_);
        self.later = (uint256(self.later) + amount).toUint96();
    }

    /// @notice Subtracts from the amount, in term `now_`.
    function take(AmountByTerm storage self, uint256 now_, uint256 amount) internal {
        if (amount > self.later) revert AmountTooLarge(amount, self.later);
        _roll(self, now_);
        self.later -= uint96(amount);
    }

    /// @notice Adds to what is on its way out, of which all can be withdrawn from `fromTerm` on.
    function leaveAt(AmountLeaving storage self, uint256 amount, uint256 fromTerm) internal {
        (self.amount, self.fromTerm) = ((uint256(self.amount) + amount).toUint96(), uint64(fromTerm));
    }

    /// @notice Reverts where a term is neither `present` nor the one before: `during` answers for no other.
    function checkTold(uint256 term, uint256 present) internal pure {
        if (term > present || term + 1 < present) revert TermNotTold(term, present);
    }

    /// @dev Makes `now_` the term of the last change.
    function _roll(AmountByTerm storage self, uint256 now_) private {
        if (now_ == self.term) return;
        (uint256 before, uint256 inTerm, uint256 next) =
            (during(self, now_ - 1), during(self, now_), during(self, now_ + 1));
        self.before = uint96(before);
        self.inTerm = uint96(inTerm);
        self.next = uint96(next);
        self.term = uint64(now_);
    }
}
