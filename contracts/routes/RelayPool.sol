// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "solady/src/utils/ReentrancyGuardTransient.sol";
import {SafeTransferLib} from "solady/src/utils/SafeTransferLib.sol";
import {SignatureCheckerLib} from "solady/src/utils/SignatureCheckerLib.sol";

import {ICommittee} from "./ICommittee.sol";
import {GaslessCrossChainOrder, OnchainCrossChainOrder, ResolvedCrossChainOrder} from "./IERC7683.sol";
import {CompactSignature} from "../interfaces/IPhiOracle.sol";
import {
    Bond,
    CrossOrder,
    Holding,
    IRelayPool,
    Loan,
    OrderState,
    OrderStatus,
    PoolTerms,
    RelayOrder
} from "../interfaces/IRelayPool.sol";
import {PoolShares} from "../libraries/PoolShares.sol";
import {RelayHash} from "../libraries/RelayHash.sol";

/// @title RelayPool
/// @notice See {IRelayPool}: it states the guarantees.
contract RelayPool is IRelayPool, EIP712, ReentrancyGuardTransient {
    uint256 private constant BPS = 10_000;

    address private immutable _TOKEN;
    ICommittee private immutable _COMMITTEE;
    uint128 private immutable _LEAST_AMOUNT;
    uint128 private immutable _LEAST_PLEDGE;
    uint16 private immutable _PLEDGE_BPS;
    uint16 private immutable _LOAN_FEE_BPS;
    uint32 private immutable _LOAN_SECONDS;
    uint32 private immutable _CLAIM_SECONDS;
    uint32 private immutable _CHALLENGE_SECONDS;
    uint32 private immutable _DISPUTE_SECONDS;
    uint32 private immutable _MOST_FILL_SECONDS;

    uint256 private _liquid;
    uint256 private _lent;
    uint256 private _shares;
    mapping(bytes32 orderId => OrderState) private _stateOf;
    mapping(bytes32 orderId => Loan) private _loanOf;
    mapping(address relayer => Bond) private _bondOf;
    mapping(address provider => Holding) private _holdingOf;
    /// @inheritdoc IRelayPool
    mapping(bytes32 orderId => address) public fillerOf;
    /// @inheritdoc IRelayPool
    mapping(address account => uint256) public owed;

    constructor(PoolTerms memory made) EIP712("RelayPool", "1") {
        if (made.token == address(0)) revert InvalidTerms("there is no token");
        if (address(made.committee) == address(0)) revert InvalidTerms("there is no committee");
        if (made.leastPledge == 0) revert InvalidTerms("a claim of a small order would pledge nothing");
        if (made.leastAmount == 0) revert InvalidTerms("an order could have no input");
        if (made.pledgeBps > BPS || made.loanFeeBps > BPS) revert InvalidTerms("a share is above the whole");
        if (
            made.loanSeconds == 0 || made.claimSeconds == 0 || made.challengeSeconds == 0 || made.disputeSeconds == 0
                || made.mostFillSeconds == 0
        ) revert InvalidTerms("a time is 0");
        _TOKEN = made.token;
        _COMMITTEE = made.committee;
        _LEAST_AMOUNT = made.leastAmount;
        _LEAST_PLEDGE = made.leastPledge;
        _PLEDGE_BPS = made.pledgeBps;
        _LOAN_FEE_BPS = made.loanFeeBps;
        _LOAN_SECONDS = made.loanSeconds;
        _CLAIM_SECONDS = made.claimSeconds;
        _CHALLENGE_SECONDS = made.challengeSeconds;
        _DISPUTE_SECONDS = made.disputeSeconds;
        _MOST_FILL_SECONDS = made.mostFillSeconds;
    }

    /* OPENING */

    function open(OnchainCrossChainOrder calldata order) external nonReentrant {
        RelayOrder memory data = _dataOf(order.orderDataType, order.orderData);
        _open(RelayHash.known(data, msg.sender, order.fillDeadline), type(uint32).max);
    }

    function openFor(GaslessCrossChainOrder calldata order, bytes calldata signature, bytes calldata)
        external
        nonReentrant
    {
        CrossOrder memory made = _ofGasless(order);
        if (block.timestamp > order.openDeadline) revert TooLate(block.timestamp, order.openDeadline);
        if (!SignatureCheckerLib.isValidSignatureNowCalldata(order.user, orderDigest(order), signature)) {
            revert WrongSignature(order.user);
        }
        _open(made, order.openDeadline);
    }

    /* FILLING */

    /// @param fillerData The ABI encoding of who is paid on the origin, and of whether the pool's tokens are used.
    function fill(bytes32 orderId, bytes calldata originData, bytes calldata fillerData) external nonReentrant {
        CrossOrder memory order = abi.decode(originData, (CrossOrder));
        (address filler, bool fromPool) = abi.decode(fillerData, (address, bool));
        bytes32 id = RelayHash.idOf(order);
        if (id != orderId) revert WrongOrder(id, orderId);
        if (order.destinationChainId != block.chainid) revert WrongChain(order.destinationChainId, block.chainid);
        if (order.destinationSettler != address(this)) revert WrongSettler(order.destinationSettler, address(this));
        if (order.outputToken != _TOKEN) revert InvalidOrder("the output is of another token");
        if (filler == address(0)) revert InvalidOrder("nobody would be paid");
        if (order.recipient == address(this)) revert InvalidOrder("the recipient is the pool");
        if (block.timestamp > order.fillDeadline) revert TooLate(block.timestamp, order.fillDeadline);
        if (fillerOf[id] != address(0)) revert AlreadyFilled(id, fillerOf[id]);
        fillerOf[id] = filler;
        emit Filled(id, filler, msg.sender, order.outputAmount, fromPool);
        if (fromPool) _lend(id, order.outputAmount);
        uint256 before = SafeTransferLib.balanceOf(_TOKEN, order.recipient);
        if (fromPool) SafeTransferLib.safeTransfer(_TOKEN, order.recipient, order.outputAmount);
        else SafeTransferLib.safeTransferFrom(_TOKEN, msg.sender, order.recipient, order.outputAmount);
        uint256 arrived = SafeTransferLib.balanceOf(_TOKEN, order.recipient) - before;
        if (arrived != order.outputAmount) revert WrongAmount(arrived, order.outputAmount);
    }

    /* CLAIMS */

    /// @inheritdoc IRelayPool
    function claim(CrossOrder calldata order) external {
        (bytes32 id, OrderState storage state) = _at(order);
        if (state.status != OrderStatus.Open) revert WrongStatus(id, state.status);
        uint256 last = _claimsEndSeconds(order);
        if (block.timestamp > last) revert TooLate(block.timestamp, last);
        uint256 pledge = pledgeOf(order);
        _pledge(msg.sender, pledge);
        (state.status, state.sinceSeconds, state.claimant) = (OrderStatus.Claimed, uint64(block.timestamp), msg.sender);
        emit ClaimMade(id, msg.sender, pledge);
    }

    /// @inheritdoc IRelayPool
    function challenge(CrossOrder calldata order) external nonReentrant {
        (bytes32 id, OrderState storage state) = _at(order);
        if (state.status != OrderStatus.Claimed) revert WrongStatus(id, state.status);
        uint256 last = uint256(state.sinceSeconds) + _CHALLENGE_SECONDS;
        if (block.timestamp > last) revert TooLate(block.timestamp, last);
        (state.status, state.sinceSeconds, state.challenger) =
        (OrderStatus.Disputed, uint64(block.timestamp), msg.sender);
        emit Challenged(id, msg.sender);
        _draw(msg.sender, pledgeOf(order));
    }

    /// @inheritdoc IRelayPool
    function finalize(CrossOrder calldata order) external {
        (bytes32 id, OrderState storage state) = _at(order);
        if (state.status != OrderStatus.Claimed) revert WrongStatus(id, state.status);
        uint256 last = uint256(state.sinceSeconds) + _CHALLENGE_SECONDS;
        if (block.timestamp <= last) revert TooEarly(block.timestamp, last);
        _release(state.claimant, pledgeOf(order));
        _settle(id, state, state.claimant, order.inputAmount);
    }

    /// @inheritdoc IRelayPool
    function decide(CrossOrder calldata order, address filler, CompactSignature[] calldata signatures) external {
        (bytes32 id, OrderState storage state) = _at(order);
        OrderStatus status = state.status;
        if (status == OrderStatus.Unknown || status >= OrderStatus.Settled) revert WrongStatus(id, status);
        // Until then somebody may still fill the order.
        if (filler == address(0) && block.timestamp <= order.fillDeadline) {
            revert TooEarly(block.timestamp, order.fillDeadline);
        }
        emit Decided(id, filler, _COMMITTEE.requireQuorum(verdictDigest(id, filler), signatures));
        if (status != OrderStatus.Open) _judge(id, state, order, filler);
        if (filler == address(0)) _refund(id, state, order);
        else _settle(id, state, filler, order.inputAmount);
    }

    /// @inheritdoc IRelayPool
    function refund(CrossOrder calldata order) external {
        (bytes32 id, OrderState storage state) = _at(order);
        OrderStatus status = state.status;
        if (status != OrderStatus.Open && status != OrderStatus.Disputed) revert WrongStatus(id, status);
        uint256 last = _claimsEndSeconds(order);
        if (status == OrderStatus.Disputed) {
            uint256 decided = uint256(state.sinceSeconds) + _DISPUTE_SECONDS;
            if (decided > last) last = decided;
        }
        if (block.timestamp <= last) revert TooEarly(block.timestamp, last);
        if (status == OrderStatus.Disputed) {
            uint256 pledge = pledgeOf(order);
            _release(state.claimant, pledge);
            owed[state.challenger] += pledge;
        }
        _refund(id, state, order);
    }

    /// @inheritdoc IRelayPool
    function withdraw(address to) external nonReentrant returns (uint256 amount) {
        amount = owed[msg.sender];
        if (amount == 0) revert NothingOwed(msg.sender);
        owed[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        SafeTransferLib.safeTransfer(_TOKEN, to, amount);
    }

    /* BONDS */

    /// @inheritdoc IRelayPool
    function bond(uint128 amount) external nonReentrant {
        uint128 bonded = _bondOf[msg.sender].amount + amount;
        _bondOf[msg.sender].amount = bonded;
        emit BondChanged(msg.sender, bonded);
        _draw(msg.sender, amount);
    }

    /// @inheritdoc IRelayPool
    function unbond(uint128 amount) external nonReentrant {
        Bond storage held = _bondOf[msg.sender];
        uint256 free = held.amount - held.pledged;
        if (amount > free) revert BondTooSmall(free, amount);
        held.amount -= amount;
        emit BondChanged(msg.sender, held.amount);
        SafeTransferLib.safeTransfer(_TOKEN, msg.sender, amount);
    }

    /* LIQUIDITY */

    /// @inheritdoc IRelayPool
    function deposit(uint256 amount, uint256 leastShares) external nonReentrant returns (uint256 shares) {
        shares = PoolShares.forAmount(amount, _liquid + _lent, _shares);
        if (shares == 0 || shares < leastShares) revert TooLittle(shares, leastShares);
        _liquid += amount;
        _shares += shares;
        Holding storage held = _holdingOf[msg.sender];
        held.shares = SafeCast.toUint192(held.shares + shares);
        held.heldUntilSeconds = uint64(block.timestamp + _LOAN_SECONDS);
        emit LiquidityAdded(msg.sender, amount, shares);
        _draw(msg.sender, amount);
    }

    /// @inheritdoc IRelayPool
    function redeem(uint256 shares, uint256 leastAmount) external nonReentrant returns (uint256 amount) {
        Holding storage held = _holdingOf[msg.sender];
        if (shares > held.shares) revert SharesTooFew(held.shares, shares);
        if (block.timestamp < held.heldUntilSeconds) revert TooEarly(block.timestamp, held.heldUntilSeconds);
        amount = PoolShares.toAmount(shares, _liquid + _lent, _shares);
        if (amount == 0 || amount < leastAmount) revert TooLittle(amount, leastAmount);
        if (amount > _liquid) revert LiquidityTooSmall(_liquid, amount);
        held.shares -= uint192(shares); // at most what is held
        _shares -= shares;
        _liquid -= amount;
        emit LiquidityRemoved(msg.sender, amount, shares);
        SafeTransferLib.safeTransfer(_TOKEN, msg.sender, amount);
    }

    /// @inheritdoc IRelayPool
    function repay(bytes32 orderId) external nonReentrant {
        (Loan memory loan, uint256 due) = _endLoan(orderId);
        emit Repaid(orderId, loan.relayer, due, false);
        _draw(msg.sender, due);
    }

    /// @inheritdoc IRelayPool
    function foreclose(bytes32 orderId) external {
        uint256 dueSeconds = _loanOf[orderId].dueSeconds;
        if (block.timestamp <= dueSeconds) revert TooEarly(block.timestamp, dueSeconds);
        (Loan memory loan, uint256 due) = _endLoan(orderId);
        _bondOf[loan.relayer].amount -= uint128(due); // was pledged
        emit Repaid(orderId, loan.relayer, due, true);
        emit BondChanged(loan.relayer, _bondOf[loan.relayer].amount);
    }

    /* READS */

    function resolve(OnchainCrossChainOrder calldata order) external view returns (ResolvedCrossChainOrder memory) {
        RelayOrder memory data = _dataOf(order.orderDataType, order.orderData);
        return RelayHash.resolved(RelayHash.known(data, msg.sender, order.fillDeadline), _TOKEN, type(uint32).max);
    }

    function resolveFor(GaslessCrossChainOrder calldata order, bytes calldata)
        external
        view
        returns (ResolvedCrossChainOrder memory)
    {
        return RelayHash.resolved(_ofGasless(order), _TOKEN, order.openDeadline);
    }

    /// @inheritdoc IRelayPool
    function terms() external view returns (PoolTerms memory) {
        return PoolTerms({
            token: _TOKEN,
            committee: _COMMITTEE,
            leastAmount: _LEAST_AMOUNT,
            pledgeBps: _PLEDGE_BPS,
            leastPledge: _LEAST_PLEDGE,
            loanFeeBps: _LOAN_FEE_BPS,
            loanSeconds: _LOAN_SECONDS,
            claimSeconds: _CLAIM_SECONDS,
            challengeSeconds: _CHALLENGE_SECONDS,
            disputeSeconds: _DISPUTE_SECONDS,
            mostFillSeconds: _MOST_FILL_SECONDS
        });
    }

    /// @inheritdoc IRelayPool
    // solhint-disable-next-line func-name-mixedcase
    function ORDER_TYPE() external pure returns (bytes32) {
        return RelayHash.ORDER_TYPEHASH;
    }

    /// @inheritdoc IRelayPool
    function stateOf(bytes32 orderId) external view returns (OrderState memory) {
        return _stateOf[orderId];
    }

    /// @inheritdoc IRelayPool
    function bondOf(address relayer) external view returns (Bond memory) {
        return _bondOf[relayer];
    }

    /// @inheritdoc IRelayPool
    function loanOf(bytes32 orderId) external view returns (Loan memory) {
        return _loanOf[orderId];
    }

    /// @inheritdoc IRelayPool
    function holdingOf(address provider) external view returns (Holding memory) {
        return _holdingOf[provider];
    }

    /// @inheritdoc IRelayPool
    function pool() external view returns (uint256 liquid, uint256 lent, uint256 shares) {
        return (_liquid, _lent, _shares);
    }

    /// @inheritdoc IRelayPool
    function pledgeOf(CrossOrder calldata order) public view returns (uint256 pledge) {
        pledge = (uint256(order.inputAmount) * _PLEDGE_BPS + BPS - 1) / BPS;
        if (pledge < _LEAST_PLEDGE) pledge = _LEAST_PLEDGE;
    }

    /// @inheritdoc IRelayPool
    function idOf(CrossOrder calldata order) external pure returns (bytes32) {
        return RelayHash.idOf(order);
    }

    /// @inheritdoc IRelayPool
    function verdictDigest(bytes32 orderId, address filler) public view returns (bytes32) {
        return _hashTypedDataV4(RelayHash.verdict(orderId, filler));
    }

    /// @inheritdoc IRelayPool
    function orderDigest(GaslessCrossChainOrder calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(RelayHash.gasless(order, _dataOf(order.orderDataType, order.orderData)));
    }

    /* INTERNALS */

    function _open(CrossOrder memory order, uint32 openDeadline) private {
        if (order.inputAmount < _LEAST_AMOUNT) revert AmountTooSmall(order.inputAmount, _LEAST_AMOUNT);
        if (order.outputAmount == 0) revert InvalidOrder("the output is 0");
        if (order.recipient == address(0)) revert InvalidOrder("the recipient is 0");
        if (order.destinationChainId == block.chainid) revert InvalidOrder("it leads to the chain that it is on");
        if (order.recipient == order.destinationSettler || order.destinationSettler == address(0)) {
            revert InvalidOrder("the settler is 0 or the recipient");
        }
        if (order.fillDeadline <= block.timestamp) revert TooLate(block.timestamp, order.fillDeadline);
        if (order.fillDeadline > block.timestamp + _MOST_FILL_SECONDS) {
            revert InvalidOrder("the fill deadline is too far away");
        }
        bytes32 id = RelayHash.idOf(order);
        OrderState storage state = _stateOf[id];
        if (state.status != OrderStatus.Unknown) revert WrongStatus(id, state.status);
        (state.status, state.sinceSeconds) = (OrderStatus.Open, uint64(block.timestamp));
        emit Open(id, RelayHash.resolved(order, _TOKEN, openDeadline));
        _draw(order.user, order.inputAmount);
    }

    function _ofGasless(GaslessCrossChainOrder calldata order) private view returns (CrossOrder memory) {
        if (order.originSettler != address(this)) revert WrongSettler(order.originSettler, address(this));
        if (order.originChainId != block.chainid) revert WrongChain(order.originChainId, block.chainid);
        RelayOrder memory data = _dataOf(order.orderDataType, order.orderData);
        if (data.nonce != order.nonce) revert InvalidOrder("it has two nonces");
        return RelayHash.known(data, order.user, order.fillDeadline);
    }

    function _dataOf(bytes32 orderType, bytes calldata data) private pure returns (RelayOrder memory) {
        if (orderType != RelayHash.ORDER_TYPEHASH) revert WrongOrderType(orderType, RelayHash.ORDER_TYPEHASH);
        return abi.decode(data, (RelayOrder));
    }

    /// @dev An order that was opened here was opened for this chain and contract: its id says so.
    function _at(CrossOrder calldata order) private view returns (bytes32 id, OrderState storage state) {
        id = RelayHash.idOf(order);
        state = _stateOf[id];
    }

    function _claimsEndSeconds(CrossOrder calldata order) private view returns (uint256) {
        return uint256(order.fillDeadline) + _CLAIM_SECONDS;
    }

    /// @dev Ends a claim by what the committee says: true or false, challenged or not.
    function _judge(bytes32 id, OrderState storage state, CrossOrder calldata order, address filler) private {
        (address claimant, bool disputed) = (state.claimant, state.status == OrderStatus.Disputed);
        uint256 pledge = pledgeOf(order);
        _release(claimant, pledge);
        if (claimant == filler) {
            if (disputed) owed[claimant] += pledge;
            return;
        }
        _bondOf[claimant].amount -= uint128(pledge); // was pledged
        emit Slashed(id, claimant, pledge);
        uint256 reward = disputed ? pledge / 2 : 0;
        if (disputed) owed[state.challenger] += pledge + reward;
        owed[filler == address(0) ? order.user : filler] += pledge - reward;
    }

    function _settle(bytes32 id, OrderState storage state, address filler, uint256 amount) private {
        (state.status, state.sinceSeconds) = (OrderStatus.Settled, uint64(block.timestamp));
        owed[filler] += amount;
        emit SettledOrder(id, filler, amount);
    }

    function _refund(bytes32 id, OrderState storage state, CrossOrder calldata order) private {
        (state.status, state.sinceSeconds) = (OrderStatus.Refunded, uint64(block.timestamp));
        owed[order.user] += order.inputAmount;
        emit RefundedOrder(id, order.user, order.inputAmount);
    }

    function _lend(bytes32 id, uint128 amount) private {
        if (amount > _liquid) revert LiquidityTooSmall(_liquid, amount);
        _pledge(msg.sender, amount + _loanFee(amount));
        _liquid -= amount;
        _lent += amount;
        uint256 dueSeconds = block.timestamp + _LOAN_SECONDS;
        _loanOf[id] = Loan({relayer: msg.sender, dueSeconds: uint64(dueSeconds), amount: amount});
        emit Lent(id, msg.sender, amount, dueSeconds);
    }

    /// @dev The caller sees that what is due comes in.
    function _endLoan(bytes32 id) private returns (Loan memory loan, uint256 due) {
        loan = _loanOf[id];
        if (loan.relayer == address(0)) revert NoLoan(id);
        delete _loanOf[id];
        due = loan.amount + _loanFee(loan.amount);
        _lent -= loan.amount;
        _liquid += due;
        _release(loan.relayer, due);
    }

    function _loanFee(uint256 amount) private view returns (uint256) {
        return (amount * _LOAN_FEE_BPS + BPS - 1) / BPS;
    }

    function _pledge(address relayer, uint256 amount) private {
        Bond storage held = _bondOf[relayer];
        uint256 free = held.amount - held.pledged;
        if (amount > free) revert BondTooSmall(free, amount);
        held.pledged += uint128(amount); // at most the bond
    }

    function _release(address relayer, uint256 amount) private {
        _bondOf[relayer].pledged -= uint128(amount); // was pledged
    }

    /// @dev Takes in tokens; exactly what is due must arrive.
    function _draw(address from, uint256 amount) private {
        uint256 before = SafeTransferLib.balanceOf(_TOKEN, address(this));
        SafeTransferLib.safeTransferFrom(_TOKEN, from, address(this), amount);
        uint256 arrived = SafeTransferLib.balanceOf(_TOKEN, address(this)) - before;
        if (arrived != amount) revert WrongAmount(arrived, amount);
    }

    /// @dev The EVM of these contracts has transient storage on every chain.
    function _useTransientReentrancyGuardOnlyOnMainnet() internal pure override returns (bool) {
        return false;
    }
}
