"""What builds an image, command by command, in an empty folder in place of the image's root; then what it starts.

What differs from a container engine: Python, Node and bash are this machine's, PyTorch comes from the index that pip is
set up with (the CPU build of the same version), the page is built with the Node packages that are installed, and no
user is added.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from eth_account import Account

from oracle.chain.anvil import AnvilChain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import find_deployment
from oracle.chain.ports import free_port
from oracle.workload.calls import workload_accounts
from oracle.workload.funding import fund
from tests.conftest import ROOT
from tests.operate.compose import DOCKERFILES, entrypoint_of

pytestmark = pytest.mark.long

_FROM = re.compile(r"^FROM (\S+)(?: AS (\w+))?$")
# What a daemon has no use for: tests, training, the laboratory, and whole networks' pictures.
EXTRAS = ("pytest", "ruff", "mypy", "hypothesis", "ray", "peft", "sklearn", "tensorboard", "matplotlib", "pyarrow")


@dataclass
class Stage:
    """One stage of a Dockerfile, as a folder."""

    root: Path
    workdir: str = "/"
    environment: dict[str, str] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Of this host, for a path in the image."""
        return self.root / str(Path(self.workdir, name)).lstrip("/")


class Builder:
    """Runs the stages of a Dockerfile, each in a folder of its own."""

    def __init__(self, dockerfile: Path, folder: Path) -> None:
        self.dockerfile, self.folder = dockerfile, folder
        self.named: dict[str, Stage] = {}

    def build(self) -> Stage:
        """The last stage."""
        text = re.sub(r"\\\n", " ", self.dockerfile.read_text())
        stage = None
        for line in (each for each in text.splitlines() if each and not each.startswith("#")):
            if (found := _FROM.match(line)) is not None:
                stage = Stage(self.folder / str(len(self.named)))
                stage.root.mkdir(parents=True)
                self.named[found[2] or "last"] = stage
                continue
            assert stage is not None
            word, _, rest = line.partition(" ")
            if word == "COPY":
                self._copy(stage, rest.split())
            elif word == "RUN":
                self._run(stage, rest)
            elif word == "WORKDIR":
                stage.workdir = rest
                stage.path(".").mkdir(parents=True, exist_ok=True)
            elif word == "ENV":
                stage.environment |= dict(each.split("=", 1) for each in rest.split())
        return self.named["last"]

    def _copy(self, stage: Stage, words: list[str]) -> None:
        source = ROOT
        if words[0].startswith("--from="):
            other = self.named[words[0].removeprefix("--from=")]
            words = [words[1].lstrip("/"), *words[2:]]
            source = other.root
        *names, target = words
        for name in names:
            place = stage.path(target)
            if target.endswith("/"):
                place = place / Path(name).name
            place.parent.mkdir(parents=True, exist_ok=True)
            if (source / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__", *(() if source != ROOT else ("dist",)))
                shutil.copytree(source / name, place, symlinks=True, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy(source / name, place)

    def _run(self, stage: Stage, command: str) -> None:
        if "useradd" in command:
            return
        if command.startswith("npm ci"):
            (stage.path(".") / "node_modules").symlink_to(ROOT / "node_modules")
            return
        # PyTorch of the index that is at hand, which is its build for CPUs.
        command = command.replace("--extra-index-url https://download.pytorch.org/whl/cpu", "").replace("+cpu", "")
        command = command.replace("/opt/", f"{stage.root}/opt/").replace("python -m venv", f"{sys.executable} -m venv")
        environment = {**_clean(), **{k: v for k, v in stage.environment.items() if k.startswith("PIP_")}}
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-ec", command],  # noqa: S607 - as in the image
            cwd=stage.path("."),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]


def _clean() -> dict[str, str]:
    """Without what leads to this checkout or to its settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CATALYST_", "VIRTUAL_ENV"))}


def _megabytes(folder: Path) -> int:
    """Of all files of a folder, each counted once."""
    sizes = {(each.st_ino, each.st_dev): each.st_blocks * 512 for each in map(os.lstat, _files(folder))}
    return round(sum(sizes.values()) / 1e6)


def _files(folder: Path) -> list[str]:
    return [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]  # noqa: PTH118 - many


@dataclass(frozen=True)
class Network:
    """A chain with contracts: one operator, one node."""

    anvil: AnvilChain
    folder: Path

    def words(self, image: str, port: int) -> list[str]:
        """What the container of an image is told beside its entry point."""
        chain = ["--rpc", self.anvil.url, "--deployments", str(self.folder / "deployments")]
        daemon = [*chain, "--epoch-blocks", "5", "--depth", "1", "--capacity", "100", "--port", str(port)]
        return {
            "catalyst:0.1.0": ["oracle", *daemon, "--key-file", str(self.folder / "operator")],
            "catalyst-node:0.1.0": [*chain, "--index", "0", "--key-file", str(self.folder / "node")],
            # The operator is away: readers are served all the same.
            "catalyst-api:0.1.0": [*daemon, "--key-file", str(self.folder / "node"), "--peer", "http://127.0.0.1:9"],
        }[image]


@pytest.fixture
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("network")
    anvil = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=1)
    operator, node = workload_accounts(b"images", 2)
    owner = Account.from_key(anvil.faucet_key)
    fund(anvil.chain, owner, [operator, node], 10**18, None)
    for name, key in (("owner", owner), ("operator", operator), ("node", node)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(key.key.hex())
    (folder / "miners").write_text(node.address)
    deployed = subprocess.run(
        [
            *(sys.executable, "-m", "oracle", "deploy", "--rpc", anvil.url, "--key-file", "owner", "--unsteered"),
            *("--operator", operator.address, "--threshold", "1", "--phi", "feedback", "--miners", "miners"),
            *("--ledger-capacity", "100", "--hashes-per-block", "1000"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert deployed.returncode == 0, deployed.stderr
    yield Network(anvil, folder)
    anvil.close()


def _answer(url: str) -> int:
    try:
        return httpx.get(url).status_code
    except httpx.TransportError:
        return 0


@pytest.mark.parametrize("image", DOCKERFILES)
def test_what_builds_an_image_builds_it_and_what_it_starts_works(image: str, network: Network, tmp_path: Path) -> None:
    dockerfile = DOCKERFILES[image]
    builder = Builder(dockerfile, tmp_path)
    stage = builder.build()
    (copied,) = re.findall(r"^COPY --from=build (\S+) \S+$", dockerfile.read_text(), re.MULTILINE)
    place = stage.path(copied)
    environment = place if (place / "bin").is_dir() else place / ".venv"
    (packages,) = (environment / "lib").glob("python3.*/site-packages")
    found = {path.name.lower().replace("-", "_") for path in packages.iterdir()}
    assert not found & set(EXTRAS)
    assert ("torch" in found) == (image != "catalyst-node:0.1.0")
    size_megabytes = _megabytes(stage.root)

    # What only builds is gone. An editable install led there, and in the image leads to the same path as before.
    shutil.rmtree(builder.named["build"].root)
    paths = {} if environment == place else {"PYTHONPATH": str(place)}
    home, port = tmp_path / "home", free_port()
    home.mkdir()
    started = [
        *(str(environment / "bin" / "python"), "-c", "from oracle.cli import main; main()"),
        *(*entrypoint_of(dockerfile)[1:], *network.words(image, port)),
    ]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(started, cwd=home, env={**_clean(), **paths}, stdout=log, stderr=log)
    try:
        record = find_deployment(network.anvil.chain, network.folder / "deployments")
        contracts = Contracts(network.anvil.chain, record.addresses())
        url = f"http://127.0.0.1:{port}"

        def works() -> bool:
            if image == "catalyst-node:0.1.0":
                return (contracts.miners_difficulty().round or 0) >= 2
            if image == "catalyst-api:0.1.0":
                return {_answer(f"{url}{path}") for path in ("/dapp/", "/v1/network", "/metrics")} == {200}
            return contracts.oracle_state().epoch >= 1 and _answer(f"{url}/health") == 200

        deadline = time.monotonic() + 300
        while not works():
            assert process.poll() is None, (home / "log").read_text()
            assert time.monotonic() < deadline, (home / "log").read_text()
            time.sleep(0.5)
    finally:
        process.terminate()
        assert process.wait(timeout=120) == 0, (home / "log").read_text()
        shutil.rmtree(tmp_path)
    table = (ROOT / "docs" / "operating.md").read_text()
    (said,) = re.findall(rf"^\| `{image.partition(':')[0]}` \| .* \| (\d+) MB \|$", table, re.MULTILINE)
    assert abs(size_megabytes - int(said)) <= 0.1 * size_megabytes, size_megabytes
