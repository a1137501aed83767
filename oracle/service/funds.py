"""What the account that pays has left, in reports."""

from dataclasses import dataclass

from oracle.chain.connection import Chain
from oracle.chain.money import ether

WARNING_REPORTS = 20  # fewer than this many are left: time to send the account more


@dataclass(frozen=True)
class Funds:
    """Of one account, after one block."""

    address: str
    balance_wei: int
    report_wei: int | None  # what a report costs at the fees of that block; None ahead of the first

    @property
    def reports_left(self) -> int | None:
        """How many reports the balance pays for."""
        return None if not self.report_wei else self.balance_wei // self.report_wei

    @property
    def problem(self) -> str | None:
        """That the account cannot pay for a report, in one sentence."""
        if self.balance_wei and (self.reports_left is None or self.reports_left > 0):
            return None
        needs = "" if self.report_wei is None else f", and a report takes about {ether(self.report_wei)}"
        return f"account {self.address} holds {ether(self.balance_wei)} ETH{needs}; send it more"

    @property
    def warning(self) -> str | None:
        """That it soon cannot, in one sentence."""
        left = self.reports_left
        if self.problem is not None or left is None or left >= WARNING_REPORTS:
            return None
        return f"account {self.address} holds {ether(self.balance_wei)} ETH, enough for {left} reports; send it more"


def look_at_funds(chain: Chain, address: str, report_gas: int | None, base_fee_wei: int) -> Funds:
    """The funds of an account now.

    Args:
        chain: Where it is.
        address: The account.
        report_gas: Gas of the last report; None ahead of the first.
        base_fee_wei: Per gas, of the latest block.

    Raises:
        ConnectionFailed: the node does not answer.
    """
    per_gas_wei = base_fee_wei + chain.priority_fee()
    return Funds(address, chain.balance(address), None if report_gas is None else report_gas * per_gas_wei)
