"""What agreements cost on Anvil, to the unit: a change here shows in review what a change in the contracts costs."""

import pytest

from oracle.lab.bench.gas_plans import CALLS, ClearingRow, PlanRow, measure_clearing, measure_plans, sale_gas
from oracle.lab.bench.gas_stage import TRANSACTION_GAS
from tests.conftest import Figure

GAS = {
    "first": (243_431, 48_100, 47_684, 106_510, 57_793),
    "later": (209_219, 48_100, 47_684, 89_410, 40_693),
}
FROM_PROPOSAL_TO_PAYMENT = {"first": 445_725, "later": 394_413}


def test_a_sale_costs_what_is_written_here(figure: Figure) -> None:
    rows = measure_plans(figure)
    assert rows == [
        PlanRow("PlanBook", sale, call, gas)
        for sale, measured in GAS.items()
        for call, gas in zip(CALLS, measured, strict=True)
    ]
    assert {sale: sale_gas(rows, sale) for sale in GAS} == FROM_PROPOSAL_TO_PAYMENT
    assert max(FROM_PROPOSAL_TO_PAYMENT.values()) < 450_000


def test_two_thousand_obligations_of_a_hundred_parties_take_one_transaction(figure: Figure) -> None:
    row = measure_clearing(figure)
    assert row == ClearingRow(
        contract="Clearing",
        parties=100,
        obligations=2_000,
        gas=7_626_676,
        payments=100,
        saved=1_900,
        gross=1_008_547_877,
        moved=112_993_763,
    )
    assert row.gas < TRANSACTION_GAS
    assert row.saved == row.obligations - row.payments


@pytest.mark.parametrize("parties", [2, 5])
def test_few_parties_need_fewer_payments_still(parties: int) -> None:
    row = measure_clearing(lambda _: None, parties=parties, obligations=20)
    assert (row.parties, row.obligations) == (parties, 20)
    assert row.payments <= parties
    assert 0 <= row.moved < row.gross
