"""What keeping a file costs on Anvil, to the unit."""

from oracle.lab.bench.gas_calls import CallRow
from oracle.lab.bench.gas_stage import TRANSACTION_GAS
from oracle.lab.bench.gas_storage import measure_storage_gas
from tests.conftest import Figure

GAS = {
    "set a holder": 68_721,
    "bond": 51_867,
    "register a file": 169_900,
    "fund": 54_849,
    "offer": 134_266,
    "accept": 79_214,
    "challenge": 97_852,
    "answer: file of 1 KiB": 193_500,
    "answer: file of 64 KiB": 224_370,
    "answer: file of 1 024 KiB": 244_790,
    "collect rent": 51_385,
    "give notice": 31_085,
    "depart": 64_795,
    "convict": 92_399,
    "withdraw": 43_689,
}


def test_keeping_a_file_costs_what_is_written_here(figure: Figure) -> None:
    rows = measure_storage_gas(figure)
    assert rows == [CallRow("StorageRegistry", call, gas) for call, gas in GAS.items()]
    assert max(GAS.values()) < TRANSACTION_GAS / 60
