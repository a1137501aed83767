"""Reading blocks across a reorganisation, on Anvil."""

from oracle.chain.anvil import AnvilChain
from oracle.chain.watch import BlockWatcher


def test_blocks_of_an_abandoned_branch_are_read_again(anvil: AnvilChain) -> None:
    for step in range(1, 11):
        anvil.produce_block(anvil.chain.timestamp(0) + 10 * step)
    watcher = BlockWatcher(anvil.chain, keep_blocks=32)
    before = watcher.blocks(1, 10)
    anvil.chain.request("anvil_reorg", [4, []])
    after = watcher.blocks(1, 10)
    hashes, again = ([sealed.block.hash for sealed in run] for run in (before, after))
    assert hashes[:6] == again[:6]
    assert all(old != new for old, new in zip(hashes[6:], again[6:], strict=True))
    assert again == [anvil.chain.block(number).hash for number in range(1, 11)]


def test_settled_blocks_are_fetched_once(anvil: AnvilChain) -> None:
    for step in range(1, 7):
        anvil.produce_block(anvil.chain.timestamp(0) + 10 * step)
    watcher = BlockWatcher(anvil.chain, keep_blocks=32)
    first = watcher.blocks(1, 5)
    second = watcher.blocks(1, 6)
    assert all(kept is again for kept, again in zip(first, second[:5], strict=True))


def test_only_the_last_blocks_are_kept(anvil: AnvilChain) -> None:
    for step in range(1, 12):
        anvil.produce_block(anvil.chain.timestamp(0) + 10 * step)
    watcher = BlockWatcher(anvil.chain, keep_blocks=4)
    first = watcher.blocks(1, 10)
    second = watcher.blocks(1, 11)
    assert second[:10] == first
    assert [kept is again for kept, again in zip(first, second, strict=False)] == [False] * 6 + [True] * 4
