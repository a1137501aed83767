"""The metrics of a real daemon, and the programs that look at what operators are given."""

import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from oracle.chain.ports import free_ports
from oracle.control.feedback import FeedbackController
from oracle.workload.funding import fund
from tests.conftest import ROOT, Once
from tests.service.site import site_on_anvil
from tests.small_network import OPERATORS

OPERATE = ROOT / "operate"


def program(name: str, requirement: str, *places: Path) -> str:
    """Path of a program; without it a test skips, or fails where the environment requires it."""
    found = next((str(place) for place in places if place.exists()), None) or shutil.which(name)
    if found is None:
        message = f"{name} is not installed on this machine"
        if os.environ.get(requirement):
            pytest.fail(f"{message}, and {requirement} is set")
        pytest.skip(f"{message}; {requirement}=1 makes that a failure")
    return found


@pytest.fixture(scope="session")
def promtool() -> str:
    """Of Debian's package prometheus."""
    return program("promtool", "REQUIRE_PROMTOOL")


@pytest.fixture(scope="session")
def metrics_text(once: Once, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `/metrics` of one of two operators' daemons answers after reports of both."""
    return str(once("metrics", lambda: _scraped(tmp_path_factory.mktemp("operators"))))


def _scraped(directory: Path) -> str:
    with site_on_anvil(directory, FeedbackController().model_hash) as site:
        network = site.network
        operators = list(OPERATORS[:2])
        fund(network.owned.chain, network.payer, operators, 10**18, network.blocks)
        ports = free_ports(len(operators))
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        for index, port in enumerate(ports):
            process = site.start(
                None,
                *("--peer", urls[1 - index], "--port", str(port), "--state", str(directory / f"{index}.sqlite")),
                keys=[OPERATORS[index]],
            )
        site.mine_until(lambda: site.epoch() >= 4, process)
        request = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
        assert "result" in httpx.post(f"{urls[0]}/rpc", json=request).json()
        texts: list[str] = []

        def whole() -> bool:
            texts.append(httpx.get(f"{urls[0]}/metrics").text)
            applied = 'catalyst_reports_total{outcome="applied"} 0.0' not in texts[-1]
            return applied and "catalyst_peer_agrees{" in texts[-1]

        site.mine_until(whole, process)
        return texts[-1]


def samples(text: str) -> list[tuple[str, str]]:
    """Name and labels of each sample."""
    lines = [line.rsplit(" ", 1)[0] for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition("{")[0], line.partition("{")[2].rstrip("}")) for line in lines]


def names_in(expression: str) -> set[str]:
    """Names of our metrics in an expression of PromQL."""
    return set(re.findall(r"\b(?:catalyst|process)_\w+", expression))
