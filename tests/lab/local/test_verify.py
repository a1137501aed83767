"""What the README promises of applied reports: `verify_epoch` finds any value that the formulas do not give."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from oracle.chain.contracts import Contracts, DifficultyReading
from oracle.chain.owned import start_chain
from oracle.errors import FormulaMismatch
from oracle.formulas.lanes import WAD, WAD_PER_UNIT
from oracle.lab.local.verify import verify_epoch
from oracle.model.bundle import Bundle
from oracle.service.store import ReportRow
from oracle.window.window import Nodes
from tests.small_network import Network, make_network


@pytest.fixture(scope="module")
def applied(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, ReportRow]:
    """A network whose first report is applied, and its row."""
    network = make_network(start_chain("anvil"), bundle.model_hash)
    store = network.store(tmp_path_factory.mktemp("journal") / "oracle.sqlite")
    cycle = network.cycle(bundle, store)
    network.blocks(8)
    network.owned.next_block(300)  # far behind its schedule, so that d is not the anchor's
    while (step := cycle.step()).outcome != "applied":
        network.blocks()
    store.close()
    assert step.row is not None
    return network, step.row


class Altered(Contracts):
    """The contracts of a network, with one answer changed on its way."""

    def __init__(
        self,
        network: Network,
        *,
        nodes: Callable[[Nodes], Nodes] = lambda nodes: nodes,
        thetas: Callable[[list[int]], list[int]] = lambda thetas: thetas,
        difficulty: Callable[[DifficultyReading], DifficultyReading] = lambda reading: reading,
    ) -> None:
        super().__init__(network.owned.chain, network.contracts.addresses)
        self._nodes, self._thetas, self._difficulty = nodes, thetas, difficulty

    def nodes(self, block: int) -> Nodes:
        return self._nodes(super().nodes(block))

    def thetas(self, block: int) -> list[int]:
        return self._thetas(super().thetas(block))

    def difficulty(self, block: int | None = None) -> DifficultyReading:
        return self._difficulty(super().difficulty(block))


def test_a_report_as_the_chain_applied_it_is_what_the_formulas_give(applied: tuple[Network, ReportRow]) -> None:
    network, row = applied
    result = verify_epoch(network.contracts, row)
    assert row.block_number is not None
    nodes = network.contracts.nodes(row.block_number)
    # Else what follows would be about zeros, and about d at its anchor.
    assert all(row.lanes)
    assert network.contracts.difficulty(row.block_number).base_difficulty != network.contracts.anchor.difficulty
    assert nodes.lanes == row.lanes
    assert (result.epoch, result.applied_in_block) == (row.epoch, row.block_number)
    assert (result.from_block, result.to_block) == (row.from_block, row.to_block)
    assert result.signers == row.signers == (0, 1)
    assert result.gas_used == row.gas_used
    thetas = [0.5 + lane / (1 << 15) for lane in row.lanes]
    assert (result.theta_min, result.theta_max) == pytest.approx((min(thetas), max(thetas)))
    assert result.mean_phi == pytest.approx(sum(row.lanes) / len(row.lanes) / (1 << 15))
    assert 0 <= result.max_relative_error < 1e-12
    reading = network.contracts.difficulty(row.block_number)
    assert (result.sum_exp_wad, result.base_difficulty, result.difficulty) == (
        reading.sum_exp_wad,
        reading.base_difficulty,
        reading.difficulty,
    )


@pytest.mark.parametrize("node", [0, 4])
@pytest.mark.parametrize("by", [1, -1])
def test_a_lane_other_than_the_one_signed_is_found(applied: tuple[Network, ReportRow], node: int, by: int) -> None:
    network, row = applied
    lanes = list(row.lanes)
    lanes[node] += by
    with pytest.raises(FormulaMismatch, match="the lanes on chain are not those that were signed"):
        verify_epoch(network.contracts, replace(row, lanes=tuple(lanes)))


@pytest.mark.parametrize("kept", [0, 4])
def test_a_lane_that_nobody_signed_is_found(applied: tuple[Network, ReportRow], kept: int) -> None:
    """Nodes past the report's last have lane 0, and no other."""
    network, row = applied
    assert row.lanes[4] != 0
    with pytest.raises(FormulaMismatch, match="the lanes on chain are not those that were signed"):
        verify_epoch(network.contracts, replace(row, lanes=row.lanes[:kept]))


@pytest.mark.parametrize("by", [1, -1])
def test_d_that_asert_does_not_give_is_found(applied: tuple[Network, ReportRow], by: int) -> None:
    network, row = applied

    def changed(reading: DifficultyReading) -> DifficultyReading:
        return replace(reading, base_difficulty=reading.base_difficulty + by)

    with pytest.raises(FormulaMismatch, match=r"d on chain is \d+ but ASERT gives"):
        verify_epoch(Altered(network, difficulty=changed), row)


@pytest.mark.parametrize("change", [{"timestamp_seconds": 700}, {"height": 70}])
def test_d_is_that_of_the_blocks_own_height_and_time(
    applied: tuple[Network, ReportRow], change: dict[str, int]
) -> None:
    network, row = applied

    def changed(reading: DifficultyReading) -> DifficultyReading:
        return replace(reading, **{name: getattr(reading, name) + by for name, by in change.items()})

    with pytest.raises(FormulaMismatch, match=r"d on chain is \d+ but ASERT gives"):
        verify_epoch(Altered(network, difficulty=changed), row)


@pytest.mark.parametrize("node", [0, 4])
@pytest.mark.parametrize("by", [1, -WAD_PER_UNIT])
def test_theta_that_is_not_theta0_and_phi_is_found(applied: tuple[Network, ReportRow], node: int, by: int) -> None:
    network, row = applied

    def changed(thetas: list[int]) -> list[int]:
        return [theta + by * (at == node) for at, theta in enumerate(thetas)]

    with pytest.raises(FormulaMismatch, match=f"theta of node {node} is"):
        verify_epoch(Altered(network, thetas=changed), row)


@pytest.mark.parametrize("by", [1 - 2e-12, 1 + 2e-12])
def test_a_sum_of_exp_off_by_two_parts_in_a_million_million_is_found(
    applied: tuple[Network, ReportRow], by: float
) -> None:
    network, row = applied

    def changed(reading: DifficultyReading) -> DifficultyReading:
        return replace(reading, sum_exp_wad=reading.sum_exp_wad + int(reading.sum_exp_wad * (by - 1)))

    with pytest.raises(FormulaMismatch, match="sum of exp"):
        verify_epoch(Altered(network, difficulty=changed), row)


@pytest.mark.parametrize("by", [1, -1])
def test_p_off_by_one_is_found(applied: tuple[Network, ReportRow], by: int) -> None:
    network, row = applied

    def changed(reading: DifficultyReading) -> DifficultyReading:
        return replace(reading, difficulty=reading.difficulty + by)

    with pytest.raises(FormulaMismatch, match="p on chain is"):
        verify_epoch(Altered(network, difficulty=changed), row)


def test_a_retired_node_that_counts_in_the_sum_is_found(applied: tuple[Network, ReportRow]) -> None:
    network, row = applied

    def changed(nodes: Nodes) -> Nodes:
        return replace(nodes, active=(False, *nodes.active[1:]))

    with pytest.raises(FormulaMismatch, match="sum of exp"):
        verify_epoch(Altered(network, nodes=changed), row)


def test_another_anchor_than_the_contracts_is_found(applied: tuple[Network, ReportRow]) -> None:
    network, row = applied
    altered = Altered(network)
    altered.anchor = replace(altered.anchor, half_life_seconds=altered.anchor.half_life_seconds + 1)
    with pytest.raises(FormulaMismatch, match="but ASERT gives"):
        verify_epoch(altered, row)


def test_theta0_is_exact_to_the_last_wei_of_it(applied: tuple[Network, ReportRow]) -> None:
    network, row = applied

    def changed(nodes: Nodes) -> Nodes:
        return replace(nodes, theta0_wad=(WAD // 2 + 1, *nodes.theta0_wad[1:]))

    with pytest.raises(FormulaMismatch, match="theta of node 0 is"):
        verify_epoch(Altered(network, nodes=changed), row)
