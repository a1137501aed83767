// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DueFrom, IPlanBook, Payment, Plan, Standing, Step} from "../interfaces/IPlanBook.sol";

/// @title PlanRules
/// @notice What makes a plan one that always ends, and the times of its steps. The twin is `oracle/plans/machine.py`.
library PlanRules {
    uint8 internal constant NOBODY = 255;
    uint8 internal constant EVERYONE = 254;
    uint8 internal constant DONE = 255;
    uint8 internal constant ARBITER = 254;
    uint8 internal constant REFUND = 253;
    uint8 internal constant NEVER = 252;
    /// @dev As an amount: all that the payer holds.
    uint128 internal constant REST = type(uint128).max;

    uint256 internal constant MAX_PARTIES = 16;
    uint256 internal constant MAX_STEPS = 16;
    uint256 internal constant MAX_PAYMENTS = 4;
    /// @dev A century: every sum of times fits 64 bits.
    uint256 internal constant MAX_SECONDS = 100 * 365 days;
    uint256 internal constant MAX_DATE_SECONDS = 1 << 40;

    /// @notice Reverts with IPlanBook.InvalidPlan unless every index names a party, every target leads on, and every
    ///         time is one.
    function check(Plan calldata content) internal view {
        uint256 parties = content.parties.length;
        uint256 steps = content.steps.length;
        if (parties == 0 || parties > MAX_PARTIES) revert IPlanBook.InvalidPlan("there must be 1 to 16 parties");
        if (steps == 0 || steps > MAX_STEPS) revert IPlanBook.InvalidPlan("there must be 1 to 16 steps");
        if (content.deposits.length != parties) {
            revert IPlanBook.InvalidPlan("there must be a deposit for each party");
        }
        _checkParties(content, parties);
        bool arbitrable = content.arbiter != NOBODY;
        if (arbitrable) {
            if (content.arbiter >= parties) revert IPlanBook.InvalidPlan("the arbiter is no party");
            if (content.deposits[content.arbiter] != 0) revert IPlanBook.InvalidPlan("the arbiter deposits");
            if (!_isSpan(content.arbiterSeconds)) {
                revert IPlanBook.InvalidPlan("the arbiter has no time, or more than a century");
            }
        } else if (content.arbiterSeconds != 0) {
            revert IPlanBook.InvalidPlan("there is a time for an arbiter, but no arbiter");
        }
        if (content.joinBySeconds < block.timestamp || content.joinBySeconds > block.timestamp + MAX_SECONDS) {
            revert IPlanBook.InvalidPlan("the time to join is over, or more than a century away");
        }
        for (uint256 i = 0; i < steps; ++i) {
            _checkStep(content.steps[i], i, steps, parties, arbitrable);
        }
    }

    /// @notice The timestamp until which the present step is on time.
    function dueSeconds(Step calldata step, Standing memory standing) internal pure returns (uint256) {
        if (step.dueFrom == DueFrom.Date) return step.dueSeconds;
        uint256 from = step.dueFrom == DueFrom.Activation ? standing.activatedAtSeconds : standing.sinceSeconds;
        return from + step.dueSeconds;
    }

    function _checkParties(Plan calldata content, uint256 parties) private pure {
        uint256 total = 0;
        for (uint256 i = 0; i < parties; ++i) {
            address party = content.parties[i];
            if (party == address(0)) revert IPlanBook.InvalidPlan("a party has no address");
            for (uint256 j = 0; j < i; ++j) {
                if (party == content.parties[j]) revert IPlanBook.InvalidPlan("a party is named twice");
            }
            if (content.deposits[i] >= REST) revert IPlanBook.InvalidPlan("a deposit is 2^128 or more");
            total += content.deposits[i];
        }
        if ((total == 0) != (content.token == address(0))) {
            revert IPlanBook.InvalidPlan("deposits need a token, and a token deposits");
        }
    }

    function _checkStep(Step calldata step, uint256 index, uint256 steps, uint256 parties, bool arbitrable)
        private
        pure
    {
        if (step.actor >= parties) revert IPlanBook.InvalidPlan("an actor is no party");
        _checkPayments(step.payments, parties);
        if (step.penaltyPerDay != 0) {
            if (step.lateDays == 0) revert IPlanBook.InvalidPlan("there is a penalty, but no late days");
            if (step.penaltyPayer >= parties || step.penaltyPayee >= parties) {
                revert IPlanBook.InvalidPlan("a penalty is of no party");
            }
        } else if (step.penaltyPayer != NOBODY || step.penaltyPayee != NOBODY) {
            revert IPlanBook.InvalidPlan("there is no penalty, but a payer or payee of one is named");
        }
        if (step.dueFrom == DueFrom.Date ? step.dueSeconds > MAX_DATE_SECONDS : !_isSpan(step.dueSeconds)) {
            revert IPlanBook.InvalidPlan("a step has no time, or more than a century");
        }
        if (uint256(step.witnesses) >> parties != 0) revert IPlanBook.InvalidPlan("a witness is no party");
        if (step.quorum > _count(step.witnesses)) {
            revert IPlanBook.InvalidPlan("more witnesses must attest than there are");
        }
        if (step.quorum == 0 && step.witnesses != 0) {
            revert IPlanBook.InvalidPlan("there are witnesses, but none must attest");
        }
        _checkTarget(step.onDone, index, steps, arbitrable);
        _checkTarget(step.onTimeout, index, steps, arbitrable);
        if (step.onRefusal != NEVER) _checkTarget(step.onRefusal, index, steps, arbitrable);
    }

    function _checkPayments(Payment[] calldata payments, uint256 parties) private pure {
        if (payments.length > MAX_PAYMENTS) revert IPlanBook.InvalidPlan("a step pays more than four times");
        for (uint256 i = 0; i < payments.length; ++i) {
            Payment calldata payment = payments[i];
            if (payment.payer >= parties && payment.payer != EVERYONE) {
                revert IPlanBook.InvalidPlan("a payer is no party");
            }
            if (payment.payee >= parties) revert IPlanBook.InvalidPlan("a payee is no party");
            if (payment.amount == 0) revert IPlanBook.InvalidPlan("a payment is of nothing");
        }
    }

    function _checkTarget(uint8 target, uint256 index, uint256 steps, bool arbitrable) private pure {
        if (target == ARBITER) {
            if (!arbitrable) revert IPlanBook.InvalidPlan("a step leads to an arbiter, and there is none");
        } else if (target != DONE && target != REFUND && (target <= index || target >= steps)) {
            revert IPlanBook.InvalidPlan("a step leads back, or to no step");
        }
    }

    function _isSpan(uint256 seconds_) private pure returns (bool) {
        return seconds_ != 0 && seconds_ <= MAX_SECONDS;
    }

    function _count(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }
}
