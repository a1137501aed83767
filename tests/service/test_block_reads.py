"""What an oracle asks of its node on a chain with a ledger: each block once, for the window and for the ledger."""

from pathlib import Path

from oracle.service.status import Status
from tests.mined_network import PLAN, mined_network


def test_each_block_is_asked_for_once(tmp_path: Path) -> None:
    with mined_network(tmp_path) as mined:
        mined.play(2)
        store = mined.store()
        cycle = mined.cycle(store, mined.follower(None))
        for _ in range(4 * PLAN.epoch_blocks):
            mined.play(1)
            cycle.step()
        rows = store.latest(10)
        assert sum(row.status == Status.APPLIED for row in rows) >= 2
        asked = mined.node.blocks_asked
        assert set(range(mined.site.first_block, max(row.to_block for row in rows) + 1)) <= set(asked)
        assert set(asked.values()) == {1}
        store.close()
