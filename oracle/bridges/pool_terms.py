"""What a relay pool is made with, and what follows for one order."""

from dataclasses import dataclass

from oracle.bridges.locks import NO_ACCOUNT
from oracle.bridges.margins import Clocks

WHOLE_BPS = 10_000


@dataclass(frozen=True)
class PoolTerms:
    """Field by field `PoolTerms` of `contracts/interfaces/IRelayPool.sol`. Amounts are in units of the token."""

    token: str
    committee: str
    least_amount: int
    pledge_bps: int
    least_pledge: int
    loan_fee_bps: int
    loan_seconds: int
    claim_seconds: int
    challenge_seconds: int
    dispute_seconds: int
    most_fill_seconds: int

    def pledge(self, input_amount: int) -> int:
        """What a claim pledges, and a challenge pays in."""
        return max(_share(input_amount, self.pledge_bps), self.least_pledge)

    def loan_due(self, amount: int) -> int:
        """What repays a loan: amount and fee."""
        return amount + _share(amount, self.loan_fee_bps)

    def longest_seconds(self, fill_seconds: int) -> int:
        """The longest time from opening until an order ends, if it is to be filled within `fill_seconds`."""
        claimed_last = fill_seconds + self.claim_seconds
        return claimed_last + self.challenge_seconds + self.dispute_seconds


def terms_for(clocks: Clocks, *, least_amount: int) -> PoolTerms:
    """Terms whose times leave everybody time to see and to answer; token and committee are left to fill in.

    A claim pledges 5 % of the input, at least half of the least order; a loan costs 2 basis points.

    Args:
        clocks: Of the pool's chain and any other.
        least_amount: Of an order, in units of the token.
    """
    reaction = clocks.reaction_seconds
    return PoolTerms(
        token=NO_ACCOUNT,
        committee=NO_ACCOUNT,
        least_amount=least_amount,
        pledge_bps=500,
        least_pledge=-(-least_amount // 2),
        loan_fee_bps=2,
        loan_seconds=40 * reaction,
        claim_seconds=2 * reaction,
        challenge_seconds=2 * reaction,
        dispute_seconds=2 * reaction,
        most_fill_seconds=86_400,
    )


def _share(amount: int, bps: int) -> int:
    """Rounded up."""
    return -(-amount * bps // WHOLE_BPS)
