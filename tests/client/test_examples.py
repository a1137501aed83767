"""The examples run against a real chain: a contract, a program in Python and one in TypeScript."""

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from eth_hash.auto import keccak
from web3.contract import Contract
from web3.exceptions import ContractCustomError, ContractLogicError

from deploy.compile import compile_sources
from oracle.chain.anvil import AnvilChain
from oracle.formulas.lanes import lane_to_wad
from tests.client.conftest import Served
from tests.conftest import ROOT
from tests.contracts.stage import GENESIS_TIMESTAMP_SECONDS, LIMITS, WAD, Stage, deploy_stage

SOLIDITY = "examples/solidity/FreshOnly.sol"
THETA0_WAD, LANES, NODE = [WAD // 2, WAD // 4], [1500, 1000], 1
MAX_AGE_SECONDS = 300  # of the consumer, which is stricter than the contract
INTERFACE = "contracts/feeds/AggregatorV3Interface.sol"


def _run(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_example_in_python_reads_what_a_consumer_needs(served: Served) -> None:
    epoch = served.network.contracts.oracle_state().epoch
    lines = _run([sys.executable, "examples/python/follow.py", served.url])
    p = served.network.contracts.difficulty().difficulty
    assert lines[0] == f"epoch {epoch}, p {p}"
    assert lines[1].startswith("mean theta of 5 nodes 0.")
    assert lines[2] == f"epoch {epoch} by operators [0, 1]"


@pytest.fixture(scope="module")
def program() -> str:
    """The example in TypeScript, checked and built."""
    shutil.rmtree(ROOT / "build/examples", ignore_errors=True)
    _run(["node_modules/.bin/tsc", "-p", "examples/typescript"])
    return "build/examples/examples/typescript/follow.js"


def test_the_example_in_typescript_is_typed_and_finds_the_api_and_the_contract_agree(
    served: Served, program: str
) -> None:
    epoch = served.network.contracts.oracle_state().epoch
    lines = _run(["node", program, served.url, f"{served.url}/rpc"])
    assert lines[0].startswith(f"epoch {epoch}, p ")
    assert lines[1] == "nodes 5 of 5"
    assert lines[2].startswith("theta of node 0 is 0.")
    assert lines[3] == f"epoch {epoch} by operators 0 and 1"


def test_no_example_uses_values_that_are_stale(served: Served, program: str) -> None:
    served.network.owned.next_block(2 * served.network.contracts.oracle_state().limits.max_age_seconds)
    served.daemon.step()
    for command in (
        [sys.executable, "examples/python/follow.py", served.url],
        ["node", program, served.url, f"{served.url}/rpc"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "the report in force is stale: its values are not to be used" in done.stderr


@pytest.fixture
def stage() -> Iterator[Stage]:
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS)
    made = deploy_stage(anvil, theta0_wad=THETA0_WAD, limits=LIMITS)
    yield made
    anvil.close()


def test_the_example_in_solidity_sells_while_theta_is_fresh_and_high_enough(stage: Stage) -> None:
    feed = stage.deploy("NodeThetaFeed", stage.contracts.addresses.oracle, NODE)
    output = compile_sources({path: (ROOT / path).read_text() for path in (SOLIDITY, INTERFACE)})
    compiled = output["contracts"][SOLIDITY]["FreshOnly"]
    factory = stage.chain._w3.eth.contract(abi=compiled["abi"], bytecode=compiled["evm"]["bytecode"]["object"])

    def shop(least_wad: int) -> Contract:
        receipt = stage.send(factory.constructor(feed.address, MAX_AGE_SECONDS, least_wad))
        assert receipt["contractAddress"] is not None
        return stage.chain._w3.eth.contract(address=receipt["contractAddress"], abi=compiled["abi"])

    with pytest.raises(ContractLogicError, match="No data present"):
        shop(0).functions.freshTheta().call()
    stage.apply(LANES)
    theta_wad = THETA0_WAD[NODE] + lane_to_wad(LANES[NODE])
    cheap, dear = shop(theta_wad), shop(theta_wad + 1)
    assert cheap.functions.freshTheta().call() == theta_wad
    assert stage.send(cheap.functions.buy())["status"] == 1
    assert cheap.functions.places(stage.owner.address).call() == 1
    assert _refusal(dear) == _selector("TooSmall(int256,int256)")
    stage.mine(at=stage.now + MAX_AGE_SECONDS)  # no report meanwhile
    assert _refusal(cheap) == _selector("TooOld(uint256,uint256)")


def _refusal(contract: Contract) -> str:
    with pytest.raises(ContractCustomError) as refused:
        contract.functions.buy().call()
    return str(refused.value.data)[:10]


def _selector(error: str) -> str:
    return "0x" + keccak(error.encode())[:4].hex()
