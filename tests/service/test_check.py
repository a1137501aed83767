"""`catalyst check` on a set-up that works, and on set-ups that are broken in one way each."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
import time_machine
from click.testing import CliRunner, Result
from eth_account import Account
from eth_account.signers.local import LocalAccount

from oracle.chain.anvil import AnvilChain
from oracle.chain.ports import free_port, free_ports
from oracle.cli.daemon import check
from oracle.control.feedback import FeedbackController
from oracle.lab.faults.members import Behaviour, Member
from oracle.lab.faults.proxy import FaultProxy
from oracle.model.manifest import DEFAULT_BUNDLE
from oracle.workload.funding import fund
from tests.service.site import Site, site_on_anvil
from tests.small_network import OPERATORS

_EPOCHS = 2
_STRANGER = Account.from_key(b"\x07" * 32)


@dataclass(frozen=True)
class Setup:
    """What an operator gives to `catalyst check`."""

    site: Site
    rpcs: tuple[str, ...]
    peers: tuple[str, ...]
    key: LocalAccount = OPERATORS[0]
    options: tuple[str, ...] = ()
    seconds_behind: float = 3.0  # of the chain, by this machine's clock
    cleanup: list[Callable[[], None]] = field(default_factory=list)

    def check(self, *more: str) -> Result:
        """The command, run while the clock of this machine is as given."""
        site = self.site
        arguments = [
            *(part for url in self.rpcs for part in ("--rpc", url)),
            *(part for url in self.peers for part in ("--peer", url)),
            *("--deployments", str(site.directory), "--state", str(site.directory / "0.sqlite")),
            *("--epoch-blocks", "3", "--depth", "1", "--capacity", "12"),
            *site.keys([self.key]),
            *self.options,
            *more,
        ]
        chain = site.anvil.chain
        with time_machine.travel(chain.timestamp(chain.head()) + self.seconds_behind, tick=True):
            return CliRunner().invoke(check, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    """Operators 0 and 1 have brought two epochs; 0 is about to be started again, and 1 serves its signatures."""
    with site_on_anvil(tmp_path_factory.mktemp("site"), FeedbackController().model_hash) as site:
        fund(site.anvil.chain, site.network.payer, [*OPERATORS[:2], _STRANGER], 10**18, site.network.blocks)
        ports = free_ports(2)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        processes = [
            site.start(
                None,
                *("--port", str(ports[index]), "--peer", urls[1 - index]),
                *("--state", str(site.directory / f"{index}.sqlite")),
                keys=[OPERATORS[index]],
            )
            for index in range(2)
        ]
        site.mine_until(lambda: site.epoch() >= _EPOCHS, processes[1])
        processes[0].terminate()
        assert processes[0].wait(10) == 0
        yield Setup(site, (site.anvil.url,), (urls[1],))


def test_all_is_well_and_each_check_says_so(running: Setup) -> None:
    found = running.check()
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    peer, rpc = running.peers[0], running.rpcs[0]
    assert [line.split(": ")[0].removeprefix("ok   ") for line in lines] == [
        *("configuration", "disk", f"rpc {rpc}", "contracts", "settled block", "deadline", "model", "key"),
        *("balance", "clock", f"peer {peer}"),
    ]
    assert lines[-1].endswith(f"signed the same digest for epoch {running.site.epoch()}")
    assert "chain 31337" in lines[2]


def test_findings_as_json(running: Setup) -> None:
    found = running.check("--json")
    assert found.exit_code == 0
    findings = json.loads(found.output)
    assert {each["ok"] for each in findings} == {True}
    assert findings[0]["what"] == "configuration"
    assert running.check("--json", "--deadline-seconds", "20").exit_code == 1


def test_two_nodes_of_one_chain_agree(running: Setup) -> None:
    other = running.site.anvil.url.replace("127.0.0.1", "localhost")
    found = replace(running, rpcs=(*running.rpcs, other)).check()
    assert found.exit_code == 0, found.output
    assert "all 2 nodes have the same block" in found.output


def _closed_url() -> str:
    return f"http://127.0.0.1:{free_port()}"


def _other_chain(chain_id: int) -> Callable[[Setup], Setup]:
    def broken(setup: Setup) -> Setup:
        other = AnvilChain(genesis_timestamp_seconds=1_600_000_000, chain_id=chain_id)
        setup.cleanup.append(other.close)
        return replace(setup, rpcs=(*setup.rpcs, other.url))

    return broken


def _lagging(setup: Setup) -> Setup:
    proxy = FaultProxy(setup.site.anvil.url)
    proxy.behind_blocks = 5
    setup.cleanup.append(proxy.close)
    return replace(setup, rpcs=(*setup.rpcs, proxy.url))


def _peer(behaviour: Behaviour) -> Callable[[Setup], Setup]:
    def broken(setup: Setup) -> Setup:
        member = Member(behaviour, port=free_port(), honest_url=setup.peers[0], key=bytes(OPERATORS[1].key))
        setup.cleanup.append(member.close)
        return replace(setup, peers=(member.url,))

    return broken


def _unfunded(setup: Setup) -> Setup:
    return replace(setup, key=OPERATORS[2])


def _damaged_journal(setup: Setup) -> Setup:
    path = setup.site.directory / "damaged.sqlite"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    return replace(setup, options=("--state", str(path)))


def _no_contracts(setup: Setup) -> Setup:
    empty = setup.site.directory / "empty"
    empty.mkdir(exist_ok=True)
    return replace(setup, options=("--deployments", str(empty)))


def _policy(setup: Setup) -> Setup:
    return replace(setup, options=("--bundle", str(DEFAULT_BUNDLE)))


BROKEN: dict[str, tuple[Callable[[Setup], Setup], str]] = {
    "no node": (lambda setup: replace(setup, rpcs=(_closed_url(),)), r"rpc http.*is unreachable"),
    "a node of another chain": (_other_chain(31338), r"rpc http.*serves chain 31338 of genesis 0x"),
    "a node of another chain of the same id": (_other_chain(31337), r"rpc http.*serves chain 31337 of genesis 0x"),
    "a node that lags": (_lagging, r"settled block: 1 of 2 nodes have block"),
    "no contracts": (_no_contracts, r"contracts: "),
    "another model": (_policy, r"model: .*the contract expects 0x"),
    "no operator's key": (lambda setup: replace(setup, key=_STRANGER), r"key: no key given is an operator's"),
    "too few peers": (lambda setup: replace(setup, peers=()), r"committee: 1 keys and 0 peers cannot make 2"),
    "no balance": (_unfunded, r"balance: .*send it more"),
    "a clock that is behind": (lambda setup: replace(setup, seconds_behind=-600), r"clock: .*600 s behind"),
    "a chain that has halted": (lambda setup: replace(setup, seconds_behind=86_400), r"clock: .*86\d+ s ahead"),
    "a deadline that is too short": (
        lambda setup: replace(setup, options=("--deadline-seconds", "20")),
        r"deadline: .*raise --deadline-seconds",
    ),
    "an option that cannot be used": (
        lambda setup: replace(setup, options=("--depth", "soon")),
        r"configuration: .*--depth",
    ),
    "a peer that is down": (lambda setup: replace(setup, peers=(_closed_url(),)), r"peer http.*does not answer"),
    "a peer that lies": (_peer(Behaviour.OTHER_DIGEST), r"peer http.*signed 0x\w+ for epoch \d+, and we 0x"),
    "a peer that answers rubbish": (_peer(Behaviour.RUBBISH), r"peer http.*no list of signatures"),
    "a peer that answers without end": (_peer(Behaviour.HUGE), r"peer http.*more than 262144 bytes"),
    "a damaged journal": (_damaged_journal, r"disk: journal .* is damaged"),
}
# Without a node nothing can be looked at; without one of two, one is left that has the settled block.
_LEAVES_LESS = ("no node", "a node of another chain", "a node of another chain of the same id")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_set_up_is_named_and_ends_in_1(running: Setup, name: str) -> None:
    break_it, says = BROKEN[name]
    broken = break_it(running)
    try:
        found = broken.check()
    finally:
        while running.cleanup:
            running.cleanup.pop()()
    assert found.exit_code == 1, found.output
    bad = [line for line in found.output.splitlines() if line.startswith("BAD ")]
    assert len(bad) == (2 if name in _LEAVES_LESS else 1), found.output
    assert re.search(says, bad[0]), found.output
