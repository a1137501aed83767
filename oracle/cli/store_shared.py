"""What commands about kept files on a chain share: options, the registry, the journal, the own node, and turns."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from oracle.cli.book import sender
from oracle.cli.options import PATH, key_options, max_fee_option, options
from oracle.cli.paths import INPUT_FILE
from oracle.errors import InputError

if TYPE_CHECKING:
    from oracle.keeping.journal import Journal, KeptFile
    from oracle.keeping.node_client import OwnNode
    from oracle.keeping.owner import Owner
    from oracle.keeping.registry import RegistryClient

rpc_option = click.option("--rpc", required=True, help="JSON-RPC URL of the node.")
registry_option = click.option("--registry", required=True, help="Address of the StorageRegistry.")
sending_options = options(rpc_option, registry_option, key_options, max_fee_option)
journal_option = click.option(
    "--journal", type=PATH, default=Path("store.sqlite"), show_default=True, help="Journal of the files and moves."
)
peers_option = click.option("--peers", type=INPUT_FILE, required=True, help="Address book of the network, in JSON.")
node_options = options(
    click.option("--node-url", required=True, help="HTTP API of the own IPFS node."),
    click.option("--token-file", type=INPUT_FILE, required=True, help="File with the token of that API."),
)
sealing_option = click.option(
    "--sealing-key", type=PATH, required=True, help="File with the key that seals and opens files; made if missing."
)


def registry_at(rpc: str, registry: str, keys: dict[str, Any] | None = None) -> "RegistryClient":
    """The registry; it can send where keys are given."""
    from oracle.chain.connection import connect
    from oracle.keeping.registry import RegistryClient

    chain = connect(rpc)
    return RegistryClient(chain, registry, None if keys is None else sender(chain, **keys))


@contextmanager
def opened(path: Path, client: "RegistryClient") -> "Iterator[Journal]":
    """The journal, open as long as it is used."""
    from oracle.keeping.journal import Journal

    with closing(Journal(path, chain_id=client.chain.chain_id, registry=client.address)) as journal:
        yield journal


def named(journal: "Journal", name: str, *, or_dropped: bool = False) -> "KeptFile":
    """The file of this name or CID."""
    known: list[KeptFile] = [*journal.files(), *(journal.dropped() if or_dropped else ())]
    for file in known:
        if name in {file.name, str(file.cid)}:
            return file
    raise InputError(f"the journal has no file {name!r}: see `catalyst store list`")


def own_node(url: str, token_file: Path) -> "OwnNode":
    """The own IPFS node."""
    from oracle.keeping.node_client import OwnNode

    return OwnNode(url, token_file.read_text().strip())


def owner_of(client: "RegistryClient", journal: "Journal", url: str, token_file: Path, sealing_key: Path) -> "Owner":
    """The owner with its node and its sealing key."""
    from oracle.keeping.owner import Owner
    from oracle.keeping.sealing_key import load_sealing_key

    return Owner(client, own_node(url, token_file), journal, load_sealing_key(sealing_key))


def again(turn: Callable[[], None], every: float) -> None:
    """Turn after turn; what is away now may be there at the next."""
    from oracle.errors import ConnectionFailed, TransactionFailed

    while True:
        try:
            turn()
        except (ConnectionFailed, TransactionFailed) as error:
            logging.getLogger(__name__).warning("%s", error)
        time.sleep(every)
