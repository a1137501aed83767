"""What a body weighs by the ledger, also where calldata goes on behind it."""

from collections.abc import Iterator

import pytest
from web3.contract import Contract
from web3.exceptions import ContractCustomError

from oracle.chain.embedded import EmbeddedChain
from oracle.formulas.pow import weight_limit
from oracle.formulas.snapshot import NOTHING_SHOWN
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, Failure, account, decode_failure, deploy_stage

CAPACITY = 200
MINER = account(3)  # which has money from genesis
THETA0_WAD = 10**17


@pytest.fixture(scope="module")
def ledger() -> Iterator[tuple[EmbeddedChain, Contract]]:
    """A chain and a ledger whose only node may bring 20 transactions in a block."""
    blocks = EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    stage = deploy_stage(blocks, theta0_wad=[THETA0_WAD])
    stage.send(stage.oracle.functions.setMiner(0, MINER.address))
    made = stage.deploy("PowLedger", (stage.oracle.address, 64, 10, 2880, CAPACITY, 3))
    stage.mine()
    yield blocks, made
    blocks.close()


@pytest.mark.parametrize("size", [3, 31, 32, 33, 63])
@pytest.mark.parametrize("behind", [b"\x00", b"\xff"])
def test_a_body_weighs_the_bits_behind_its_header_and_nothing_behind_its_end(
    ledger: tuple[EmbeddedChain, Contract], size: int, behind: bytes
) -> None:
    blocks, contract = ledger
    body = bytes(8) + b"\xff" * size
    call = contract.functions.submitBlock(1, 0, body, 0, (NOTHING_SHOWN.words, NOTHING_SHOWN.pages))
    data = bytearray.fromhex(call._encode_transaction_data()[2:])
    end, padding = data.index(body) + len(body), -len(body) % 32
    data[end : end + padding] = behind * padding
    with pytest.raises(ContractCustomError) as refused:
        blocks.chain._w3.eth.call({"from": MINER.address, "to": contract.address, "data": bytes(data)})
    failure = decode_failure(bytes.fromhex(str(refused.value.data).removeprefix("0x")))
    assert failure == Failure("BlockTooHeavy", (0, 8 * size, weight_limit(THETA0_WAD, CAPACITY)))
