"""`catalyst oracle`: the daemon as a process, from its options to its end."""

import logging
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from oracle.chain.connection import connect
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import find_deployment, with_applications
from oracle.chain.follower import follow_ledger
from oracle.chain.ledger import Ledger
from oracle.control.choice import controller_expected
from oracle.control.controller import Controller
from oracle.errors import CatalystError, SettingsError
from oracle.report.signer import Signer
from oracle.service.api import create_app
from oracle.service.control import Control
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.ending import Ending
from oracle.service.http_server import HttpServer, take_port
from oracle.service.peers import Peers
from oracle.service.store import Store
from oracle.settings import OracleSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DaemonOptions:
    """The options of `catalyst oracle`."""

    rpcs: Sequence[str]
    deployments: Path  # a folder of records, or the record itself
    keys: Sequence[Signer]  # operators held; the first pays for transactions
    peers: Sequence[str]  # URLs of the daemons of other operators
    bundle: Path | None  # None: what the contract expects, the feedback or the bundle in the package
    encoder: str | None
    encoder_url: str | None  # of an encoder that is asked before this process's own
    settings: OracleSettings
    state: Path
    api_keys: Path | None  # who may write to the API; None: nobody
    host: str
    port: int


def run_daemon(options: DaemonOptions, ending: Ending) -> None:
    """Run until SIGTERM or SIGINT, then end cleanly: finish the running step and close the journal.

    If that takes longer than some seconds, as it does while the node hangs, the process ends without waiting. This is
    safe: every entry of the journal is complete, and a step may be cut off anywhere.

    Raises:
        InputError: an option cannot be used; nothing was started.
        CatalystError: a step crashed.
    """
    crash: list[BaseException] = []

    def crashed(error: BaseException) -> None:
        crash.append(error)
        ending.told.set()

    ending.listen(signal.SIGTERM, signal.SIGINT)
    with ExitStack() as cleanup:
        chain = connect(*options.rpcs)
        record = find_deployment(chain, options.deployments)
        contracts = Contracts(chain, record.addresses())
        listener = take_port(options.host, options.port)
        cleanup.callback(listener.close)
        state = contracts.oracle_state()
        controller = controller_expected(state.model_hash, options.bundle, options.encoder)
        if options.encoder_url is not None:
            _ask_far(controller, options.encoder_url)
        store = Store(
            options.state,
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=contracts.addresses.oracle,
            # Where reports are in force, this operator may have signed some that a new journal would not know of.
            signs_after=None if state.epoch else 0,
        )
        cleanup.callback(store.close)
        deployed = record.ledger()
        follower = None
        if deployed is not None:
            ledger = Ledger(chain, deployed.address, deployed.contract)
            follower = follow_ledger(contracts, ledger, deployed.block_number + 1, store)
        peers = Peers(options.peers)
        cleanup.callback(peers.close)
        daemon = Daemon(
            Cycle(
                chain=chain,
                contracts=contracts,
                controller=controller,
                operators=options.keys,
                submitter=options.keys[0],
                settings=options.settings,
                store=store,
                follower=follower,
                peers=peers,
            )
        )
        control = None if options.api_keys is None else Control(options.api_keys)
        if control is not None:
            cleanup.callback(control.close)
        server = HttpServer(create_app(daemon, with_applications(record), control), listener)
        server.start()
        cleanup.callback(server.stop)
        daemon.start(on_crash=crashed)
        cleanup.callback(daemon.stop)
        log.info(
            "oracle of %s runs on %s, φ by %s; API at %s",
            contracts.addresses.oracle,
            chain.name,
            controller.name,
            server.url,
        )
        ending.started = True
        ending.told.wait()
        log.info("stopping")
        if crash:
            ending.within_seconds(exit_code=1)
    if crash:
        raise CatalystError(f"a step crashed: {type(crash[0]).__name__}: {crash[0]}") from crash[0]


def _ask_far(controller: Controller, url: str) -> None:
    """Have a policy's texts encoded at a URL.

    Raises:
        SettingsError: the controller reads no text.
    """
    from oracle.control.policy import PolicyController  # noqa: PLC0415 - torch takes seconds to import
    from oracle.service.far_encoder import FarEncoder  # noqa: PLC0415

    if not isinstance(controller, PolicyController):
        raise SettingsError(f"--encoder-url is given, but φ is by {controller.name}, which reads no text; leave it out")
    reader = controller.bundle.reader
    reader.encoder = FarEncoder(reader.encoder, url, controller.model_hash)
