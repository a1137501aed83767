"""Figures of a chain by a declared query: `{"figures": ["transactions", …], "first_block": 1, "last_block": 9}`.

All are exact. Counts are JSON numbers; what can be larger than 2^53 is a text of decimal digits, and a fraction is a
text "n/d" in lowest terms, or "n" where it is whole.

    transactions  {"count": 12}
    fees          {"wei": "…", "blocks_at_base_fee": 0}   what was paid for gas; blob gas is not counted
    blocks        {"count": 9, "mean_interval_seconds": "15/2"}   between the first and the last; null of one block
    difficulty    {"by_block": ["…", …]}   p after each block, by DifficultyController
    theta         {"by_block": ["1/2", …], "mean": "1/2"}   mean θ of the active nodes after each block, and over them

Blocks, transactions and fees are proven by the blocks' own headers on chains that make Ethereum's; p and θ are what the
node says that the contracts return.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any

from web3.exceptions import TransactionNotFound, Web3RPCError

from oracle.chain.calls import ContractCalls
from oracle.chain.connection import Chain
from oracle.chain.contracts import Addresses, Contracts
from oracle.chain.proof.check import ChainForm, Disproved, SealedBlock, check_logs
from oracle.chain.proof.headers import Header
from oracle.errors import ChainReorganised, ConnectionFailed, FalseAnswer, InputError
from oracle.plans.templates.report import FIGURES, ReportTerms

MOST_BLOCKS = 10_000  # of one query
OF_CONTRACTS = frozenset({"difficulty", "theta"})  # figures that need a deployment
_WAD = 10**18
_LAST_BLOCK = 2**53  # numbers beyond are not exact in every reader of JSON


class QueryInvalid(InputError):
    """A query cannot be evaluated."""


@dataclass(frozen=True)
class Query:
    """Which figures, of which blocks."""

    figures: tuple[str, ...]  # of FIGURES, in their order
    first_block: int
    last_block: int  # included

    def __post_init__(self) -> None:
        if not self.figures or list(self.figures) != [each for each in FIGURES if each in self.figures]:
            raise QueryInvalid(f"a query names some of the figures {', '.join(FIGURES)}, in this order")
        if not 0 <= self.first_block <= self.last_block < _LAST_BLOCK:
            raise QueryInvalid(f"blocks {self.first_block} to {self.last_block} are no range; give the first one first")
        if self.count > MOST_BLOCKS:
            raise QueryInvalid(f"{self.count} blocks are more than a query may have, {MOST_BLOCKS}; ask for fewer")

    @property
    def count(self) -> int:
        """How many blocks."""
        return self.last_block - self.first_block + 1

    def as_json(self) -> dict[str, Any]:
        """Its JSON form."""
        return {"figures": list(self.figures), "first_block": self.first_block, "last_block": self.last_block}


@dataclass(frozen=True)
class Evaluated:
    """The figures of a query, and the blocks that they are of."""

    query: Query
    figures: dict[str, Any]
    chain_id: int
    first_hash: bytes  # 32 bytes
    last_hash: bytes  # 32 bytes
    addresses: Addresses | None  # of the contracts; None where no figure needs them


@dataclass
class _Tally:
    transactions: int = 0
    fees_wei: int = 0
    blocks_at_base_fee: int = 0
    difficulties: list[str] = field(default_factory=list)
    thetas: list[Fraction] = field(default_factory=list)


def query_of(document: object) -> Query:
    """A query of its JSON form.

    Raises:
        QueryInvalid: it is none.
    """
    names = {"figures", "first_block", "last_block"}
    if not isinstance(document, Mapping) or set(document) != names:
        raise QueryInvalid(f"a query is an object with {', '.join(sorted(names))}, and nothing else")
    figures, first, last = document["figures"], document["first_block"], document["last_block"]
    if not isinstance(figures, list) or not all(isinstance(each, str) for each in figures):
        raise QueryInvalid("the figures of a query are a list of names")
    if type(first) is not int or type(last) is not int:
        raise QueryInvalid("first_block and last_block of a query are whole numbers")
    return Query(tuple(figures), first, last)


def query_of_terms(terms: ReportTerms) -> Query:
    """The query that an agreement on a public report declares.

    Raises:
        QueryInvalid: its terms are no query.
    """
    return Query(terms.figures, terms.first_block, terms.last_block)


def evaluate(chain: Chain, query: Query, addresses: Addresses | None = None) -> Evaluated:
    """Compute the figures of a query.

    Args:
        chain: The chain.
        query: What is asked.
        addresses: Of the deployment; only difficulty and theta need it.

    Raises:
        QueryInvalid: a block is not mined yet, a figure needs a deployment and none is given, or the contracts have no
            value at a block.
        ChainReorganised: blocks changed while they were read.
        ConnectionFailed: the node does not answer.
    """
    of_contracts = [each for each in query.figures if each in OF_CONTRACTS]
    if of_contracts and addresses is None:
        raise QueryInvalid(f"{of_contracts[0]} is a figure of the contracts: give the deployment that it is of")
    head = chain.head()
    if query.last_block > head:
        raise QueryInvalid(f"block {query.last_block} is not mined yet; the latest one is {head}")
    used = addresses if of_contracts else None
    contracts = None if used is None else Contracts(chain, used)
    form, tally = ChainForm(chain.name), _Tally()
    first: Header | None = None
    last: Header | None = None
    for number in range(query.first_block, query.last_block + 1):
        header = _add_block(chain, query, number, tally, form)
        if last is not None and header.parent_hash != last.hash:
            raise ChainReorganised(f"block {number} does not follow block {number - 1} any more; read them again")
        if contracts is not None:
            _add_contracts(contracts, query, header, tally)
        first, last = first or header, header
    if first is None or last is None or chain.block_hash(last.number) != last.hash:
        raise ChainReorganised(f"block {query.last_block} was replaced while blocks were read; read them again")
    figures = _figures(query, tally, last.timestamp_seconds - first.timestamp_seconds)
    return Evaluated(query, figures, chain.chain_id, first.hash, last.hash, used)


def _figures(query: Query, tally: _Tally, seconds: int) -> dict[str, Any]:
    interval = str(Fraction(seconds, query.count - 1)) if query.count > 1 else None
    mean = str(sum(tally.thetas, Fraction(0)) / len(tally.thetas)) if tally.thetas else None
    found = {
        "transactions": {"count": tally.transactions},
        "fees": {"wei": str(tally.fees_wei), "blocks_at_base_fee": tally.blocks_at_base_fee},
        "blocks": {"count": query.count, "mean_interval_seconds": interval},
        "difficulty": {"by_block": tally.difficulties},
        "theta": {"by_block": [str(each) for each in tally.thetas], "mean": mean},
    }
    return {name: found[name] for name in query.figures}


def _add_block(chain: Chain, query: Query, number: int, tally: _Tally, form: ChainForm) -> Header:
    if not {"transactions", "fees"} & set(query.figures):
        return chain.header(number)
    sealed = chain.sealed_block(number)
    tally.transactions += len(sealed.block.transactions)
    if "fees" in query.figures:
        paid = _paid_wei(chain, sealed, form)
        if paid is None:
            if not sealed.header.base_fee_wei and sealed.block.gas_used:
                raise QueryInvalid(
                    f"{chain.name} has neither receipts nor a base fee of block {number}, so that its fees are not "
                    "known; ask a node that keeps receipts"
                )
            paid = sealed.block.gas_used * sealed.header.base_fee_wei
            tally.blocks_at_base_fee += 1
        tally.fees_wei += paid
    return sealed.header


def _paid_wei(chain: Chain, sealed: SealedBlock, form: ChainForm) -> int | None:
    """What the transactions of a block paid for gas, by its receipts; None where the node has not kept all of them."""
    block = sealed.block
    if not block.transactions:
        return 0
    receipts = _receipts(chain, [each.hash for each in block.transactions])
    if receipts is None:
        return None
    try:
        check_logs(receipts, sealed, form)
        totals = [0, *(_quantity(receipt, "cumulativeGasUsed") for receipt in receipts)]
    except (Disproved, ValueError) as error:
        if chain.block_hash(block.number) != block.hash:
            raise ChainReorganised(f"block {block.number} was replaced while its receipts were read") from None
        raise FalseAnswer(
            f"{chain.name} says of block {block.number} what its own header disproves: {error}; give another node"
        ) from error
    used = [after - before for before, after in pairwise(totals)]
    return sum(gas * each.gas_price_wei for gas, each in zip(used, block.transactions, strict=True))


def _receipts(chain: Chain, hashes: Sequence[bytes]) -> list[Mapping[str, Any]] | None:
    found: list[Any] = []
    try:
        found = chain.request_each("eth_getTransactionReceipt", [["0x" + each.hex()] for each in hashes])
    except TransactionNotFound:
        return None
    except ConnectionFailed as error:
        if not isinstance(error.__cause__, Web3RPCError):
            raise
        return None  # the node refuses the method
    return found if all(isinstance(each, Mapping) for each in found) else None


def _add_contracts(contracts: Contracts, query: Query, header: Header, tally: _Tally) -> None:
    number = header.number
    with contracts.chain.pinned(number, header.hash):
        registry = ContractCalls(contracts.chain, "PhiOracle", contracts.addresses.oracle)
        active = int(registry.read("activeCount", block=number))
        if active == 0:
            raise QueryInvalid(f"no node is active after block {number}, so that p and θ are not defined there")
        if "difficulty" in query.figures:
            tally.difficulties.append(str(contracts.difficulty(number).difficulty))
        if "theta" in query.figures:
            tally.thetas.append(Fraction(sum(contracts.thetas(number)), active * _WAD))


def _quantity(raw: Mapping[str, Any], name: str) -> int:
    value = raw.get(name)
    if isinstance(value, str):
        return int(value, 16)
    if isinstance(value, int):
        return value
    raise ValueError(f"field {name!r} is missing")
