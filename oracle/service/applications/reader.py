"""Reads of contracts for one request of the API, by the same way as `/rpc` and within its bounds.

So nobody gets more of the node by asking the API, and the oracle's own calls go on. As for `/rpc`, what the node says
is passed on as it is: no report depends on it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from eth_abi.exceptions import DecodingError
from eth_utils.address import to_canonical_address

from oracle.chain.calls import calldata, returned
from oracle.chain.proof.receipts import Log
from oracle.errors import CatalystError
from oracle.service.rpc_proxy import MAX_BATCH, RpcProxy

Name = TypeVar("Name", bound=str)


class ReadFailed(CatalystError):
    """The node does not say what is asked for now."""


@dataclass(frozen=True)
class Contract:
    """One that is deployed."""

    name: str  # of the artefact
    address: str
    block: int  # that created it


class View(NamedTuple):
    """A function that only reads, and its arguments."""

    contract: Contract
    function: str
    arguments: tuple[object, ...]


class Reader:
    """Reads for one client, as of one block.

    Every method raises TooManyRequests where the client is beyond its rate, and ReadFailed where the node fails.
    """

    def __init__(self, proxy: RpcProxy, client: str, block: int) -> None:
        """`client` is the address that asks; `block` the number of a block that the node keeps the state of."""
        self._proxy, self._client, self.block = proxy, client, block

    async def read(self, contract: Contract, function: str, *arguments: object) -> Any:
        """What a view returns: one value by itself, several as a tuple."""
        return (await self.read_each([View(contract, function, arguments)]))[0]

    async def read_each(self, views: Sequence[View]) -> list[Any]:
        """As `read`, of several."""
        found: list[Any] = []
        for first in range(0, len(views), MAX_BATCH):
            some = views[first : first + MAX_BATCH]
            requests = [_request("eth_call", [_call(view), hex(self.block)]) for view in some]
            answers = await self._proxy.answer(requests, self._client)
            found += [_returned(view, answer) for view, answer in zip(some, _listed(answers), strict=True)]
        return found

    async def logs(
        self, addresses: Sequence[str], topics: Sequence[Sequence[bytes]], first: int, last: int
    ) -> Iterator[Log] | None:
        """The logs of blocks, newest first; None where the node, or the bound on bytes, refuses so many at once.

        Each is decoded when it is taken, as more may be found than anybody asked for.

        Args:
            addresses: Of the contracts.
            topics: Of each place of topics, those that it may be.
            first: Number of the first block.
            last: Of the last one.
        """
        query = {
            "address": list(addresses),
            "topics": [["0x" + each.hex() for each in some] for some in topics],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        answer = await self._proxy.answer(_request("eth_getLogs", [query]), self._client)
        if not isinstance(answer, dict) or "result" not in answer:
            return None
        wanted = {to_canonical_address(each) for each in addresses}
        return (
            log
            for log in _newest_first(answer["result"])
            if first <= log.block_number <= last and log.address in wanted and _has(log.topics, topics)
        )


def state_name(names: Sequence[Name], state: int) -> Name:
    """The name of a contract's state, of which 0 stands for none.

    Raises:
        ReadFailed: it is 0, though an event tells of its subject: the chain was reorganised between two reads.
    """
    if state == 0:
        raise ReadFailed("the chain was reorganised while it was read")
    return names[state - 1]


def _has(found: Sequence[bytes], wanted: Sequence[Sequence[bytes]]) -> bool:
    return len(found) >= len(wanted) and all(one in some for one, some in zip(found, wanted, strict=False))


def _request(method: str, params: list[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def _call(view: View) -> dict[str, str]:
    data = calldata(view.contract.name, view.function, *view.arguments)
    return {"to": view.contract.address, "data": "0x" + data.hex()}


def _listed(answers: object) -> list[Any]:
    if not isinstance(answers, list):
        raise ReadFailed("the oracle's node does not answer a batch")
    return answers


def _returned(view: View, answer: Any) -> Any:
    try:
        return returned(view.contract.name, view.function, bytes.fromhex(answer["result"].removeprefix("0x")))
    except (DecodingError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadFailed(
            f"the oracle's node does not say {view.contract.name}.{view.function} at that block"
        ) from error


def _newest_first(raw: Any) -> Iterator[Log]:
    try:
        for each in sorted(raw, key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)), reverse=True):
            yield _log(each)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ReadFailed("the oracle's node answers a search with what is no list of logs") from error


def _log(raw: Any) -> Log:
    return Log(
        address=to_canonical_address(raw["address"]),
        topics=tuple(_bytes(topic) for topic in raw["topics"]),
        data=_bytes(raw["data"]),
        block_number=int(raw["blockNumber"], 16),
        block_hash=_bytes(raw["blockHash"]),
        transaction_hash=_bytes(raw["transactionHash"]),
        transaction_index=int(raw["transactionIndex"], 16),
        index=int(raw["logIndex"], 16),
    )


def _bytes(raw: str) -> bytes:
    return bytes.fromhex(raw.removeprefix("0x"))
