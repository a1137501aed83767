"""Reads of a daemon's API at a fixed rate, beside its reports: how long they take, and whether each report is on time.

The daemon is a process of its own on an Anvil that mines by the clock. Requests are sent when they are due, whether
earlier ones are answered or not, and timed from then: a server that stalls cannot hide it.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
from eth_account import Account

from deploy.consensus import deploy_consensus
from deploy.deployer import Deployer
from deploy.parameters import (
    HALF_LIFE_SECONDS,
    HASHES_PER_BLOCK,
    INTERVAL_SECONDS,
    LIMITS,
    THETA0_WAD,
    THETA_MAX_WAD,
    THETA_MIN_WAD,
)
from deploy.plan import ConsensusPlan
from oracle.chain.anvil import AnvilChain, free_port
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import deployment_path, new_deployment
from oracle.control.feedback import FeedbackController
from oracle.errors import CatalystError
from oracle.workload.calls import workload_accounts

NODES = 100
EPOCH_BLOCKS = 4
DEPTH_BLOCKS = 2
BLOCK_SECONDS = 1.0
_SEED = 1
_START_SECONDS = 60
_REQUEST_SECONDS = 30
_ENDLESS = "0x00000000000000000000000000000000000000e1"


@dataclass(frozen=True)
class Load:
    """What readers send."""

    name: str
    per_second: float  # all reads together
    looping_clients: int  # each with one endless eth_call under way at any time


LOADS = (
    Load("no readers", 0, 0),
    Load("500 mixed reads a second", 500, 0),
    Load("500 mixed reads a second and 4 clients of endless eth_call", 500, 4),
)


def measure_api(say: Callable[[str], None], seconds: float, loads: tuple[Load, ...] = LOADS) -> dict[str, Any]:
    """Rows of latency and of reports on time, one for each load of `seconds`."""
    with ExitStack() as cleanup:
        anvil = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=BLOCK_SECONDS)
        cleanup.callback(anvil.close)
        anvil.chain.request("anvil_setCode", [_ENDLESS, "0x5b600056"])  # JUMPDEST, PUSH1 0, JUMP: for ever
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="catalyst-")))
        contracts, keys = _deploy(anvil, directory)
        process, url = _daemon(anvil, directory, keys)
        cleanup.callback(_end, process)
        asyncio.run(_answering(url, process))
        rows = []
        for load in loads:
            first, used = anvil.chain.head(), _cpu_seconds(process)
            row = asyncio.run(_loaded(url, load, seconds))
            row["daemon_cpu_share"] = round((_cpu_seconds(process) - used) / seconds, 3)  # of one core
            row |= _on_time(contracts, first, anvil.chain.head())
            rows.append(row)
            say(
                f"{load.name}: {row['answers']} answers, p50 {row['p50_ms']} ms, p95 {row['p95_ms']} ms, "
                f"p99 {row['p99_ms']} ms, {row['codes']}, {row['daemon_cpu_share']} of a core; "
                f"reports on time {row['on_time']} of {row['due']}"
            )
    return {"nodes": NODES, "block_seconds": BLOCK_SECONDS, "epoch_blocks": EPOCH_BLOCKS, "rows": rows}


def _deploy(anvil: AnvilChain, directory: Path) -> tuple[Contracts, list[Path]]:
    """Contracts with `NODES` nodes, and the key files of who pays and who signs."""
    chain, payer = anvil.chain, Account.from_key(anvil.faucet_key)
    operators = workload_accounts(b"bench api operators", 3)
    steps = Deployer(chain, payer, new_deployment(chain, deployment_path(directory, chain)), mine=None)
    contracts = deploy_consensus(
        steps,
        ConsensusPlan(
            miners=[account.address for account in workload_accounts(b"bench api nodes", NODES)],
            theta0_wad=THETA0_WAD,
            theta_min_wad=THETA_MIN_WAD,
            theta_max_wad=THETA_MAX_WAD,
            operators=[account.address for account in operators],
            threshold=2,
            guardian=payer.address,
            model_hash=FeedbackController().model_hash,
            limits=LIMITS,
            hashes_per_block=HASHES_PER_BLOCK,
            interval_seconds=INTERVAL_SECONDS,
            half_life_seconds=HALF_LIFE_SECONDS,
        ),
    )
    files = []
    for index, account in enumerate([payer, *operators[:2]]):
        path = directory / f"key{index}"
        path.touch(mode=0o600)
        path.write_text(account.key.hex())
        files.append(path)
    return contracts, files


def _daemon(anvil: AnvilChain, directory: Path, keys: list[Path]) -> tuple["subprocess.Popen[bytes]", str]:
    port = free_port()
    with (directory / "daemon.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this program, no shell
            [
                *(sys.executable, "-m", "oracle", "oracle", "--rpc", anvil.url),
                *("--deployments", str(directory), "--state", str(directory / "state.sqlite")),
                *("--epoch-blocks", str(EPOCH_BLOCKS), "--depth", str(DEPTH_BLOCKS), "--capacity", "100"),
                *("--poll-seconds", "0.2", "--port", str(port)),
                *(argument for key in keys for argument in ("--key-file", str(key))),
            ],
            stdout=log,
            stderr=log,
            env={name: value for name, value in os.environ.items() if not name.startswith("CATALYST_")},
        )
    return process, f"http://127.0.0.1:{port}"


def _cpu_seconds(process: "subprocess.Popen[bytes]") -> float:
    """Processor time of the daemon so far, as Linux counts it."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


async def _answering(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the daemon has applied a report."""
    async with aiohttp.ClientSession() as session:
        for _ in range(10 * _START_SECONDS):
            if process.poll() is not None:
                break
            await asyncio.sleep(0.1)
            try:
                async with session.get(f"{url}/epochs") as answer:
                    if any(row["status"] == "applied" for row in await answer.json()):
                        return
            except aiohttp.ClientError:
                continue
    raise CatalystError(f"the daemon applied no report within {_START_SECONDS} s")


async def _loaded(url: str, load: Load, seconds: float) -> dict[str, Any]:
    chosen = random.Random(_SEED)  # noqa: S311 - what is read, not a secret
    codes: Counter[str] = Counter()
    waited: list[float] = []
    clock = asyncio.get_running_loop().time
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=100), timeout=aiohttp.ClientTimeout(_REQUEST_SECONDS)
    ) as session:

        async def read(due: float) -> None:
            method, path, body = _drawn(chosen)
            try:
                async with session.request(method, url + path, json=body) as answer:
                    await answer.read()
                    codes[str(answer.status)] += 1
            except (aiohttp.ClientError, TimeoutError) as error:
                codes[type(error).__name__] += 1
            waited.append(clock() - due)

        end = clock() + seconds
        loops = [asyncio.create_task(_loop(session, url, end)) for _ in range(load.looping_clients)]
        reads = []
        due = clock()
        while load.per_second and due < end:
            await asyncio.sleep(max(0.0, due - clock()))
            reads.append(asyncio.create_task(read(due)))
            due += 1 / load.per_second
        await asyncio.gather(*reads, *loops)
        if not load.per_second:
            await asyncio.sleep(max(0.0, end - clock()))
    p50, p95, p99 = (round(1e3 * float(value), 1) for value in np.percentile(waited or [0.0], [50, 95, 99]))
    return {
        "load": load.name,
        "seconds": seconds,
        "answers": len(waited),
        "codes": dict(codes),
        **{"p50_ms": p50, "p95_ms": p95, "p99_ms": p99},
    }


def _drawn(chosen: random.Random) -> tuple[str, str, dict[str, Any] | None]:
    """A read: mostly of nodes, and one in twenty passed on to the node, below the rate of one client."""
    draw = chosen.random()
    if draw < 0.05:
        return "POST", "/rpc", {"jsonrpc": "2.0", "id": 1, "method": "eth_blockNumber", "params": []}
    paths = ("/difficulty", "/epochs", "/health", "/metrics")
    if draw < 0.45:
        return "GET", paths[chosen.randrange(len(paths))], None
    return "GET", f"/nodes/{chosen.randrange(NODES)}", None


async def _loop(session: aiohttp.ClientSession, url: str, end: float) -> None:
    """One endless call after the other; those refused by rate wait as they are told."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [{"to": _ENDLESS, "data": "0x"}, "latest"]}
    clock = asyncio.get_running_loop().time
    while clock() < end:
        try:
            async with session.post(f"{url}/rpc", json=body) as answer:
                await answer.read()
                wait = float(answer.headers.get("retry-after", 0))
        except (aiohttp.ClientError, TimeoutError):
            wait = 1.0
        await asyncio.sleep(min(wait, max(0.0, end - clock())))


def _on_time(contracts: Contracts, first: int, last: int) -> dict[str, int]:
    """Of the windows whose reports were due in the blocks given: how many were in force ahead of the next one's.

    A report is due once its window's last block is settled, and the next one `EPOCH_BLOCKS` later.
    """
    start = contracts.anchor.height
    windows = [
        to_block
        for to_block in range(start + EPOCH_BLOCKS, last, EPOCH_BLOCKS)
        if first < to_block + DEPTH_BLOCKS and to_block + DEPTH_BLOCKS + EPOCH_BLOCKS <= last
    ]
    on_time = sum(
        contracts.oracle_state(to_block + DEPTH_BLOCKS + EPOCH_BLOCKS).to_block == to_block for to_block in windows
    )
    return {"due": len(windows), "on_time": on_time, "blocks": last - first}
