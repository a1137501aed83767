"""What a deployment would send, tried on a chain of its own: transactions, gas, and what they cost on the real one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from eth_account import Account

from deploy.consensus import REGISTER_BATCH, deploy_consensus
from deploy.deployer import Deployer, Step
from deploy.handover import OFFER, TIMELOCK
from deploy.options import DeployOptions
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, new_deployment
from oracle.chain.owned import start_chain
from oracle.chain.transactions import bid

_WEI_PER_COIN = 10**18
_REGISTER = ".register"  # the step that names nodes, in batches


@dataclass(frozen=True)
class Forecast:
    """The steps that are left, and what they take."""

    done: tuple[str, ...]  # contracts that the record shows on chain
    steps: tuple[Step, ...]  # in their order
    most_wei_per_gas: int  # what a transaction would bid now, base fee and tip
    balance_wei: int  # of the account that pays

    @property
    def gas(self) -> int:
        """Of all steps."""
        return sum(step.gas for step in self.steps)

    @property
    def most_wei(self) -> int:
        """The most that the steps would cost at that bid."""
        return self.gas * self.most_wei_per_gas

    def lines(self) -> list[str]:
        """For people."""
        told = [f"{name:34}on chain already" for name in self.done]
        told += [f"{step.what:34}{step.gas:>12,} gas".replace(",", " ") for step in self.steps]
        told.append(f"{'all':34}{self.gas:>12,} gas in {len(self.steps)} transactions".replace(",", " "))
        most, balance = self.most_wei / _WEI_PER_COIN, self.balance_wei / _WEI_PER_COIN
        told.append(f"{'cost':34}at most {most:.6f} at {self.most_wei_per_gas / 10**9:.2f} gwei per gas")
        enough = "enough" if self.balance_wei >= self.most_wei else "not enough: send it more first"
        told.append(f"{'the account holds':34}{balance:.6f}, {enough}")
        return told


def forecast(options: DeployOptions, chain: Chain, payer: str, record: Deployment) -> Forecast:
    """Deploy on a chain that ends here, and leave out what the record has on the real chain; nothing is sent to it.

    A stake token is of the real chain alone: the trial stakes the coin, which takes as much gas to set up.

    Raises:
        TransactionFailed: a step would revert.
    """
    done = tuple(name for name, entry in record.contracts.items() if entry.block_number is not None)
    owned = start_chain("eth-tester")
    try:
        account = Account.from_key(owned.faucet_key)
        trial = Deployer(
            owned.chain,
            account,
            new_deployment(owned.chain, None),
            lambda: owned.next_block(options.interval_seconds),
        )
        plan = options.plan(account.address)
        with _quiet():
            deploy_consensus(trial, plan)
    finally:
        owned.close()
    registered = Contracts(chain, record.addresses()).node_count() if record.is_complete() else 0
    batches = registered // REGISTER_BATCH if registered < len(plan.miners) else len(trial.steps)
    is_handed_over = TIMELOCK in done
    left = []
    for step in trial.steps:
        if step.what.endswith(_REGISTER) and batches:
            batches -= 1
        elif step.what.removeprefix("deploy ") not in done and not (is_handed_over and step.what.endswith(OFFER)):
            left.append(step)
    return Forecast(done, tuple(left), bid(chain).max_fee_wei, chain.balance(payer))


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the lines that a deployment logs: addresses of the trial are nobody's."""
    logger = logging.getLogger("deploy")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
