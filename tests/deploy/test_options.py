"""A second run of `catalyst deploy` with another value of any option is refused, and the refusal names the option."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eth_account import Account

from oracle.chain.addresses import COIN
from oracle.chain.anvil import AnvilChain
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS
from oracle.cli.deploy import deploy
from oracle.control.feedback import FeedbackController
from oracle.engines.pow.terms import WorkTerms
from oracle.engines.registry import ENGINES
from oracle.engines.terms import Terms
from oracle.formulas.lanes import WAD
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund
from tests.cli.started import Ended, end_here

A, B, C, D = (account.address for account in workload_accounts(b"operators", 4))
FIRST = {
    "--operator": f"{A} {B} {C}",
    "--threshold": "2",
    "--guardian": D,
    "--nodes": "4",
    "--miners": "",
    "--theta0": "0.5",
    "--interval-seconds": "10",
    "--half-life-seconds": "2880",
    "--hashes-per-block": "65536",
    "--ledger-capacity": "100",
    "--confirmations": "6",
    "--phi": "feedback",
    "--bundle": "",
    "--key-file": "key",
}
# Another value, and what the refusal says: the value of the first run, and that of the second.
OTHER = {
    "--operator": (f"{A} {C} {B}", f"--operator {A}, {B}, {C}, and {A}, {C}, {B} is asked for"),
    "--threshold": ("3", "--threshold 2, and 3 is asked for"),
    "--guardian": (A, f"--guardian {D}, and {A} is asked for"),
    "--nodes": ("5", "--nodes 4, and 5 is asked for"),
    "--miners": ("miners", "--miners addresses of hash"),
    "--theta0": ("0.40", "--theta0 0.5, and 0.4 is asked for"),
    "--interval-seconds": ("12", "--interval-seconds 10, and 12 is asked for"),
    "--half-life-seconds": ("2881", "--half-life-seconds 2880, and 2881 is asked for"),
    "--hashes-per-block": ("32768", "--hashes-per-block 65536, and 32768 is asked for"),
    "--ledger-capacity": ("101", "--ledger-capacity 100, and 101 is asked for"),
    "--confirmations": ("7", "--confirmations 6, and 7 is asked for"),
    "--engine": ("pos", "--engine pow, and pos is asked for"),
    "--phi": ("oracle", f"--phi model hash 0x{FeedbackController().model_hash.hex()}, and model hash 0x"),
    "--paged": ("", "--paged no, and yes is asked for"),
    "--key-file": ("stranger", "--key-file"),
}


def _of_engine(terms: type[Terms]) -> dict[str, tuple[str, str]]:
    """The same of what a ledger takes under one consensus alone: each option, one more than its default."""
    first = terms.chosen({}, COIN, int(FIRST["--interval-seconds"]))
    values = {option.flag: int(getattr(first, option.name)) for option in terms.options}
    others = {flag: (str(value + 1), f"{flag} {value}, and {value + 1} is asked for") for flag, value in values.items()}
    return others | ({"--stake-token": (A, f"--stake-token {COIN}, and {A} is asked for")} if terms.stakes else {})


OF_ENGINE = {engine: _of_engine(terms) for engine, terms in ENGINES.items() if engine != WorkTerms.engine}
# What a later run may ask for anew, or what says where, and not what, is deployed.
FREE = {
    "--chain": "a trial knows no second run",
    "--rpc": "which chain",
    "--deployments": "which deployment",
    "--keystore": "another way to give the key",
    "--dry-run": "sends nothing",
    "--bundle": "another way to give the model hash, see --phi",
    "--preflight": "added later, see test_contracts_that_only_read_can_be_added_later",
    "--feeds": "added later, see test_contracts_that_only_read_can_be_added_later",
    "--node-feed": "added later, see test_contracts_that_only_read_can_be_added_later",
    "--timelock-seconds": "handed over later, see test_handover.py",
    "--unsteered": "of the chain, not of the deployment",
}


@dataclass(frozen=True)
class Scene:
    url: str
    directory: Path

    def line(self, changes: dict[str, str]) -> list[str]:
        words = ["deploy", "--unsteered", "--rpc", self.url]
        for option, value in (FIRST | changes).items():
            if option == "--operator":
                words += [word for address in value.split() for word in (option, address)]
            elif value or option == "--paged":
                words += [option, value] if value else [option]
        return words

    def record(self) -> dict[str, dict[str, object]]:
        (path,) = (self.directory / "deployments").glob("*.json")
        document: dict[str, dict[str, object]] = json.loads(path.read_text())
        return document


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Anvil with one deployment, and the files that the options name."""
    directory = tmp_path_factory.mktemp("scene")
    node = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, block_seconds=0.25)
    payer, stranger = Account.from_key(node.faucet_key), workload_accounts(b"stranger", 1)[0]
    fund(node.chain, payer, [stranger], WAD, None)
    for name, account in (("key", payer), ("stranger", stranger)):
        (directory / name).write_text(account.key.hex())
        (directory / name).chmod(0o600)
    (directory / "miners").write_text("\n".join([A, B, C, D]))
    found = Scene(node.url, directory)
    (first,) = end_here([found.line({})], directory)
    assert first.code == 0, first.err
    yield found
    node.close()


@pytest.mark.parametrize("engine", OF_ENGINE)
def test_a_second_run_with_another_value_of_a_consensus_is_refused(engine: str, scene: Scene) -> None:
    own = {"--engine": engine, "--deployments": f"of-{engine}"}
    others = OF_ENGINE[engine] | {"--engine": ("pow", f"--engine {engine}, and pow is asked for")}
    lines = [scene.line(own), scene.line(own), *(scene.line(own | {key: value}) for key, (value, _) in others.items())]
    first, again, *refused = end_here(lines, scene.directory)
    assert (first.code, again.code) == (0, 0), first.err + again.err
    for (option, (_, words)), ended in zip(others.items(), refused, strict=True):
        assert ended.code == 2, (option, ended.err)
        assert words in ended.err, (option, ended.err)


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("--engine pos", "--engine pos needs --ledger-capacity"),
        ("--engine dpos --ledger-capacity 9 --slot-seconds 2", "--slot-seconds is none of --engine dpos"),
        ("--delegates 3 --ledger-capacity 9", "--delegates is none of --engine pow"),
        (
            "--engine pos --ledger-capacity 9 --slot-seconds 3",
            "--interval-seconds 10 is no multiple of --slot-seconds 3",
        ),
        ("--engine pos --ledger-capacity 9 --term-slots 2", "--grace-slots 4 is not below --term-slots 2"),
        ("--engine pos --ledger-capacity 9 --stake-token me", "--stake-token: 'me' is no address"),
        (
            "--engine dpos --ledger-capacity 9 --signed-blocks-window 9",
            "--min-signed-per-window 50 is more than --signed-blocks-window 9",
        ),
    ],
)
def test_options_of_a_consensus_that_do_not_fit_are_refused(words: str, refusal: str, tmp_path: Path) -> None:
    (ended,) = end_here([["deploy", "--chain", "eth-tester", *words.split()]], tmp_path)
    assert (ended.code, ended.loaded) == (2, [])
    assert refusal in ended.err


def test_no_option_is_forgotten_here() -> None:
    options = {max(parameter.opts, key=len) for parameter in deploy.params}
    assert options == OTHER.keys() | FREE.keys() | {option for found in OF_ENGINE.values() for option in found}
    assert not OTHER.keys() & FREE.keys()


@pytest.fixture(scope="module")
def refused(scene: Scene) -> dict[str, Ended]:
    """What came of second runs, each with another value of one option."""
    before = scene.record()
    ends = dict(zip(OTHER, end_here([scene.line({o: v}) for o, (v, _) in OTHER.items()], scene.directory), strict=True))
    assert scene.record() == before
    return ends


@pytest.mark.parametrize("option", OTHER)
def test_a_second_run_with_another_value_is_refused(option: str, refused: dict[str, Ended]) -> None:
    ended, says = refused[option], OTHER[option][1]
    assert ended.code == 2, ended
    (line,) = [line for line in ended.err.splitlines() if line.startswith("catalyst: ")]
    assert f"is deployed already with {says}" in line
    assert ended.out == ""


def test_contracts_that_only_read_can_be_added_later(scene: Scene) -> None:
    before = scene.record()["contracts"]
    assert {"ReportPreflight", "DifficultyFeed", "MeanThetaFeed"} <= before.keys()
    (again,) = end_here([[*scene.line({}), "--node-feed", "3"]], scene.directory)
    assert again.code == 0, again.err
    after = scene.record()["contracts"]
    assert after == before | {"NodeThetaFeed/3": after["NodeThetaFeed/3"]}
    assert "NodeThetaFeed/3" in again.out
    (third,) = end_here([[*scene.line({}), "--no-feeds", "--no-preflight"]], scene.directory)
    assert (third.code, scene.record()["contracts"]) == (0, after)
