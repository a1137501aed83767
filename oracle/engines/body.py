"""What a block holds: the pending transactions that pay most, as many as theta allows."""

from oracle.chain.offers import Offers
from oracle.formulas.body import encode_body
from oracle.formulas.pow import weight_limit


def best_body(offers: Offers, *, theta_wad: int, capacity: int) -> bytes:
    """The body of a block: the pending transactions that pay most, up to theta * capacity.

    Args:
        offers: What is pending.
        theta_wad: That the block's node is allowed.
        capacity: Transactions of a block at theta = 1.
    """
    return encode_body(offers.best(weight_limit(theta_wad, capacity)))
