"""What a relay pool does on each call: the twin of `contracts/routes/RelayPool.sol` without tokens and signatures.

`tests/trust/test_route_machine.py` holds the two equal on random calls. Accounts are lower-case addresses.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from oracle.bridges.locks import NO_ACCOUNT
from oracle.bridges.orders import CrossOrder, OrderStatus, order_id
from oracle.bridges.pool_terms import PoolTerms
from oracle.bridges.refusal import Refused
from oracle.bridges.shares import amount_for, shares_for

_ENDED = (OrderStatus.SETTLED, OrderStatus.REFUNDED)


@dataclass(frozen=True)
class OrderState:
    """Where an order stands on its origin."""

    status: OrderStatus = OrderStatus.UNKNOWN
    since_seconds: int = 0
    claimant: str = NO_ACCOUNT
    challenger: str = NO_ACCOUNT


@dataclass(frozen=True)
class Bond:
    """What a relayer deposited, and what of it stands for claims and loans."""

    amount: int = 0
    pledged: int = 0


@dataclass(frozen=True)
class Loan:
    """Liquidity that a fill took, without the fee."""

    relayer: str
    due_seconds: int
    amount: int


@dataclass(frozen=True)
class Holding:
    """Shares of a provider, and until when they stay."""

    shares: int = 0
    held_until_seconds: int = 0


@dataclass
class Pool:
    """The pool of one chain. A call that the contract would refuse raises Refused and changes nothing."""

    terms: PoolTerms
    chain_id: int
    address: str
    liquid: int = 0
    lent: int = 0
    shares: int = 0
    challenged: int = 0  # what challengers paid in
    inputs: int = 0  # of orders that have not ended
    orders: dict[bytes, OrderState] = field(default_factory=lambda: defaultdict(OrderState))
    fillers: dict[bytes, str] = field(default_factory=dict)
    bonds: dict[str, Bond] = field(default_factory=lambda: defaultdict(Bond))
    loans: dict[bytes, Loan] = field(default_factory=dict)
    holdings: dict[str, Holding] = field(default_factory=lambda: defaultdict(Holding))
    owed: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def holds(self) -> int:
        """What the contract must hold of its token, to the unit."""
        bonded = sum(bond.amount for bond in self.bonds.values())
        return self.liquid + bonded + self.inputs + self.challenged + sum(self.owed.values())

    # Orders

    def open(self, order: CrossOrder, now: int) -> None:
        """Hold the input of an order."""
        _require(order.input_amount >= self.terms.least_amount, "AmountTooSmall")
        is_one = order.output_amount and order.recipient != NO_ACCOUNT and order.destination_chain_id != self.chain_id
        leads = order.destination_settler not in (NO_ACCOUNT, order.recipient)
        _require(bool(is_one) and leads, "InvalidOrder")
        _require(order.fill_deadline > now, "TooLate")
        _require(order.fill_deadline <= now + self.terms.most_fill_seconds, "InvalidOrder")
        _require(self._of(order).status is OrderStatus.UNKNOWN, "WrongStatus")
        self.orders[order_id(order)] = OrderState(OrderStatus.OPEN, now)
        self.inputs += order.input_amount

    def fill(self, order: CrossOrder, now: int, *, relayer: str, filler: str, from_pool: bool) -> None:
        """Pay an order that was opened elsewhere."""
        found = order_id(order)
        _require(order.destination_chain_id == self.chain_id, "WrongChain")
        _require(order.destination_settler == self.address, "WrongSettler")
        is_one = order.output_token == self.terms.token and order.recipient != self.address
        _require(is_one and filler != NO_ACCOUNT, "InvalidOrder")
        _require(now <= order.fill_deadline, "TooLate")
        _require(found not in self.fillers, "AlreadyFilled")
        if from_pool:
            amount = order.output_amount
            _require(amount <= self.liquid, "LiquidityTooSmall")
            self._pledge(relayer, self.terms.loan_due(amount))
            self.liquid -= amount
            self.lent += amount
            self.loans[found] = Loan(relayer, now + self.terms.loan_seconds, amount)
        self.fillers[found] = filler

    def claim(self, order: CrossOrder, now: int, *, relayer: str) -> None:
        """Say that one filled an order."""
        _require(self._of(order).status is OrderStatus.OPEN, "WrongStatus")
        _require(now <= self._claims_end(order), "TooLate")
        self._pledge(relayer, self.terms.pledge(order.input_amount))
        self.orders[order_id(order)] = OrderState(OrderStatus.CLAIMED, now, claimant=relayer)

    def challenge(self, order: CrossOrder, now: int, *, challenger: str) -> None:
        """Say that a claim is false."""
        state = self._of(order)
        _require(state.status is OrderStatus.CLAIMED, "WrongStatus")
        _require(now <= state.since_seconds + self.terms.challenge_seconds, "TooLate")
        self.orders[order_id(order)] = replace(
            state, status=OrderStatus.DISPUTED, since_seconds=now, challenger=challenger
        )
        self.challenged += self.terms.pledge(order.input_amount)

    def finalize(self, order: CrossOrder, now: int) -> None:
        """Pay a claim that nobody challenged."""
        state = self._of(order)
        _require(state.status is OrderStatus.CLAIMED, "WrongStatus")
        _require(now > state.since_seconds + self.terms.challenge_seconds, "TooEarly")
        self._release(state.claimant, self.terms.pledge(order.input_amount))
        self._end(order, now, OrderStatus.SETTLED, state.claimant)

    def decide(self, order: CrossOrder, filler: str, now: int) -> None:
        """End an order by what the committee says."""
        state = self._of(order)
        _require(state.status is not OrderStatus.UNKNOWN and state.status not in _ENDED, "WrongStatus")
        _require(filler != NO_ACCOUNT or now > order.fill_deadline, "TooEarly")
        if state.status is not OrderStatus.OPEN:
            self._judge(order, state, filler)
        if filler == NO_ACCOUNT:
            self._end(order, now, OrderStatus.REFUNDED, order.user)
        else:
            self._end(order, now, OrderStatus.SETTLED, filler)

    def refund(self, order: CrossOrder, now: int) -> None:
        """Give the user back what nobody has a claim to."""
        state = self._of(order)
        _require(state.status in (OrderStatus.OPEN, OrderStatus.DISPUTED), "WrongStatus")
        _require(now >= self.refundable_from(order), "TooEarly")
        if state.status is OrderStatus.DISPUTED:
            pledge = self.terms.pledge(order.input_amount)
            self._release(state.claimant, pledge)
            self.challenged -= pledge
            self.owed[state.challenger] += pledge
        self._end(order, now, OrderStatus.REFUNDED, order.user)

    def refundable_from(self, order: CrossOrder) -> int:
        """The first timestamp at which an open or disputed order is refunded, as it stands now."""
        state, last = self._of(order), self._claims_end(order)
        if state.status is OrderStatus.DISPUTED:
            last = max(last, state.since_seconds + self.terms.dispute_seconds)
        return last + 1

    def withdraw(self, account: str) -> int:
        """Pay out a credit."""
        amount = self.owed[account]
        _require(amount != 0, "NothingOwed")
        self.owed[account] = 0
        return amount

    # Bonds and liquidity

    def bond(self, relayer: str, amount: int) -> None:
        """Add to a bond."""
        self.bonds[relayer] = replace(self.bonds[relayer], amount=self.bonds[relayer].amount + amount)

    def unbond(self, relayer: str, amount: int) -> None:
        """Take from what is free of a bond."""
        _require(amount <= self.free(relayer), "BondTooSmall")
        self.bonds[relayer] = replace(self.bonds[relayer], amount=self.bonds[relayer].amount - amount)

    def free(self, relayer: str) -> int:
        """What of a bond stands for nothing."""
        return self.bonds[relayer].amount - self.bonds[relayer].pledged

    def deposit(self, provider: str, amount: int, now: int) -> int:
        """Add liquidity; the shares for it."""
        made = shares_for(amount, self.liquid + self.lent, self.shares)
        _require(made != 0, "TooLittle")
        held = self.holdings[provider].shares + made
        self.holdings[provider] = Holding(held, now + self.terms.loan_seconds)
        self.shares += made
        self.liquid += amount
        return made

    def redeem(self, provider: str, shares: int, now: int) -> int:
        """Take liquidity; the amount for these shares."""
        held = self.holdings[provider]
        _require(shares <= held.shares, "SharesTooFew")
        _require(now >= held.held_until_seconds, "TooEarly")
        amount = amount_for(shares, self.liquid + self.lent, self.shares)
        _require(amount != 0, "TooLittle")
        _require(amount <= self.liquid, "LiquidityTooSmall")
        self.holdings[provider] = replace(held, shares=held.shares - shares)
        self.shares -= shares
        self.liquid -= amount
        return amount

    def repay(self, found: bytes) -> int:
        """Repay a loan; what comes in."""
        return self._end_loan(found)[1]

    def foreclose(self, found: bytes, now: int) -> None:
        """Have the bond pay an overdue loan."""
        loan = self.loans.get(found)
        _require(loan is None or now > loan.due_seconds, "TooEarly")
        relayer, due = self._end_loan(found)
        self.bonds[relayer] = replace(self.bonds[relayer], amount=self.bonds[relayer].amount - due)

    def _of(self, order: CrossOrder) -> OrderState:
        return self.orders[order_id(order)]

    def _claims_end(self, order: CrossOrder) -> int:
        return order.fill_deadline + self.terms.claim_seconds

    def _judge(self, order: CrossOrder, state: OrderState, filler: str) -> None:
        pledge, is_disputed = self.terms.pledge(order.input_amount), state.status is OrderStatus.DISPUTED
        self._release(state.claimant, pledge)
        if is_disputed:
            self.challenged -= pledge
        if state.claimant == filler:
            self.owed[filler] += pledge if is_disputed else 0
            return
        bond = self.bonds[state.claimant]
        self.bonds[state.claimant] = replace(bond, amount=bond.amount - pledge)
        reward = pledge // 2 if is_disputed else 0
        if is_disputed:
            self.owed[state.challenger] += pledge + reward
        self.owed[order.user if filler == NO_ACCOUNT else filler] += pledge - reward

    def _end(self, order: CrossOrder, now: int, status: OrderStatus, paid: str) -> None:
        found = order_id(order)
        self.orders[found] = replace(self.orders[found], status=status, since_seconds=now)
        self.inputs -= order.input_amount
        self.owed[paid] += order.input_amount

    def _end_loan(self, found: bytes) -> tuple[str, int]:
        loan = self.loans.pop(found, None)
        if loan is None:
            raise Refused("NoLoan")
        due = self.terms.loan_due(loan.amount)
        self.lent -= loan.amount
        self.liquid += due
        self._release(loan.relayer, due)
        return loan.relayer, due

    def _pledge(self, relayer: str, amount: int) -> None:
        _require(amount <= self.free(relayer), "BondTooSmall")
        self.bonds[relayer] = replace(self.bonds[relayer], pledged=self.bonds[relayer].pledged + amount)

    def _release(self, relayer: str, amount: int) -> None:
        self.bonds[relayer] = replace(self.bonds[relayer], pledged=self.bonds[relayer].pledged - amount)


def _require(allowed: bool, name: str) -> None:
    if not allowed:
        raise Refused(name)
