"""The clock's unit: an anchor in milliseconds is refused, since every interval would seem a thousand times too long."""

import pytest

from tests.trust.evm import Reverted
from tests.trust.scene import GENESIS_TIMESTAMP, Scene

LATEST = 7_258_118_400


@pytest.mark.parametrize("name", ["DifficultyController", "PowLedger"])
def test_a_clock_that_does_not_count_seconds_is_refused_where_d_is_anchored(name: str) -> None:
    scene = Scene(nodes=2)
    anchored = (scene.oracle.address, 1 << 20, 10, 2880)
    arguments = ((*anchored, 1_000, 6),) if name == "PowLedger" else anchored
    for wrong in (GENESIS_TIMESTAMP * 1_000, LATEST + 1, 1 << 70):
        scene.chain.at(timestamp=wrong)
        with pytest.raises(Reverted) as refused:
            scene.chain.deploy(name, *arguments, sender=scene.owner)
        assert refused.value.failure == ("ClockNotInSeconds", wrong, LATEST)
    scene.chain.at(timestamp=LATEST)
    deployed = scene.chain.deploy(name, *arguments, sender=scene.owner)
    assert deployed.read("baseDifficulty") == 1 << 20
