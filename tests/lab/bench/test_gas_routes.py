"""What routes cost on Anvil, to the unit: a change here shows in review what a change in the contracts costs."""

from oracle.lab.bench.gas_calls import CallRow
from oracle.lab.bench.gas_routes import measure_routes
from oracle.lab.bench.gas_stage import TRANSACTION_GAS
from tests.conftest import Figure

GAS = (
    ("HashLock", "deploy", 735_582),
    ("RouteOffers", "deploy", 498_592),
    ("RouteConditions", "deploy", 1_454_065),
    ("RelayPool", "deploy", 3_977_640),
    ("HashLock", "lock", 74_615),
    ("HashLock", "claim", 49_697),
    ("HashLock", "refund", 48_493),
    ("RelayPool", "open", 85_813),
    ("RelayPool", "claim", 39_510),
    ("RelayPool", "challenge", 74_400),
    ("RelayPool", "decide a dispute, 2 signatures", 87_264),
    ("RelayPool", "decide an open order, 2 signatures", 63_851),
    ("RelayPool", "finalize", 44_513),
    ("RelayPool", "withdraw", 39_493),
    ("RelayPool", "refund", 55_926),
    ("RelayPool", "deposit, a later one", 61_519),
    ("RelayPool", "fill", 72_738),
    ("RelayPool", "fill from the pool", 150_659),
    ("RelayPool", "repay", 55_884),
    ("RelayPool", "redeem", 57_311),
    ("RouteConditions", "publish, the first of a route, 2 of 3", 94_124),
    ("RouteConditions", "publish, the later of a route, 2 of 3", 57_124),
    ("RouteOffers", "post, the first", 185_284),
    ("RouteOffers", "post, a later one", 48_784),
)


def test_calls_of_bridges_cost_what_is_written_here(figure: Figure) -> None:
    rows = measure_routes(figure)
    assert rows == [CallRow(*row) for row in GAS]
    assert max(row.gas for row in rows) < TRANSACTION_GAS
    by_call = {(row.contract, row.call): row.gas for row in rows}
    locks = by_call["HashLock", "lock"] + by_call["HashLock", "claim"]
    assert 2 * locks < 250_000  # both chains of a leg, all calls of it
