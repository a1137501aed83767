// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICommittee} from "../routes/ICommittee.sol";
import {GaslessCrossChainOrder, IDestinationSettler, IOriginSettler} from "../routes/IERC7683.sol";
import {CompactSignature} from "./IPhiOracle.sol";

/// @notice Where an order stands on its origin chain.
enum OrderStatus {
    Unknown,
    /// The input is held.
    Open,
    /// A relayer says that it filled the order.
    Claimed,
    /// Somebody says that it did not.
    Disputed,
    /// Who filled it was paid.
    Settled,
    /// The user got the input back.
    Refunded
}

/// @notice What `orderData` encodes; its EIP-712 type hash is the order's type.
struct RelayOrder {
    /// In units of the origin's token.
    uint128 inputAmount;
    uint64 destinationChainId;
    /// The RelayPool of that chain.
    address destinationSettler;
    address outputToken;
    uint128 outputAmount;
    address recipient;
    /// Tells two orders of the same content apart; of a gasless order it is its nonce.
    uint256 nonce;
}

/// @notice An order as both chains know it: the `originData` of its fill instruction. Its keccak256 is its id.
struct CrossOrder {
    uint256 originChainId;
    address originSettler;
    address user;
    uint256 nonce;
    uint32 fillDeadline;
    uint128 inputAmount;
    uint256 destinationChainId;
    address destinationSettler;
    address outputToken;
    uint128 outputAmount;
    address recipient;
}

/// @notice The state of an order on its origin chain.
struct OrderState {
    OrderStatus status;
    /// Since when it stands there.
    uint64 sinceSeconds;
    /// Who claims to have filled it.
    address claimant;
    /// Who disputes that.
    address challenger;
}

/// @notice What a relayer has deposited, in units of the token.
struct Bond {
    uint128 amount;
    /// What of it stands for claims and loans.
    uint128 pledged;
}

/// @notice Liquidity that a fill took from the pool.
struct Loan {
    address relayer;
    uint64 dueSeconds;
    /// Without the fee.
    uint128 amount;
}

/// @notice A liquidity provider's shares, and until when they stay.
struct Holding {
    uint192 shares;
    uint64 heldUntilSeconds;
}

/// @notice What a pool is made with; it never changes.
struct PoolTerms {
    /// An ERC-20: the only token of this pool.
    address token;
    /// Who decides disputes.
    ICommittee committee;
    /// The least input of an order.
    uint128 leastAmount;
    /// What a claim pledges, and a challenge pays in: this share of the input, and at least `leastPledge`.
    uint16 pledgeBps;
    uint128 leastPledge;
    /// What a loan costs, as a share of it.
    uint16 loanFeeBps;
    /// Time to repay it.
    uint32 loanSeconds;
    /// Time after the fill deadline in which claims are taken. It covers how far the chains' clocks are apart.
    uint32 claimSeconds;
    /// Time to challenge a claim.
    uint32 challengeSeconds;
    /// Time that the committee has to decide a dispute.
    uint32 disputeSeconds;
    /// The most that lies between opening and fill deadline.
    uint32 mostFillSeconds;
}

/// @title IRelayPool
/// @notice Orders between chains by ERC-7683, filled by bonded relayers, with liquidity of others.
///
/// One contract on each chain is origin of orders that leave it, and destination of those that come. A user opens an
/// order: its input is held. On the destination a relayer pays the output, from its own tokens or from the pool's. On
/// the origin it claims the input and pledges a part of its bond. Nobody proves the fill: if nobody challenges the
/// claim in time, it is paid. Who challenges pays in as much as is pledged. The committee then says who filled; it may
/// also say so at once, and the order is settled without waiting.
///
/// A claim that the committee finds false loses its pledge: half goes to the challenger, the rest to whom it harmed:
/// the relayer that did fill, or else the user. What a challenger of a true claim paid in goes to the claimant. If the
/// committee says nothing until its time is over, the user is refunded, and both get back what they put in.
///
/// Liquidity providers hold shares. A fill from the pool is a loan to the relayer that its bond wholly covers, fee and
/// all; if it is not repaid in time, the bond pays. So no relayer costs providers anything, and a loan is no leverage:
/// it lets a bond that must stand for claims serve as stock meanwhile.
///
/// Guarantees, each held by the test named beside it in `docs/routes.md`:
/// 1. Conservation: the pool holds exactly its liquidity, bonds, inputs of orders that have not ended, what challengers
///    paid in, and credits, on every path.
/// 2. An order's input goes once: to who filled it, or back to the user. By time alone every order ends: `refund` and
///    `finalize` are open to anyone.
/// 3. An order is opened with its user's transaction or signature only, and once: its id binds chain, settler, user and
///    nonce.
/// 4. An order is filled once, in time, with the exact output, on its chain and settler alone.
/// 5. A claim needs a free bond, and only until the fill deadline and the time for claims are over; it is paid after
///    the time to challenge, or by the committee.
/// 6. What the committee signs counts on one chain and in one pool; it can say only who filled an order, or that nobody
///    did in time.
/// 7. Loans are covered by bonds at every moment; a share is never worth less than before a call of others, and whoever
///    comes or leaves gets no more than its part, rounded against it.
/// 8. Payments to several are credits that each withdraws: nobody's refusal to be paid holds up others.
/// 9. There is no owner.
interface IRelayPool is IOriginSettler, IDestinationSettler {
    /* ERRORS */

    /// @notice The terms are none: `reason` says why in words.
    error InvalidTerms(string reason);
    /// @notice The order is none: `reason` says why in words.
    error InvalidOrder(string reason);
    /// @notice The order data is of another type.
    error WrongOrderType(bytes32 got, bytes32 expected);
    /// @notice The order is of another chain.
    error WrongChain(uint256 got, uint256 expected);
    /// @notice The order is of another contract.
    error WrongSettler(address got, address expected);
    /// @notice What was brought is not the order of that id.
    error WrongOrder(bytes32 got, bytes32 expected);
    /// @notice The user did not sign the order.
    error WrongSignature(address user);
    /// @notice The order does not stand where this can be done.
    error WrongStatus(bytes32 orderId, OrderStatus got);
    /// @notice The order was filled before.
    error AlreadyFilled(bytes32 orderId, address filler);
    error AmountTooSmall(uint256 got, uint256 limit);
    error TooLate(uint256 gotSeconds, uint256 limitSeconds);
    error TooEarly(uint256 gotSeconds, uint256 limitSeconds);
    /// @notice Another amount arrived: the token takes a fee, or lies.
    error WrongAmount(uint256 got, uint256 expected);
    /// @notice The bond has less free than is needed.
    error BondTooSmall(uint256 got, uint256 needed);
    /// @notice The pool has less than is needed.
    error LiquidityTooSmall(uint256 got, uint256 needed);
    /// @notice The pool gives less than the caller takes at least.
    error TooLittle(uint256 got, uint256 least);
    error SharesTooFew(uint256 got, uint256 needed);
    error NoLoan(bytes32 orderId);
    error NothingOwed(address account);

    /* EVENTS */

    event Filled(
        bytes32 indexed orderId, address indexed filler, address indexed relayer, uint256 amount, bool fromPool
    );
    event ClaimMade(bytes32 indexed orderId, address indexed claimant, uint256 pledge);
    event Challenged(bytes32 indexed orderId, address indexed challenger);
    event Decided(bytes32 indexed orderId, address indexed filler, uint32 signers);
    /// @notice A claimant lost its pledge.
    event Slashed(bytes32 indexed orderId, address indexed claimant, uint256 amount);
    event SettledOrder(bytes32 indexed orderId, address indexed filler, uint256 amount);
    event RefundedOrder(bytes32 indexed orderId, address indexed user, uint256 amount);
    event BondChanged(address indexed relayer, uint256 amount);
    event Lent(bytes32 indexed orderId, address indexed relayer, uint256 amount, uint256 dueSeconds);
    /// @param byBond Whether the relayer's bond paid, since it was late.
    event Repaid(bytes32 indexed orderId, address indexed relayer, uint256 amount, bool byBond);
    event LiquidityAdded(address indexed provider, uint256 amount, uint256 shares);
    event LiquidityRemoved(address indexed provider, uint256 amount, uint256 shares);
    event Withdrawn(address indexed account, address to, uint256 amount);

    /* ORIGIN */

    /// @notice Claims the input of an order that the caller filled, and pledges a part of its bond.
    function claim(CrossOrder calldata order) external;

    /// @notice Disputes a claim. Draws as much as the claim pledged from the caller.
    function challenge(CrossOrder calldata order) external;

    /// @notice Pays a claim that nobody challenged in time. Anyone may call it.
    function finalize(CrossOrder calldata order) external;

    /// @notice Ends an order by what the committee says.
    /// @param filler Who filled it in time; 0 for nobody, which can be said only after the fill deadline.
    /// @param signatures Of operators over `verdictDigest`, in their order.
    function decide(CrossOrder calldata order, address filler, CompactSignature[] calldata signatures) external;

    /// @notice Credits the user with the input of an order that nobody claimed in time, or whose dispute nobody decided
    ///         in time. Anyone may call it.
    function refund(CrossOrder calldata order) external;

    /// @notice Pays out all credit of the caller.
    function withdraw(address to) external returns (uint256 amount);

    /* BONDS */

    /// @notice Adds to the caller's bond.
    function bond(uint128 amount) external;

    /// @notice Takes from what is free of the caller's bond.
    function unbond(uint128 amount) external;

    /* LIQUIDITY */

    /// @notice Adds liquidity; it stays at least as long as a loan may.
    function deposit(uint256 amount, uint256 leastShares) external returns (uint256 shares);

    /// @notice Takes liquidity that is not lent.
    function redeem(uint256 shares, uint256 leastAmount) external returns (uint256 amount);

    /// @notice Repays a loan, with its fee. Anyone may.
    function repay(bytes32 orderId) external;

    /// @notice Has the bond pay a loan that is overdue. Anyone may call it.
    function foreclose(bytes32 orderId) external;

    /* READS */

    function terms() external view returns (PoolTerms memory);
    /// @notice EIP-712 type hash of RelayOrder.
    function ORDER_TYPE() external view returns (bytes32);
    function stateOf(bytes32 orderId) external view returns (OrderState memory);
    /// @notice Who is paid on the origin for a fill here; 0 where there was none.
    function fillerOf(bytes32 orderId) external view returns (address);
    function bondOf(address relayer) external view returns (Bond memory);
    function loanOf(bytes32 orderId) external view returns (Loan memory);
    function holdingOf(address provider) external view returns (Holding memory);
    function owed(address account) external view returns (uint256);
    /// @notice What is here and not lent; what is lent; all shares.
    function pool() external view returns (uint256 liquid, uint256 lent, uint256 shares);
    /// @notice What a claim of this order pledges.
    function pledgeOf(CrossOrder calldata order) external view returns (uint256);
    function idOf(CrossOrder calldata order) external pure returns (bytes32);
    /// @notice What operators sign: Verdict(bytes32 orderId,address filler).
    function verdictDigest(bytes32 orderId, address filler) external view returns (bytes32);
    /// @notice What the user of a gasless order signs.
    function orderDigest(GaslessCrossChainOrder calldata order) external view returns (bytes32);
}
