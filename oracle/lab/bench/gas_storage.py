"""Gas of keeping a file, on Anvil: from its registration to a holder's exit, and answers for files of several sizes."""

import random
from collections.abc import Callable

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak

from oracle.agreements.sending import Sender
from oracle.chain.calls import calldata
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.keeping.registry import RegistryClient, deploy_registry
from oracle.keeping.terms import NOBODY, RegistrySetup, Terms
from oracle.lab.agreements.faucet import BLOCK_SECONDS, send_all
from oracle.lab.bench.gas_calls import CallRow, say_calls
from oracle.storage.cid import RAW, Cid
from oracle.storage.merkle import ChunkProof, chunk_span, leaves_of, path_of, root_of

CONTRACT = "StorageRegistry"
SIZES = (1_024, 1 << 16, 1 << 20)  # of files that are challenged
SAMPLES = 4
_MINTED = 10**12
_ETHER = 10**18
_PRICE = 1 << 30  # one unit a byte and period
_MAX_RENT = 1 << 21


def measure_storage_gas(say: Callable[[str], None]) -> list[CallRow]:
    """A row for each call, of a holder and an owner whose allowances stand."""
    owned = start_chain("anvil")
    try:
        rows = [CallRow(CONTRACT, call, gas) for call, gas in _Stage(owned).calls()]
    finally:
        owned.close()
    say_calls(rows, say)
    return rows


class _Stage:
    """A registry on a chain whose blocks come when asked; an owner and a holder."""

    def __init__(self, owned: OwnedBlocks) -> None:
        self.owned, self.chain = owned, owned.chain
        faucet: LocalAccount = Account.from_key(owned.faucet_key)
        sender = self._sender(faucet)
        token = str(sender.create("SampleMoney", lambda _: None)["contractAddress"])
        setup = RegistrySetup(token, period_seconds=3_600, notice_seconds=0, rest_blocks=1, samples=SAMPLES)
        self.address = deploy_registry(sender, setup)
        keys = [Account.from_key((6_000 + index).to_bytes(32, "big")) for index in range(2)]
        minted = [(token, calldata("SampleMoney", "mint", key.address, _MINTED), 0) for key in keys]
        send_all(owned, faucet, [*minted, *((key.address, b"", _ETHER) for key in keys)])
        self.owner, self.holder = (RegistryClient(self.chain, self.address, self._sender(key)) for key in keys)

    def calls(self) -> list[tuple[str, int]]:
        """Name and gas of each, in order."""
        owner, holder = self.owner, self.holder
        file, content, leaves, registered = self._registered(SIZES[0])
        gas = [("set a holder", holder.set_holder("eu-west", 1 << 40, _PRICE).gas)]
        holder.bond(1)
        gas += [("bond", holder.bond(_MINTED // 2).gas), ("register a file", registered)]
        owner.fund(file, 1)
        gas.append(("fund", owner.fund(file, _MINTED // 100).gas))
        gas.append(("offer", owner.offer(file, holder.account, self._now() + 3_600).gas))
        gas.append(("accept", holder.accept(file).gas))
        gas.append(("challenge", owner.challenge(file, holder.account).gas))
        gas.append((self._words(SIZES[0]), self._answer(file, content, leaves)))
        for size in SIZES[1:]:
            other, content, leaves, _ = self._registered(size)
            owner.offer(other, holder.account, self._now() + 3_600)
            holder.accept(other)
            owner.challenge(other, holder.account)
            gas.append((self._words(size), self._answer(other, content, leaves)))
        self.owned.next_block(3_600)
        gas.append(("collect rent", holder.collect(file).gas))
        gas.append(("give notice", holder.give_notice(file).gas))
        gas.append(("depart", holder.depart(file).gas))
        gas.append(("convict", self._convict(other)))
        gas.append(("withdraw", holder.withdraw().gas))
        return gas

    def _words(self, size_bytes: int) -> str:
        return f"answer: file of {size_bytes // 1_024:,} KiB".replace(",", " ")

    def _registered(self, size_bytes: int) -> tuple[bytes, bytes, list[bytes], int]:
        content = random.Random(size_bytes).randbytes(size_bytes)  # noqa: S311 - content, no secrets
        leaves = leaves_of([content])
        terms = Terms(
            cid=Cid(RAW, bytes(keccak(content))),
            chunk_root=root_of(leaves),
            size_bytes=size_bytes,
            temperature="warm",
            privacy="public",
            replicas_min=1,
            replicas_max=3,
            steward=NOBODY,
            max_rent=_MAX_RENT,
            regions=("eu",),
        )
        file, sent = self.owner.register(terms)
        return file, content, leaves, sent.gas

    def _answer(self, file: bytes, content: bytes, leaves: list[bytes]) -> int:
        for _ in range(self.owner.setup.draw_delay_blocks + 1):
            self.owned.next_block(BLOCK_SECONDS)
        proofs = []
        for index in self.holder.drawn(file, self.holder.account):
            first, length = chunk_span(len(content), index)
            proofs.append(ChunkProof(content[first : first + length], path_of(leaves, index)))
        return self.holder.answer(file, proofs).gas

    def _convict(self, file: bytes) -> int:
        self.owner.challenge(file, self.holder.account)
        for _ in range(self.owner.setup.draw_delay_blocks + self.owner.setup.answer_blocks + 1):
            self.owned.next_block(BLOCK_SECONDS)
        return self.owner.convict(file, self.holder.account).gas

    def _now(self) -> int:
        return self.chain.timestamp(self.chain.head())

    def _sender(self, key: LocalAccount) -> Sender:
        return Sender(self.chain, key, mine=lambda: self.owned.next_block(BLOCK_SECONDS))
