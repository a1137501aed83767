"""Containers of a trial: linted, hardened, without secrets, and what they run really runs, on a host in their place."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from operate import trial
from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import find_deployment
from oracle.cli.commands import cli
from oracle.cli.environment import commands_of
from tests.conftest import ROOT
from tests.operate.compose import COMPOSE, DOCKERFILES, Processes, services, words_of
from tests.operate.conftest import OPERATE, program

# Matters of taste: order of keys, quotes that are needed within brackets, and a name for an image that is built here.
TASTE = (
    "no-build-and-image",
    "service-keys-order",
    "top-level-properties-order",
    "no-quotes-in-volumes",
    "require-quotes-in-ports",
)
OURS = [name for name, service in services().items() if service["image"] in DOCKERFILES]
OPERATORS = [name for name in OURS if name.startswith("operator")]
NODES = [name for name in OURS if name.startswith("node")]
DAEMONS = [*OPERATORS, "api"]
each_dockerfile = pytest.mark.parametrize("dockerfile", DOCKERFILES.values(), ids=lambda path: path.name)


def _lint_compose(path: Path) -> subprocess.CompletedProcess[str]:
    dclint = program("dclint", "REQUIRE_CONTAINER_LINTERS", ROOT / "node_modules/.bin/dclint")
    rules = [word for rule in TASTE for word in ("--disable-rule", rule)]
    return subprocess.run(
        [dclint, str(path), "--max-warnings", "0", "--color", "false", *rules],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_compose_file_is_of_its_schema_and_the_linter_has_nothing_to_say(tmp_path: Path) -> None:
    linted = _lint_compose(COMPOSE)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    (tmp_path / "compose.yaml").write_text(COMPOSE.read_text().replace("mem_limit:", "memory_limit:"))
    assert _lint_compose(tmp_path / "compose.yaml").returncode != 0


@each_dockerfile
def test_the_linter_has_nothing_to_say_of_the_dockerfile(dockerfile: Path) -> None:
    hadolint = program("hadolint", "REQUIRE_CONTAINER_LINTERS", Path(sys.executable).with_name("hadolint"))
    linted = subprocess.run([hadolint, str(dockerfile)], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout


def test_every_image_has_a_version() -> None:
    images = [service["image"] for service in services().values()]
    for dockerfile in DOCKERFILES.values():
        images += re.findall(r"^FROM (\S+)", dockerfile.read_text(), re.MULTILINE)
    assert all(re.search(r":v?\d+\.\d+\.\d+", image) for image in images), images


def test_every_service_is_hardened() -> None:
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    for dockerfile in DOCKERFILES.values():
        last = dockerfile.read_text().split("\nFROM ")[-1]  # what runs; the stages before it build
        assert re.search(r"^USER \$\{UID\}$", last, re.MULTILINE), dockerfile.name
        assert "ARG UID=10001" in last
        assert "pip install" not in last


def test_no_secret_is_in_a_file_for_operators() -> None:
    for path in OPERATE.iterdir():
        if path.is_file() and path.name != ".env":
            assert not re.search(r"\b(0x)?[0-9a-fA-F]{64}\b", path.read_text()), path.name
    for name in OURS:
        keys = [word for word in services()[name]["command"] if word.startswith("/run/secrets/")]
        assert [key.removeprefix("/run/secrets/") for key in keys] == services()[name]["secrets"]


def test_options_variables_and_paths_are_those_of_the_command_line() -> None:
    commands = dict(commands_of(cli))
    for name in OURS:
        command = commands[words_of(name)[1],]
        options = {option: each for each in command.params for option in each.opts}
        asked = [word for word in words_of(name) if word.startswith("--")]
        assert set(asked) <= options.keys(), name
        known = {each.envvar for each in (*command.params, *cli.params)}
        assert set(services()[name]["environment"]) <= known, name
        environment = services()[name]["environment"]
        folders = [volume.split(":")[1] for volume in services()[name]["volumes"]]
        written = [environment[key] for key in environment if key.endswith(("_STATE", "_DEPLOYMENTS"))]
        assert all(any(path.startswith(folder) for folder in folders) for path in written), name
    (port,) = {services()[name]["environment"]["CATALYST_ORACLE_PORT"] for name in DAEMONS}
    for name in DAEMONS:
        assert f"EXPOSE {port}\n" in DOCKERFILES[services()[name]["image"]].read_text()
    assert f":{port}/health" in services()["operator0"]["healthcheck"]["test"][-1]
    scraped = yaml.safe_load((OPERATE / "prometheus.yaml").read_text())["scrape_configs"][0]["static_configs"][0]
    assert scraped["targets"] == [f"{name}:{port}" for name in DAEMONS]


def test_each_operator_asks_all_others() -> None:
    assert len(OPERATORS) == trial.OPERATORS
    for name in DAEMONS:
        command = services()[name]["command"]
        peers = [command[at + 1] for at, word in enumerate(command) if word == "--peer"]
        assert peers == [f"http://{other}:8460" for other in OPERATORS if other != name]


def test_each_node_has_an_index_and_a_key_of_its_own() -> None:
    assert len(NODES) == trial.NODES
    for index, name in enumerate(NODES):
        assert services()[name]["command"] == ["--index", str(index), "--key-file", f"/run/secrets/{name}"]


def test_grafana_is_given_what_it_looks_for() -> None:
    service = services()["grafana"]
    mounted = dict(volume.split(":")[:2] for volume in service["volumes"])
    assert all((OPERATE / source).is_file() for source in mounted if source.startswith("./"))
    places = {place: OPERATE / source for source, place in mounted.items()}
    (source,) = yaml.safe_load(places["/etc/grafana/provisioning/datasources/catalyst.yaml"].read_text())["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert service["depends_on"] == ["prometheus"]
    dashboards = places["/etc/grafana/provisioning/dashboards/catalyst.yaml"].read_text()
    (provider,) = yaml.safe_load(dashboards)["providers"]
    assert service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].startswith(provider["options"]["path"])
    assert places[service["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]].name == "dashboard.json"


def test_prometheus_takes_its_configuration(promtool: str) -> None:
    ended = subprocess.run(
        [promtool, "check", "config", str(OPERATE / "prometheus.yaml")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@each_dockerfile
def test_what_an_image_copies_is_what_is_sent(dockerfile: Path) -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) (\S+)$", dockerfile.read_text(), re.MULTILINE)
    ignored = dockerfile.with_name(f"{dockerfile.name}.dockerignore").read_text()
    names = {name for sources, _ in copied for name in sources.split()}
    sent = set(re.findall(r"^!(\S+)$", ignored, re.MULTILINE))
    assert {name for name in names if not any(name.startswith(f"{folder}/") for folder in sent)} == sent
    assert all((ROOT / name).exists() for name in names)


def test_what_the_operators_image_copies_is_all_that_is_needed(tmp_path: Path) -> None:
    """Started from the copied files alone, it deploys the contracts on a chain of its own."""
    dockerfile = DOCKERFILES["catalyst:0.1.0"].read_text()
    for sources, _ in re.findall(r"^COPY (?!--from)(.+) (\S+)$", dockerfile, re.MULTILINE):
        for name in sources.split():
            target = tmp_path / "image" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, target)
    ended = subprocess.run(
        [sys.executable, "-m", "oracle", "deploy", "--chain", "eth-tester", "--nodes", "3"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "image")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    trial.write(tmp_path / "trial")
    if os.getuid() == 0:
        for path in [tmp_path / "trial", *(tmp_path / "trial").iterdir()]:
            os.chown(path, 0, 0)
    lines = (tmp_path / ".env").read_text().splitlines()
    made = Processes(tmp_path, dict(line.split("=", 1) for line in lines))
    yield made
    made.close()


def test_keys_of_a_trial_are_for_their_owner_and_never_written_over(tmp_path: Path) -> None:
    trial.write(tmp_path / "trial")
    for name in ("deployer", "operator0"):
        status = (tmp_path / "trial" / name).stat()
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert f"CATALYST_UID={status.st_uid}\n" in (tmp_path / ".env").read_text()
    files = {service.split("/")[-1] for service in _secret_files()}
    assert files <= {path.name for path in (tmp_path / "trial").iterdir()}
    with pytest.raises(FileExistsError):
        trial.write(tmp_path / "trial")


def _secret_files() -> list[str]:
    content: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return [secret["file"] for secret in content["secrets"].values()]


def test_the_network_of_the_trial_reports_mines_and_serves(processes: Processes) -> None:
    """Every command line and environment of the file, as processes of this host in place of containers."""
    processes.start("chain")
    processes.wait(lambda: _answers(f"http://127.0.0.1:{processes.port('chain')}"), 60)
    assert processes.start("deploy").wait(timeout=300) == 0, processes.log("deploy")
    for name in [*NODES, *DAEMONS]:
        processes.start(name)
    chain = connect(f"http://127.0.0.1:{processes.port('chain')}")
    record = find_deployment(chain, processes.folder / "deployments")
    contracts = Contracts(chain, record.addresses())
    assert contracts.oracle_state().threshold == 3
    assert contracts.owner() == record.contracts["OwnerTimelock"].address
    assert contracts.guardian() == processes.variables["CATALYST_GUARDIAN"]
    processes.wait(lambda: contracts.oracle_state().epoch >= 1, 600)
    processes.wait(lambda: (contracts.miners_difficulty().round or 0) >= 2, 600)
    for name in DAEMONS:
        assert "catalyst_build_info" in httpx.get(f"http://127.0.0.1:{processes.port(name)}/metrics").text
    for name in [*NODES, *DAEMONS]:
        assert all(json.loads(line) for line in processes.log(name).splitlines())
    api = f"http://127.0.0.1:{processes.port('api')}"
    processes.wait(lambda: httpx.get(f"{api}/health").status_code == 200, 300)
    # It is well from its first block on; the reports that were there before come as it reads their blocks.
    processes.wait(lambda: bool(httpx.get(f"{api}/v1/epochs").json()["items"]), 300)
    assert httpx.get(f"{api}/dapp/").status_code == 200


def _answers(url: str) -> bool:
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
    try:
        return "result" in httpx.post(url, json=request).json()
    except httpx.TransportError:
        return False
