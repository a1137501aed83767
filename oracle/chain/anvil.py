"""Anvil as a child process, from the npm package that the project installs."""

import atexit
import shutil
import subprocess
import time
from pathlib import Path

from eth_account import Account

from oracle.chain.connection import Chain, connect
from oracle.chain.ports import free_port
from oracle.errors import ConnectionFailed, SettingsError

ANVIL = Path(__file__).resolve().parents[2] / "node_modules" / ".bin" / "anvil"
BLOCK_GAS_LIMIT = 100_000_000
START_TIMEOUT_SECONDS = 20
# The test phrase that Anvil and other development nodes publish; its accounts hold money on development chains only.
_MNEMONIC = "test test test test test test test test test test test junk"
_FAUCET_ETHER = 1_000_000  # as eth-tester's first account has


class AnvilChain:
    """An Anvil node on a free port. It mines when told (`produce_block`) or, with `block_seconds`, by the clock."""

    def __init__(
        self,
        *,
        genesis_timestamp_seconds: int,
        chain_id: int = 31337,
        block_seconds: float | None = None,
        order: str = "fifo",
        kept_states: int | None = None,
    ) -> None:
        """Start one.

        Args:
            genesis_timestamp_seconds: Of block 0.
            chain_id: Its id.
            block_seconds: Mine by the clock, this far apart; when told where None.
            order: Of a block's transactions: `fifo`, as they came, or `fees`, the dearest first.
            kept_states: How many of the last states can be read by block number; all where None, which fills the
                memory in some thousand blocks.
        """
        # The npm package carries a Linux x64 binary; elsewhere an Anvil on the path serves.
        program = str(ANVIL) if ANVIL.exists() else shutil.which("anvil")
        if program is None:
            raise SettingsError(
                "Anvil is not installed: run `make setup` or install Foundry, or choose --chain eth-tester"
            )
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        mining = ["--no-mining"] if block_seconds is None else ["--block-time", str(block_seconds)]
        kept = [] if kept_states is None else ["--prune-history", str(kept_states)]
        self._process = subprocess.Popen(  # noqa: S603 - fixed program, no shell
            [
                program,
                *("--port", str(port), "--chain-id", str(chain_id), "--gas-limit", str(BLOCK_GAS_LIMIT)),
                *("--timestamp", str(genesis_timestamp_seconds), "--order", order, "--mnemonic", _MNEMONIC),
                *("--balance", str(_FAUCET_ETHER), "--hardfork", "prague", "--quiet", *mining, *kept),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # A terminal's Ctrl-C is for us: we end the child ourselves, once.
            start_new_session=True,
        )
        atexit.register(self.close)
        self.chain: Chain = self._wait_until_ready()

    @property
    def faucet_key(self) -> bytes:
        """Private key of a development account that holds 10 000 ether from genesis."""
        Account.enable_unaudited_hdwallet_features()
        return bytes(Account.from_mnemonic(_MNEMONIC).key)

    @property
    def process_id(self) -> int:
        """Of Anvil itself."""
        return self._process.pid

    def produce_block(self, timestamp_seconds: int) -> None:
        """Mine the pending transactions into one block stamped `timestamp_seconds`."""
        self.chain.request("evm_mine", [{"timestamp": timestamp_seconds}])

    def close(self) -> None:
        """End the process; safe to call again."""
        atexit.unregister(self.close)
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def _wait_until_ready(self) -> Chain:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                return connect(self.url)
            except ConnectionFailed:
                code = self._process.poll()
                if code is not None or time.monotonic() > deadline:
                    said = (self._process.stderr.read() if self._process.stderr and code is not None else b"").decode()
                    self.close()
                    raise SettingsError(f"Anvil did not start (exit code {code}): {said.strip()[:200]}") from None
            time.sleep(0.05)
