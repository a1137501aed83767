"""Logs, receipts and blocks of the past, on both chains; on the embedded one, what reading them costs."""

from typing import Any

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address

from oracle.chain.embedded import EmbeddedChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks

# A contract that logs twice at each call: data is the second word of calldata, the topics are its first word, and its
# first word and 7.
_CREATION = bytes.fromhex(
    "601a80600b6000396000f3" + "60206020600037" + "60003560206000a1" + "600760003560206000a2" + "00"
)


class _Logger:
    """The contract on a chain, and calls of it."""

    def __init__(self, owned: OwnedBlocks | EmbeddedChain) -> None:
        self._chain, self._payer, self._nonce = owned.chain, Account.from_key(owned.faucet_key), 0
        self._address: str | None = None
        self.creation = self._send(None, _CREATION)

    @property
    def address(self) -> str:
        if self._address is None:
            receipt = self._chain.receipt(self.creation)
            assert receipt is not None
            self._address = str(receipt["contractAddress"])
        return self._address

    def call(self, topic: int, data: int) -> bytes:
        return self._send(self.address, topic.to_bytes(32, "big") + data.to_bytes(32, "big"))

    def _send(self, receiver: str | None, data: bytes) -> bytes:
        fields: dict[str, Any] = {"to": receiver} if receiver else {}
        signed = self._payer.sign_transaction(
            {"chainId": self._chain.chain_id, "nonce": self._nonce, "value": 0, "gas": 100_000, "gasPrice": 10**10}
            | {"data": data}
            | fields
        )
        self._nonce += 1
        self._chain.send_raw(bytes(signed.raw_transaction), bytes(signed.hash))
        return bytes(signed.hash)


def _word(value: int) -> str:
    return "0x" + value.to_bytes(32, "big").hex()


def _seen(logs: list[Any]) -> list[tuple[int, int, int, list[str], str]]:
    return [
        (
            int(str(log["blockNumber"]), 0),
            int(str(log["transactionIndex"]), 0),
            int(str(log["logIndex"]), 0),
            [str(topic) for topic in log["topics"]],
            str(log["data"]),
        )
        for log in logs
    ]


def test_logs_are_selected_as_a_node_selects_them(owned: OwnedBlocks) -> None:
    logger = _Logger(owned)
    owned.next_block(10)
    for data in (10, 11):
        logger.call(1, data)
    owned.next_block(10)
    last = logger.call(2, 12)
    owned.next_block(10)

    def logs(**query: Any) -> list[Any]:
        result: list[Any] = owned.chain.request("eth_getLogs", [query])
        return result

    here = {"address": logger.address, "fromBlock": "0x0", "toBlock": "0x3"}
    whole = [
        (2, 0, 0, [_word(1)], _word(10)),
        (2, 0, 1, [_word(1), _word(7)], _word(10)),
        (2, 1, 2, [_word(1)], _word(11)),
        (2, 1, 3, [_word(1), _word(7)], _word(11)),
        (3, 0, 0, [_word(2)], _word(12)),
        (3, 0, 1, [_word(2), _word(7)], _word(12)),
    ]
    assert _seen(logs(**here)) == whole
    assert _seen(logs(**here | {"toBlock": "0xff"})) == whole
    assert _seen(logs(**here | {"toBlock": "latest"})) == whole
    assert _seen(logs(fromBlock="0x0", toBlock="0x3")) == whole
    assert _seen(logs(**here | {"address": [to_checksum_address("0x" + "11" * 20), logger.address]})) == whole
    assert logs(**here | {"address": to_checksum_address("0x" + "11" * 20)}) == []
    assert _seen(logs(**here | {"fromBlock": "0x3"})) == whole[4:]
    assert _seen(logs(address=logger.address)) == whole[4:]  # of the latest block where none is named
    assert _seen(logs(**here | {"topics": [_word(2)]})) == whole[4:]
    assert _seen(logs(**here | {"topics": [[_word(2), _word(1)]]})) == whole
    assert _seen(logs(**here | {"topics": [None, _word(7)]})) == whole[1::2]
    assert logs(**here | {"topics": [_word(7)]}) == []
    block = owned.chain.request("eth_getBlockByNumber", ["0x3", False])
    found = logs(address=logger.address, blockHash=block["hash"])
    assert _seen(found) == whole[4:]
    assert {log["blockHash"] for log in found} == {block["hash"]}
    assert {bytes.fromhex(log["transactionHash"][2:]) for log in found} == {last}
    # What a receipt says of its logs is what a search finds.
    receipt = owned.chain.request("eth_getTransactionReceipt", [block["transactions"][0]])
    assert _seen(receipt["logs"]) == whole[4:]
    first = owned.chain.request("eth_getBlockByNumber", ["0x2", False])["transactions"][1]
    assert _seen(owned.chain.request("eth_getTransactionReceipt", [first])["logs"]) == whole[2:4]


def test_logs_of_blocks_taken_back_are_gone(owned: OwnedBlocks) -> None:
    logger = _Logger(owned)
    owned.next_block(10)
    snapshot = owned.chain.request("evm_snapshot", [])
    dropped = logger.call(1, 10)
    owned.next_block(10)
    query = {"address": logger.address, "fromBlock": "0x0", "toBlock": "0x9"}
    assert len(owned.chain.request("eth_getLogs", [query])) == 2
    assert owned.chain.request("evm_revert", [snapshot]) is not False
    assert owned.chain.request("eth_getLogs", [query]) == []
    assert owned.chain.receipt(dropped) is None
    owned.next_block(20)
    assert owned.chain.request("eth_getLogs", [query]) == []


def test_reading_the_embedded_chains_past_does_not_walk_over_it(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = EmbeddedChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    logger = _Logger(embedded)
    embedded.produce_block(GENESIS_TIMESTAMP_SECONDS + 1)
    sent = []
    for block in range(2, 161):
        sent.append(logger.call(block, 0))
        embedded.produce_block(GENESIS_TIMESTAMP_SECONDS + block)
    evm_chain = embedded._tester.backend.chain
    decoded: list[bytes] = []
    decode = evm_chain.get_block_by_hash

    def counted(block_hash: bytes) -> Any:
        decoded.append(block_hash)
        return decode(block_hash)

    monkeypatch.setattr(evm_chain, "get_block_by_hash", counted)
    query = {"address": logger.address, "fromBlock": "0x0", "toBlock": hex(160)}
    assert len(embedded.chain.request("eth_getLogs", [query])) == 2 * 159
    assert not decoded
    receipt = embedded.chain.receipt(sent[0])
    assert receipt is not None and receipt["blockNumber"] == 2
    assert embedded.chain.calldata(sent[0]) is not None
    assert not embedded.chain.knows_transaction(b"\x07" * 32)
    assert len(decoded) == 1  # the block that holds it, once
