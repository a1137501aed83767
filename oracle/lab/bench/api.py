"""Reads of a daemon's API at a fixed rate, beside its reports: how long they take, and whether each report is on time.

The daemon is a process of its own on an Anvil that mines by the clock. Locust reads; those who mean no good are ours.
"""

import asyncio
import os
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
from oracle.chain.anvil import AnvilChain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import deployment_path, new_deployment
from oracle.chain.ports import free_port
from oracle.control.feedback import FeedbackController
from oracle.errors import CatalystError
from oracle.lab.bench.api_abuse import ENDLESS, endless_calls, half_open, requests_too_large
from oracle.lab.bench.api_load import locust_version, read_by_locust
from oracle.lab.bench.processor_time import machine, processor_time
from oracle.workload.calls import workload_accounts

NODES = 100
EPOCH_BLOCKS = 4
DEPTH_BLOCKS = 2
BLOCK_SECONDS = 1.0
_START_SECONDS = 60


@dataclass(frozen=True)
class Load:
    """What is sent."""

    name: str
    per_second: int = 0  # all reads together
    endless_clients: int = 0  # each with one endless eth_call under way at any time
    is_abused: bool = False  # by half-open connections and by requests that are too large


LOADS = (
    Load("no readers"),
    Load("500 mixed reads a second", 500),
    Load("the same, and 4 clients of endless `eth_call`", 500, endless_clients=4),
    Load("the same reads, and slow-loris and requests too large", 500, is_abused=True),
)


def measure_api(say: Callable[[str], None], seconds: float, loads: tuple[Load, ...] = LOADS) -> dict[str, Any]:
    """Rows of latency, of processor time and of reports on time, one for each load of `seconds`.

    Raises:
        CatalystError: locust is not there or fails, or the daemon reports nothing.
    """
    found = {**machine(), "locust": asyncio.run(locust_version())}
    with ExitStack() as cleanup:
        anvil = AnvilChain(genesis_timestamp_seconds=int(time.time()), block_seconds=BLOCK_SECONDS)
        cleanup.callback(anvil.close)
        anvil.chain.request("anvil_setCode", [ENDLESS, "0x5b600056"])  # JUMPDEST, PUSH1 0, JUMP: for ever
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="catalyst-")))
        contracts, keys = _deploy(anvil, directory)
        process, url = _daemon(anvil, directory, keys)
        cleanup.callback(_end, process)
        asyncio.run(_answering(url, process))
        rows = []
        for load in loads:
            first, before, began = anvil.chain.head(), processor_time(process.pid, anvil.process_id), time.monotonic()
            row = asyncio.run(_loaded(url, load, seconds))
            lasted = time.monotonic() - began
            row["cores"] = processor_time(process.pid, anvil.process_id).since(before, lasted)
            row |= _on_time(contracts, first, anvil.chain.head())
            rows.append(row)
            say(_line(row))
    return {**found, "nodes": NODES, "block_seconds": BLOCK_SECONDS, "epoch_blocks": EPOCH_BLOCKS, "rows": rows}


def _line(row: dict[str, Any]) -> str:
    reads = row["read"]
    said = (
        ""
        if reads is None
        else (
            f"{reads['reads']} reads, {reads['reads_per_second']} a second, {reads['failed']} failed, "
            f"p50 {reads['p50_ms']} ms, p95 {reads['p95_ms']} ms, p99 {reads['p99_ms']} ms; "
        )
    )
    return f"{row['load']}: {said}cores {row['cores']}; reports on time {row['on_time']} of {row['due']}"


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
    # All of them: in the turn of an operator who is not there, a report waits for whoever takes over, readers or not.
    for index, account in enumerate([payer, *operators]):
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
                async with session.get(f"{url}/v1/reports") as answer:
                    if any(row["status"] == "applied" for row in (await answer.json())["items"]):
                        return
            except aiohttp.ClientError:
                continue
    raise CatalystError(f"the daemon applied no report within {_START_SECONDS} s")


async def _loaded(url: str, load: Load, seconds: float) -> dict[str, Any]:
    end = asyncio.get_running_loop().time() + seconds
    abuse = [endless_calls(url, end, load.endless_clients)] if load.endless_clients else []
    abuse += [half_open(url, end), requests_too_large(url, end)] if load.is_abused else []
    sent = [asyncio.create_task(each) for each in abuse]
    read = await read_by_locust(url, per_second=load.per_second, seconds=seconds) if load.per_second else None
    answered: Counter[str] = sum(await asyncio.gather(*sent), Counter())
    await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))
    return {"load": load.name, "seconds": seconds, "read": read, "abuse": dict(sorted(answered.items()))}


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
