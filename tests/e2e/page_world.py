"""A network with a past for the page to show: rounds won, reports applied, a plan; the page is served as bare files."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from deploy.deployer import Deployer
from oracle.agreements.deployment import agreements_path
from oracle.chain.anvil import AnvilChain
from oracle.chain.deployment import deployment_path, load_deployment
from oracle.chain.deployment import with_applications as joined_record
from oracle.chain.owned import GENESIS_TIMESTAMP_SECONDS, OwnedBlocks
from oracle.control.feedback import FeedbackController
from oracle.engines.terms import Terms
from oracle.lab.network.driven import DrivenNetwork
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.site import Site, build_site
from tests.agreements.stage import Stage
from tests.conftest import ROOT
from tests.e2e.built_on import keep_a_file, send_elsewhere

DIST = ROOT / "dapp" / "dist"
NODES = 8


@dataclass
class World:
    """The chain and what is on it. The page reads Anvil itself, so that no API and no proxy is in the way."""

    blocks: AnvilChain
    site: Site
    deployment: dict[str, Any]
    folder: "Folder"
    record: Path
    plan_id: bytes = b""
    file_id: bytes = b""

    def address(self, fragment: str = "", **changes: str) -> str:
        """The page's URL, with sources in place of the usual ones where given."""
        sources = {"rpc": self.blocks.url, "deployment": f"{self.folder.url}/deployment.json"} | changes
        return f"{self.folder.url}/dapp/?{urlencode({k: v for k, v in sources.items() if v})}#/{fragment}"

    def later(self, seconds: int) -> None:
        """Let time pass: one empty block."""
        self.blocks.produce_block(self.site.chain.timestamp(self.site.chain.head()) + seconds)

    def pause(self) -> None:
        """Pause reports, as the guardian, who pays for everything here."""
        record = load_deployment(self.site.chain, self.record)
        Deployer(self.site.chain, self.site.payer, record, lambda: self.later(1)).call("PhiOracle", "pause")


@dataclass
class Folder:
    """The page's files and some JSON, over HTTP."""

    files: dict[str, Any] = field(default_factory=dict)  # content by path
    url: str = ""

    @contextlib.contextmanager
    def served(self) -> Iterator["Folder"]:
        folder = self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path in folder.files:
                    body = json.dumps(folder.files[path]).encode()
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                elif path.startswith("/dapp/"):
                    self.path = path.removeprefix("/dapp")
                    super().do_GET()
                else:
                    self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=DIST))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def network_plan(terms: Terms, blocks: int) -> NetworkPlan:
    """A small network whose φ feedback moves."""
    return NetworkPlan(
        seed=5,
        intervals=blocks,
        controller=FeedbackController(),
        nodes=NODES,
        half_life_intervals=30,
        accounts=6,
        capacity_transactions=20,
        crowd_every=20.0,
        epoch_blocks=4,
        confirmations=3,
        terms=terms,
    )


@contextlib.contextmanager
def page_world(path: Path, terms: Terms, *, blocks: int, with_applications: bool = False) -> Iterator[World]:
    """A network after about so many blocks, and the page beside it."""
    anvil = AnvilChain(genesis_timestamp_seconds=GENESIS_TIMESTAMP_SECONDS, order="fees")
    try:
        plan = network_plan(terms, blocks)
        site = build_site(plan, anvil, path)
        network = DrivenNetwork(plan, anvil, site, path / "journal.sqlite")
        for _ in network.play():
            pass
        network.committee.stop()
        record = deployment_path(path, site.chain)
        plan_id = file_id = b""
        if with_applications:
            stage = Stage(OwnedBlocks(anvil), agreements_path(path, site.chain))
            plan_id = stage.begin(stage.sale())
            file_id = keep_a_file(stage, path)
            send_elsewhere(stage, path)
        deployment = joined_record(load_deployment(site.chain, record))
        with Folder({"/deployment.json": deployment}).served() as folder:
            yield World(anvil, site, deployment, folder, record, plan_id, file_id)
    finally:
        anvil.close()
