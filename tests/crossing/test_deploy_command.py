"""`catalyst route deploy` on two chains, and what the file of chains says then."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from eth_account import Account
from eth_utils.address import to_checksum_address

from oracle.agreements.sending import Sender
from oracle.chain.anvil import AnvilChain
from oracle.chain.calls import ContractCalls
from oracle.cli.commands import cli
from oracle.crossing.places import read_places
from oracle.errors import InputError, SettingsError

OPERATORS = tuple(str(to_checksum_address(f"0x{number:040x}")) for number in (0xA1, 0xA2, 0xA3))
COMMITTEE = [*(word for operator in OPERATORS for word in ("--operator", operator)), "--threshold", "2"]


@pytest.fixture
def chains() -> Iterator[list[AnvilChain]]:
    nodes = [AnvilChain(genesis_timestamp_seconds=1_767_225_600, chain_id=each, block_seconds=0.2) for each in (7, 8)]
    yield nodes
    for node in nodes:
        node.close()


def _deploy(node: AnvilChain, name: str, folder: Path, *words: str) -> Result:
    key = folder / "key"
    key.write_text(node.faucet_key.hex())
    key.chmod(0o600)
    line = ["route", "deploy", "--rpc", node.url, "--deployments", str(folder), "--key-file", str(key)]
    line += ["--name", name, "--places", str(folder / "places.json"), "--asset", "USDC", "--decimals", "6"]
    return CliRunner().invoke(cli, [*line, *words], catch_exceptions=False)


def _token(node: AnvilChain) -> str:
    sender = Sender(node.chain, Account.from_key(node.faucet_key))
    return str(sender.create("SampleMoney", lambda _: None)["contractAddress"])


def test_two_chains_are_deployed_on_once_and_join_in_one_file(chains: list[AnvilChain], tmp_path: Path) -> None:
    tokens = [_token(node) for node in chains]
    for node, name, token in zip(chains, "AB", tokens, strict=True):
        said = _deploy(node, name, tmp_path, "--token", token, *COMMITTEE).output
        assert said.startswith(f"{name} is chain {node.chain.chain_id} in ")
        head = node.chain.nonce(Account.from_key(node.faucet_key).address, pending=True)
        assert _deploy(node, name, tmp_path, "--token", token, *COMMITTEE).output == said
        assert node.chain.nonce(Account.from_key(node.faucet_key).address, pending=True) == head
    places = read_places(tmp_path / "places.json")
    assert (places.asset, places.decimals, sorted(places.by_name)) == ("USDC", 6, ["A", "B"])
    for node, name, token in zip(chains, "AB", tokens, strict=True):
        conditions = ContractCalls(node.chain, "RouteConditions", places[name].addresses.conditions)
        operators, threshold = conditions.read("committee")
        assert ([str(to_checksum_address(each)) for each in operators], threshold) == (list(OPERATORS), 2)
        pool = ContractCalls(node.chain, "RelayPool", places[name].addresses.pool).read("terms")
        assert [pool[0].lower(), pool[1].lower()] == [token.lower(), places[name].addresses.conditions.lower()]
        record = json.loads((tmp_path / f"{node.chain.chain_id}.routes.json").read_text())
        assert sorted(record["contracts"]) == ["HashLock", "RelayPool", "RouteConditions", "RouteOffers"]
    quoted = CliRunner().invoke(cli, ["route", "quote", "--places", str(tmp_path / "places.json")])
    assert quoted.exit_code == 0, quoted.output


def test_who_is_to_sign_is_asked_and_times_are_the_same_on_all_chains(chains: list[AnvilChain], tmp_path: Path) -> None:
    token = _token(chains[0])
    with pytest.raises(SettingsError, match=r"no .*7\.json with a PhiOracle, so nobody can sign: name operators"):
        _deploy(chains[0], "A", tmp_path, "--token", token)
    with pytest.raises(SettingsError, match="--operator and --threshold belong together"):
        _deploy(chains[0], "A", tmp_path, "--token", token, "--threshold", "2")
    _deploy(chains[0], "A", tmp_path, "--token", token, *COMMITTEE)
    with pytest.raises(InputError, match="give the same, or another file"):
        _deploy(chains[0], "A", tmp_path, "--token", token, *COMMITTEE, "--skew-seconds", "5")


def test_the_committee_is_that_of_the_phi_oracle(chains: list[AnvilChain], tmp_path: Path) -> None:
    line = ["deploy", "--rpc", chains[0].url, "--deployments", str(tmp_path), "--nodes", "2"]
    line += [*(word for operator in OPERATORS for word in ("--operator", operator))]
    key = tmp_path / "key"
    key.write_text(chains[0].faucet_key.hex())
    key.chmod(0o600)
    deployed = CliRunner().invoke(cli, [*line, "--key-file", str(key)], catch_exceptions=False)
    assert deployed.exit_code == 0, deployed.output
    _deploy(chains[0], "A", tmp_path, "--token", _token(chains[0]))
    oracle = json.loads((tmp_path / "7.json").read_text())["contracts"]["PhiOracle"]["address"]
    conditions = read_places(tmp_path / "places.json")["A"].addresses.conditions
    assert ContractCalls(chains[0].chain, "RouteConditions", conditions).read("ORACLE").lower() == oracle.lower()
