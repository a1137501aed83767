"""What a chain's faucet sends to prepare a walk or a measurement."""

from collections.abc import Sequence

from eth_account.signers.local import LocalAccount

from oracle.chain.owned import OwnedBlocks
from oracle.chain.transactions import Fees, sign_transaction
from oracle.errors import InputError

Call = tuple[str, bytes, int]  # to, calldata, value in wei
BLOCK_SECONDS = 10
_GWEI = 10**9
_PREPARING_GAS = 150_000  # a mint, a permit or a transfer, and more
_BATCH = 200  # transactions of one block


def send_all(owned: OwnedBlocks, faucet: LocalAccount, calls: Sequence[Call]) -> None:
    """Have a faucet send calls, in as few blocks as they fit in.

    Raises:
        InputError: one of them reverted.
    """
    chain = owned.chain
    for begin in range(0, len(calls), _BATCH):
        first = chain.nonce(faucet.address)
        signed = [
            sign_transaction(
                chain=chain,
                account=faucet,
                nonce=first + index,
                to=to,
                data=data,
                gas_limit=_PREPARING_GAS,
                value_wei=value_wei,
                fees=Fees(100 * _GWEI, _GWEI),
            )
            for index, (to, data, value_wei) in enumerate(calls[begin : begin + _BATCH])
        ]
        chain.send_raw_all([(each.raw, each.hash) for each in signed])
        owned.next_block(BLOCK_SECONDS)
        for each in signed:
            receipt = chain.receipt(each.hash)
            if receipt is None or receipt["status"] != 1:
                raise InputError(f"{chain.name} did not carry out what prepares it: start another chain")
