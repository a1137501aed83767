"""Options of `catalyst local`, checked as they are made: nothing heavy is imported to refuse them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.plan import check_committee
from oracle.errors import SettingsError
from oracle.output import check_folder

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

DEPTH_BLOCKS = 2


@dataclass(frozen=True)
class LocalOptions:
    """What the command line of `catalyst local` says."""

    chain: str  # eth-tester or anvil; unused with rpc
    rpc: str | None
    deployer: "LocalAccount | None"  # with rpc
    deployments: Path  # with rpc
    nodes: int
    committee: int
    threshold: int
    epochs: int
    epoch_blocks: int
    seed: int
    blocks_file: Path | None
    bundle: Path
    encoder: str | None
    json_file: Path | None
    serve: bool
    host: str
    port: int

    def __post_init__(self) -> None:
        check_committee(self.committee, self.threshold)
        if self.rpc is not None and self.deployer is None:
            raise SettingsError("--rpc needs the key that deploys and pays: give --key-file or --keystore")
        if self.rpc is not None:
            check_folder(self.deployments, "--deployments")

    @property
    def blocks_needed(self) -> int:
        """Blocks of traffic that the asked epochs take."""
        return self.epochs * self.epoch_blocks + DEPTH_BLOCKS + 2
