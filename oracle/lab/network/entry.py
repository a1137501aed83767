"""What nodes do before a network's rounds begin: stake and commit, or stand and be voted for."""

from collections.abc import Callable, Mapping

from eth_account.signers.local import LocalAccount

from deploy.engines import DelegateTerms, StakeTerms, Terms
from oracle.chain.ledger import Ledger
from oracle.engines.dpos.submission import ELECTION_GAS
from oracle.engines.pos.onion import layers
from oracle.engines.sending import Submissions
from oracle.errors import TransactionFailed
from oracle.lab.network.price import laboratory_price


def enter(
    terms: Terms,
    ledger: Ledger,
    keys: Mapping[int, LocalAccount],
    stakes: list[int],
    produce: Callable[[int], None],
) -> None:
    """Bring nodes to where their ledger's first round can be won.

    Args:
        terms: The ledger's.
        ledger: Just deployed.
        keys: By node.
        stakes: By node, in wei; votes that each gives to itself under delegated proof of stake.
        produce: Makes a block of the chain with this timestamp.

    Raises:
        TransactionFailed: a node could not do what it must.
    """
    chain, calls = ledger.chain, ledger.calls
    submissions = Submissions(ledger, keys, len(keys), laboratory_price)
    sent: list[bytes] = []
    for node, stake in enumerate(stakes):
        if isinstance(terms, StakeTerms):
            tip = layers(bytes(keys[node].key), ledger.address, node, 0)[0]
            sent.append(submissions.send(node, calls.calldata("deposit", node, stake), value_wei=stake))
            sent.append(submissions.send(node, calls.calldata("commit", node, tip)))
        elif isinstance(terms, DelegateTerms):
            sent.append(submissions.send(node, calls.calldata("vote", node, stake), value_wei=stake))
            sent.append(submissions.send(node, calls.calldata("stand", node, 0)))
    if not sent:
        return
    produce(chain.timestamp(chain.head()) + 1)
    produce(ledger.open_round(chain.head()).opened_at_seconds)
    if isinstance(terms, DelegateTerms):
        sent.append(submissions.send(0, calls.calldata("elect"), more_gas=ELECTION_GAS))
        produce(chain.timestamp(chain.head()) + 1)
    for transaction in sent:
        receipt = chain.receipt(transaction)
        if receipt is None or receipt["status"] != 1:
            raise TransactionFailed(f"0x{transaction.hex()}, by which a node enters the consensus, did not succeed")
