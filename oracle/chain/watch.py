"""Blocks as they settle, fetched and parsed once and checked for reorganisations."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from oracle.chain.connection import Chain
from oracle.chain.proof.check import SealedBlock
from oracle.chain.proof.headers import Header
from oracle.errors import ChainReorganised, ConnectionFailed


class BlockWatcher:
    """Reads runs of blocks and keeps the last ones, as long as they still link to what the chain has."""

    def __init__(self, chain: Chain, keep_blocks: int) -> None:
        self._chain = chain
        self._keep = keep_blocks
        self._blocks: dict[int, SealedBlock] = {}

    def block(self, number: int) -> SealedBlock:
        """One block of the chain as it is now, kept for the runs that come."""
        kept = self._blocks.get(number)
        if kept is None or kept.block.hash != self._chain.block_hash(number):
            kept = self._blocks[number] = self._chain.sealed_block(number)
        return kept

    def blocks(self, first: int, last: int) -> Sequence[SealedBlock]:
        """Blocks `first` to `last`, oldest first.

        The newest is fetched anew where the chain has another now; where a kept block is not the parent its successor
        names, it and all below it are fetched again. What is returned can still fail to link if the chain moves
        meanwhile: the window checks.
        """
        newest = self._blocks.get(last)
        if newest is None or newest.block.hash != self._chain.block_hash(last):
            self._blocks[last] = self._chain.sealed_block(last)
        for number in range(last - 1, first - 1, -1):
            kept = self._blocks.get(number)
            if kept is None or kept.block.hash != self._blocks[number + 1].block.parent_hash:
                self._blocks[number] = self._chain.sealed_block(number)
        run = [self._blocks[number] for number in range(first, last + 1)]
        self._blocks = {number: block for number, block in self._blocks.items() if abs(last - number) < self._keep}
        return run


@contextmanager
def one_branch(chain: Chain, number: int, read: Header | None = None) -> Iterator[Header]:
    """Reads inside, up to block `number`, are all of one branch; those of the state after it go by its hash.

    Args:
        chain: Where they are made.
        number: Of the block.
        read: Its header, where it was read just now.

    Yields:
        The header of block `number`.

    Raises:
        ChainReorganised: block `number` is another one at the end, so that what was read may not fit together.
    """
    before = chain.header(number) if read is None else read
    try:
        with chain.pinned(number, before.hash):
            yield before
    except (IndexError, ValueError, ConnectionFailed):
        # Counts and words of two branches may already have clashed inside, or the node may not have the block any more.
        if chain.block_hash(number) == before.hash:
            raise
    else:
        if chain.block_hash(number) == before.hash:
            return
    raise ChainReorganised(f"block {number} was replaced while the chain was read at it")
