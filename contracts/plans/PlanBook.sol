// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {
    Attestation,
    Frame,
    IPlanBook,
    Joining,
    Payment,
    Permit,
    Plan,
    Standing,
    Status,
    Step
} from "../interfaces/IPlanBook.sol";
import {PlanHash} from "../libraries/PlanHash.sol";
import {PlanRules} from "../libraries/PlanRules.sol";

/// @title PlanBook
/// @notice See {IPlanBook}: it states the guarantees.
contract PlanBook is IPlanBook, EIP712, ReentrancyGuardTransient {
    mapping(bytes32 plan => Standing) private _standingOf;
    mapping(bytes32 plan => mapping(uint256 party => uint256)) private _held;
    /// @inheritdoc IPlanBook
    mapping(address token => mapping(address account => uint256)) public owed;

    constructor() EIP712("PlanBook", "1") {}

    /* JOINING */

    /// @inheritdoc IPlanBook
    function propose(Plan calldata content, Joining[] calldata joinings) external nonReentrant returns (bytes32 plan) {
        PlanRules.check(content);
        plan = PlanHash.idOf(content);
        Standing memory standing = _standingOf[plan];
        _requireStatus(plan, standing.status, Status.Unknown);
        standing.status = Status.Proposed;
        emit Proposed(plan, content);
        _join(plan, standing, content.parties, content.deposits, content.token, joinings);
    }

    /// @inheritdoc IPlanBook
    function join(Frame calldata frame, Joining[] calldata joinings) external nonReentrant {
        bytes32 plan = PlanHash.idOf(frame);
        Standing memory standing = _standingOf[plan];
        _requireStatus(plan, standing.status, Status.Proposed);
        if (block.timestamp > frame.joinBySeconds) revert TooLate(frame.joinBySeconds);
        _join(plan, standing, frame.parties, frame.deposits, frame.token, joinings);
    }

    /* STEPS */

    /// @inheritdoc IPlanBook
    function perform(
        Frame calldata frame,
        Step calldata present,
        uint8 step,
        bytes32 evidence,
        Attestation[] calldata attestations
    ) external {
        (bytes32 plan, Standing memory standing) = _present(frame, present, step);
        address actor = frame.parties[present.actor];
        if (msg.sender != actor) revert NotNamed(msg.sender, actor);
        uint256 late = _lateDays(present, standing);
        if (present.needsEvidence && evidence == 0) revert EvidenceMissing(step);
        if (present.quorum != 0) _requireWitnesses(frame, present, plan, step, evidence, attestations);
        emit Performed(plan, step, evidence, late);
        if (late != 0 && present.penaltyPerDay != 0) {
            _pay(frame, plan, present.penaltyPayer, present.penaltyPayee, late * present.penaltyPerDay);
        }
        for (uint256 i = 0; i < present.payments.length; ++i) {
            Payment calldata payment = present.payments[i];
            if (payment.payer == PlanRules.EVERYONE) _payOfAll(frame, plan, payment.payee, payment.amount);
            else _pay(frame, plan, payment.payer, payment.payee, payment.amount);
        }
        _go(frame, plan, standing, present.onDone);
    }

    /// @inheritdoc IPlanBook
    function refuse(Frame calldata frame, Step calldata present, uint8 step, bytes32 reason) external {
        (bytes32 plan, Standing memory standing) = _present(frame, present, step);
        address actor = frame.parties[present.actor];
        if (msg.sender != actor) revert NotNamed(msg.sender, actor);
        if (present.onRefusal == PlanRules.NEVER) revert NotRefusable(step);
        _lateDays(present, standing);
        emit Refused(plan, step, reason);
        _go(frame, plan, standing, present.onRefusal);
    }

    /// @inheritdoc IPlanBook
    function timeout(Frame calldata frame, Step calldata present, uint8 step) external {
        bytes32 plan = PlanHash.idOf(frame);
        Standing memory standing = _standingOf[plan];
        _requireGoingOn(plan, standing.status);
        if (step != standing.step) revert NotPresentStep(step, standing.step);
        (, uint256 last) = _deadlines(frame, present, plan, standing);
        if (block.timestamp <= last) revert TooEarly(last);
        emit TimedOut(plan, step);
        _go(frame, plan, standing, standing.status == Status.Active ? present.onTimeout : PlanRules.REFUND);
    }

    /// @inheritdoc IPlanBook
    function divide(Frame calldata frame, uint256[] calldata shares, bytes32 reason) external {
        bytes32 plan = PlanHash.idOf(frame);
        Standing memory standing = _standingOf[plan];
        _requireStatus(plan, standing.status, Status.Disputed);
        address arbiter = frame.parties[frame.arbiter];
        if (msg.sender != arbiter) revert NotNamed(msg.sender, arbiter);
        uint256 last = uint256(standing.sinceSeconds) + frame.arbiterSeconds;
        if (block.timestamp > last) revert TooLate(last);
        uint256 divided = 0;
        uint256 held = 0;
        if (shares.length != frame.parties.length || shares[frame.arbiter] != 0) revert WrongDivision(0, 0);
        for (uint256 i = 0; i < shares.length; ++i) {
            divided += shares[i];
            held += _take(frame, plan, i);
        }
        if (divided != held) revert WrongDivision(divided, held);
        emit Divided(plan, shares, reason);
        for (uint256 i = 0; i < shares.length; ++i) {
            _credit(frame, plan, i, shares[i]);
        }
        _end(plan, standing, Status.Arbitrated);
    }

    /// @inheritdoc IPlanBook
    function amend(Frame calldata frame, Plan calldata replacement, Joining[] calldata joinings) external nonReentrant {
        bytes32 plan = PlanHash.idOf(frame);
        Standing memory standing = _standingOf[plan];
        _requireGoingOn(plan, standing.status);
        PlanRules.check(replacement);
        bytes32 successor = PlanHash.idOf(replacement);
        // Anyone can have proposed it ahead of this call; what counts is that nobody has joined it by itself.
        Standing memory other = _standingOf[successor];
        if (other.status > Status.Proposed || other.joined != 0) revert WrongStatus(successor, other.status);
        uint256 parties = frame.parties.length;
        if (replacement.token != frame.token || replacement.parties.length != parties || joinings.length != parties) {
            revert InvalidPlan("an amendment keeps token and parties, and all of them sign it");
        }
        bytes32 digest = _hashTypedDataV4(PlanHash.amendment(plan, standing.step, successor));
        emit Replaced(plan, successor);
        _end(plan, standing, Status.Amended);
        emit Proposed(successor, replacement);
        for (uint8 party = 0; party < joinings.length; ++party) {
            _carryOver(frame, replacement, plan, successor, digest, party, joinings[party]);
        }
        uint64 timestamp = uint64(block.timestamp);
        uint16 everyone = uint16((1 << joinings.length) - 1);
        _standingOf[successor] = Standing(Status.Active, 0, everyone, timestamp, timestamp);
        emit Activated(successor);
    }

    /* CREDIT */

    /// @inheritdoc IPlanBook
    function withdraw(address token, address to) external nonReentrant returns (uint256 amount) {
        amount = owed[token][msg.sender];
        if (amount == 0) revert NothingOwed(token, msg.sender);
        owed[token][msg.sender] = 0;
        emit Withdrawn(token, msg.sender, to, amount);
        SafeTransferLib.safeTransfer(token, to, amount);
    }

    /* READS */

    /// @inheritdoc IPlanBook
    function standingOf(bytes32 plan) external view returns (Standing memory) {
        return _standingOf[plan];
    }

    /// @inheritdoc IPlanBook
    function heldBy(bytes32 plan, uint256 party) external view returns (uint256) {
        return _held[plan][party];
    }

    /// @inheritdoc IPlanBook
    function idOf(Plan calldata content) external pure returns (bytes32) {
        return PlanHash.idOf(content);
    }

    /// @inheritdoc IPlanBook
    function deadlines(Frame calldata frame, Step calldata present)
        external
        view
        returns (uint256 dueSeconds, uint256 lastSeconds)
    {
        bytes32 plan = PlanHash.idOf(frame);
        return _deadlines(frame, present, plan, _standingOf[plan]);
    }

    /* INTERNALS */

    function _join(
        bytes32 plan,
        Standing memory standing,
        address[] calldata parties,
        uint256[] calldata deposits,
        address token,
        Joining[] calldata joinings
    ) private {
        bytes32 digest = _hashTypedDataV4(plan);
        for (uint256 i = 0; i < joinings.length; ++i) {
            uint8 party = joinings[i].party;
            if (party >= parties.length) revert WrongSignature(party);
            if (standing.joined >> party & 1 != 0) revert AlreadyJoined(party);
            _requireSigned(parties[party], digest, joinings[i]);
            standing.joined |= uint16(1 << party);
            uint256 deposit = deposits[party];
            _draw(token, parties[party], deposit, joinings[i].permit);
            if (deposit != 0) _held[plan][party] = deposit;
            emit Joined(plan, party, deposit);
        }
        if (standing.joined == (1 << parties.length) - 1) {
            standing.status = Status.Active;
            standing.activatedAtSeconds = standing.sinceSeconds = uint64(block.timestamp);
            emit Activated(plan);
        }
        _standingOf[plan] = standing;
    }

    /// @dev The plan, if `step` is its present one.
    function _present(Frame calldata frame, Step calldata present, uint8 step)
        private
        view
        returns (bytes32 plan, Standing memory standing)
    {
        plan = PlanHash.idOf(frame);
        standing = _standingOf[plan];
        _requireStatus(plan, standing.status, Status.Active);
        if (step != standing.step) revert NotPresentStep(step, standing.step);
        _requireStep(frame, present, step);
    }

    function _requireStep(Frame calldata frame, Step calldata present, uint8 step) private pure {
        if (PlanHash.stepHash(present) != frame.steps[step]) revert WrongStep(step);
    }

    /// @dev Until when the present state lasts: without penalty, and at all.
    function _deadlines(Frame calldata frame, Step calldata present, bytes32 plan, Standing memory standing)
        private
        pure
        returns (uint256 due, uint256 last)
    {
        if (standing.status == Status.Active) {
            _requireStep(frame, present, standing.step);
            due = PlanRules.dueSeconds(present, standing);
            return (due, due + uint256(present.lateDays) * 1 days);
        }
        if (standing.status == Status.Proposed) due = frame.joinBySeconds;
        else if (standing.status == Status.Disputed) due = uint256(standing.sinceSeconds) + frame.arbiterSeconds;
        else revert WrongStatus(plan, standing.status);
        return (due, due);
    }

    /// @dev How many days after the due time have begun; reverts once the step can no longer be done.
    function _lateDays(Step calldata step, Standing memory standing) private view returns (uint256) {
        uint256 due = PlanRules.dueSeconds(step, standing);
        if (block.timestamp <= due) return 0;
        uint256 last = due + uint256(step.lateDays) * 1 days;
        if (block.timestamp > last) revert TooLate(last);
        return (block.timestamp - due + 1 days - 1) / 1 days;
    }

    /// @dev Goes to a later step, to the arbiter, or to an end.
    function _go(Frame calldata frame, bytes32 plan, Standing memory standing, uint8 target) private {
        if (target == PlanRules.DONE || target == PlanRules.REFUND) {
            for (uint256 i = 0; i < frame.parties.length; ++i) {
                _credit(frame, plan, i, _take(frame, plan, i));
            }
            _end(plan, standing, target == PlanRules.DONE ? Status.Done : Status.Refunded);
            return;
        }
        if (target == PlanRules.ARBITER) standing.status = Status.Disputed;
        standing.step = target;
        standing.sinceSeconds = uint64(block.timestamp);
        _standingOf[plan] = standing;
    }

    function _end(bytes32 plan, Standing memory standing, Status status) private {
        standing.status = status;
        _standingOf[plan] = standing;
        emit Ended(plan, status);
    }

    /// @dev One party joins an amended plan with what it holds.
    function _carryOver(
        Frame calldata frame,
        Plan calldata replacement,
        bytes32 plan,
        bytes32 successor,
        bytes32 digest,
        uint8 party,
        Joining calldata joining
    ) private {
        address account = frame.parties[party];
        if (joining.party != party || replacement.parties[party] != account) {
            revert InvalidPlan("an amendment keeps token and parties, and all of them sign it");
        }
        _requireSigned(account, digest, joining);
        uint256 deposit = replacement.deposits[party];
        uint256 held = _take(frame, plan, party);
        if (held < deposit) _draw(frame.token, account, deposit - held, joining.permit);
        else _credit(frame, plan, party, held - deposit);
        if (deposit != 0) _held[successor][party] = deposit;
        emit Joined(successor, party, deposit);
    }

    /// @dev Takes out all that a party holds. Who deposits nothing never holds anything.
    function _take(Frame calldata frame, bytes32 plan, uint256 party) private returns (uint256 held) {
        if (frame.deposits[party] == 0) return 0;
        held = _held[plan][party];
        if (held != 0) _held[plan][party] = 0;
    }

    /// @dev Pays from one party's deposit, at most what it holds.
    function _pay(Frame calldata frame, bytes32 plan, uint256 payer, uint256 payee, uint256 amount) private {
        uint256 held = _held[plan][payer];
        if (amount > held) amount = held;
        _held[plan][payer] = held - amount;
        _credit(frame, plan, payee, amount);
    }

    /// @dev Pays from what all hold together, by shares; what rounding leaves, parties pay in their order.
    function _payOfAll(Frame calldata frame, bytes32 plan, uint256 payee, uint256 amount) private {
        uint256 parties = frame.parties.length;
        uint256[] memory held = new uint256[](parties);
        uint256 total = 0;
        for (uint256 i = 0; i < parties; ++i) {
            if (frame.deposits[i] != 0) held[i] = _held[plan][i];
            total += held[i];
        }
        if (total == 0) return;
        if (amount > total) amount = total;
        uint256 left = amount;
        for (uint256 i = 0; i < parties; ++i) {
            left -= held[i] * amount / total; // what one holds and what a step pays are both below 2^128
        }
        for (uint256 i = 0; i < parties; ++i) {
            if (held[i] == 0) continue;
            uint256 share = held[i] * amount / total;
            if (left != 0 && share < held[i]) {
                ++share;
                --left;
            }
            _held[plan][i] = held[i] - share;
        }
        _credit(frame, plan, payee, amount);
    }

    function _credit(Frame calldata frame, bytes32 plan, uint256 party, uint256 amount) private {
        if (amount == 0) return;
        address account = frame.parties[party];
        owed[frame.token][account] += amount;
        emit Credited(plan, account, amount);
    }

    /// @dev Takes in a deposit; exactly what is due must arrive.
    function _draw(address token, address from, uint256 amount, Permit calldata permit) private {
        if (amount == 0) return;
        if (permit.v != 0) {
            // Anyone can have sent this permit ahead; whether the approval then suffices, the transfer shows.
            // solhint-disable no-empty-blocks
            try IERC20Permit(token)
                .permit(from, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
                catch {}
            // solhint-enable no-empty-blocks
        }
        uint256 before = SafeTransferLib.balanceOf(token, address(this));
        SafeTransferLib.safeTransferFrom(token, from, address(this), amount);
        uint256 arrived = SafeTransferLib.balanceOf(token, address(this)) - before;
        if (arrived != amount) revert WrongDeposit(arrived, amount);
    }

    function _requireSigned(address account, bytes32 digest, Joining calldata joining) private view {
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(account, digest, joining.signature)) {
            revert WrongSignature(joining.party);
        }
    }

    /// @dev At least `quorum` of the step's witnesses, in ascending order.
    function _requireWitnesses(
        Frame calldata frame,
        Step calldata present,
        bytes32 plan,
        uint8 step,
        bytes32 evidence,
        Attestation[] calldata attestations
    ) private view {
        if (attestations.length < present.quorum) revert WrongWitnesses(step);
        bytes32 digest = _hashTypedDataV4(PlanHash.attestation(plan, step, evidence));
        uint256 from = 0;
        for (uint256 i = 0; i < attestations.length; ++i) {
            uint256 witness = attestations[i].witness;
            if (witness < from || uint256(present.witnesses) >> witness & 1 == 0) revert WrongWitnesses(step);
            from = witness + 1;
            address account = frame.parties[witness];
            if (!SignatureCheckerLib.isValidSignatureNowCalldata(account, digest, attestations[i].signature)) {
                revert WrongSignature(uint8(witness));
            }
        }
    }

    function _requireGoingOn(bytes32 plan, Status status) private pure {
        if (status == Status.Unknown || status >= Status.Done) revert WrongStatus(plan, status);
    }

    function _requireStatus(bytes32 plan, Status status, Status needed) private pure {
        if (status != needed) revert WrongStatus(plan, status);
    }

    /// @dev The EVM of these contracts has transient storage on every chain.
    function _useTransientReentrancyGuardOnlyOnMainnet() internal pure override returns (bool) {
        return false;
    }
}
