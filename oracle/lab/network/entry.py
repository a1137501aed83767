"""What nodes do before a network's rounds begin, where its consensus asks for something."""

from collections.abc import Callable, Mapping

from eth_account.signers.local import LocalAccount

from oracle.chain.ledger import Ledger
from oracle.engines.sending import Submissions
from oracle.engines.terms import Terms
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
        stakes: By node, in wei.
        produce: Makes a block of the chain with this timestamp.

    Raises:
        TransactionFailed: a node could not do what it must.
    """
    chain = ledger.chain
    submissions = Submissions(ledger, keys, len(keys), laboratory_price)
    sent = [
        submissions.send(node, call.calldata, value_wei=call.value_wei)
        for node, stake in enumerate(stakes)
        for call in terms.entry(ledger, node, keys[node], stake)
    ]
    if not sent:
        return
    produce(chain.timestamp(chain.head()) + 1)
    produce(ledger.open_round(chain.head()).opened_at_seconds)
    if terms.opening_call is not None:
        function, gas = terms.opening_call
        sent.append(submissions.send(0, ledger.calls.calldata(function), more_gas=gas))
        produce(chain.timestamp(chain.head()) + 1)
    for transaction in sent:
        receipt = chain.receipt(transaction)
        if receipt is None or receipt["status"] != 1:
            raise TransactionFailed(f"0x{transaction.hex()}, by which a node enters the consensus, did not succeed")
