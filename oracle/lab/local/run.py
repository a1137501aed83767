"""`catalyst local`: the main job, from an empty chain to verified reports."""

import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from deploy.parameters import INTERVAL_SECONDS
from oracle.chain.deployment import with_applications
from oracle.chain.follower import follow_ledger
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.control.policy import PolicyController
from oracle.errors import CatalystError
from oracle.lab.local.chains import BlockSource, ForeignBlocks, WholeSeconds
from oracle.lab.local.console import Reporter
from oracle.lab.local.explain import ExplainedController, Explanation
from oracle.lab.local.mining import Mining
from oracle.lab.local.options import DEPTH_BLOCKS, LocalOptions
from oracle.lab.local.site import PATIENCE, build_site
from oracle.lab.local.traffic import load_recorded
from oracle.lab.local.verify import EpochResult, verify_epoch
from oracle.model.bundle import Bundle, load_bundle
from oracle.output import write_whole
from oracle.report.due import Triggers
from oracle.service.api import DAPP_DIRECTORY, create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.reasons import reason_from
from oracle.service.status import Status
from oracle.service.store import Store
from oracle.settings import OracleSettings
from oracle.window.blocks import Block
from oracle.workload.calls import Call
from oracle.workload.sender import Sender

# Time of hashing for a block that others make: at first, 19 of 20 such blocks win a round.
_FOREIGN_SECONDS = 3 * INTERVAL_SECONDS
# Pace of blocks once the asked epochs are done and the page is served on.
_SERVE_BLOCK_SECONDS = 1.0


def run_local(options: LocalOptions) -> list[EpochResult]:
    """Run the main job; see README.

    Raises:
        InputError: an input cannot be used.
        FormulaMismatch: the chain and the formulas disagree.
        CatalystError: anything else that stopped it.
    """
    started = time.monotonic()
    reporter = Reporter()
    # What can be wrong with the inputs is found before anything is started or written.
    bundle = load_bundle(options.bundle, options.encoder)
    reporter.line(f"model    bundle {options.bundle.name}, hash 0x{bundle.model_hash.hex()[:16]}…")
    recorded = load_recorded(options.blocks_file, options.blocks_needed) if options.blocks_file else None
    with ExitStack() as cleanup:
        listener = take_port(options.host, options.port) if options.serve else None
        if listener is not None:
            cleanup.callback(listener.close)
        source: BlockSource = start_chain(options.chain) if options.rpc is None else ForeignBlocks(options.rpc)
        cleanup.callback(source.close)
        reporter.line(f"chain    {source.chain.name}, id {source.chain.chain_id}, head {source.chain.head()}")
        directory = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="catalyst-")))
        job = _Job(options, source, bundle, recorded, reporter, directory)
        cleanup.callback(job.close)
        if listener is not None:
            server = HttpServer(create_app(job.daemon, with_applications(job.record)), listener)
            server.start()
            cleanup.callback(server.stop)
            reporter.line(f"page     {where_the_page_is(server.url, DAPP_DIRECTORY)}")
        results = job.run_epochs()
        reporter.summary(results, job.explanations, time.monotonic() - started)
        if options.json_file is not None:
            document = {"chain_id": source.chain.chain_id, "deployment": job.record.as_json(), "seed": options.seed}
            document["epochs"] = [
                result.as_json() | {"decision": explanation.as_json() if explanation else None}
                for result in results
                for explanation in [job.explanations.get(result.epoch)]
            ]
            write_whole(options.json_file, json.dumps(document, indent=1) + "\n")
        if options.serve:
            reporter.line("serving on; end with Ctrl-C")
            job.run_on()
        return results


def where_the_page_is(url: str, folder: Path) -> str:
    """Its address and that of the API's description; or how to build both, where a checkout has not yet."""
    if folder.is_dir():
        return f"{url}/dapp/   (API under {url}/docs)"
    return f"not built: run `make dapp`, which needs Node, and start again; the API is at {url}"


class _Job:
    """Chain, contracts, traffic and oracle of one run."""

    def __init__(
        self,
        options: LocalOptions,
        source: BlockSource,
        bundle: Bundle,
        recorded: list[Block] | None,
        reporter: Reporter,
        directory: Path,
    ) -> None:
        self._options, self._source, self._reporter = options, source, reporter
        chain = source.chain
        self._site = site = build_site(options, source, bundle.model_hash, recorded, reporter.line)
        self.record, self.contracts = site.record, site.contracts
        self._is_payer_free = True  # no report of it is pending, whose nonce a payment would take
        self._held_back: list[Call] = []
        self._sender = Sender(chain, site.accounts)
        self._clock = WholeSeconds()
        self._store = Store(
            directory / "oracle.sqlite" if options.rpc is None else options.deployments / f"{chain.chain_id}.sqlite",
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=self.contracts.addresses.oracle,
        )
        follower = follow_ledger(self.contracts, site.ledger, site.deployed.block_number + 1, self._store)
        self._mining = Mining(self.contracts, site.deployed, site.ledger, follower, site.miners, options.seed)
        self.explanations: dict[int, Explanation] = {}  # by epoch, of the reports that this process decided
        self._explained = ExplainedController(PolicyController(bundle), self.contracts, follower)
        self.daemon = Daemon(
            Cycle(
                chain=chain,
                contracts=self.contracts,
                controller=self._explained,
                operators=site.operators,
                submitter=site.deployer,
                settings=OracleSettings(
                    triggers=Triggers(epoch_blocks=options.epoch_blocks),
                    depth_blocks=DEPTH_BLOCKS,
                    capacity_transactions=site.ledger.capacity,
                    deadline_seconds=30 * INTERVAL_SECONDS,
                ),
                store=self._store,
                follower=follower,
            )
        )

    def close(self) -> None:
        """Release the journal."""
        self._store.close()

    def run_epochs(self) -> list[EpochResult]:
        """Blocks and reports until the asked epochs are applied and verified.

        Raises:
            CatalystError: they are not applied within several times the blocks they need.
        """
        results: list[EpochResult] = []
        for _ in range(PATIENCE * self._options.blocks_needed):
            result = self._one_block()
            # On a foreign chain a reorganisation can have a report applied twice: it counts once.
            if result is not None and all(result.epoch != earlier.epoch for earlier in results):
                results.append(result)
                self._reporter.epoch(result, self.explanations.get(result.epoch))
            if len(results) == self._options.epochs:
                return results
        rows = self._store.latest(1)
        last = f"{rows[0].status} {rows[0].reason or ''}".strip() if rows else "none was due"
        raise CatalystError(
            f"only {len(results)} of {self._options.epochs} reports were applied in "
            f"{PATIENCE * self._options.blocks_needed} blocks; the last one: {last}"
        )

    def run_on(self) -> None:
        """Go on at a pace to watch, until interrupted."""
        while True:
            time.sleep(_SERVE_BLOCK_SECONDS)
            result = self._one_block()
            if result is not None:
                self._reporter.epoch(result, self.explanations.pop(result.epoch, None))

    def _one_block(self) -> EpochResult | None:
        # Where others make the blocks, these come without regard to the pools, which hash for so long in each.
        is_own = isinstance(self._source, OwnedBlocks)
        seconds = self._mining.step() if is_own else self._mining.step(_FOREIGN_SECONDS)
        self._sender.send(self._payable(self._held_back + next(self._site.traffic.calls)))
        self._source.next_block(self._clock.interval_seconds(seconds))
        step = self.daemon.step()
        self._is_payer_free = step.outcome == Status.APPLIED or (step.outcome == "waiting" and step.row is None)
        if step.outcome == Status.SENT and step.row is not None:
            self._reporter.line(
                f"report   epoch {step.row.epoch}: blocks {step.row.from_block}–{step.row.to_block} encoded, decided, "
                f"signed by operators {', '.join(map(str, step.row.signers))}, sent"
            )
            explanation = self._explained.explain(step.row)
            if explanation is not None:
                self.explanations[step.row.epoch] = explanation
            # Kept for readers: the daemon itself has no time to split a report before the next one is due here.
            if explanation is not None and self._explained.attribution is not None:
                reason = reason_from(self._explained.attribution)
                self._store.applied.keep_reason(step.row.epoch, step.row.window_hash, reason)
        elif step.outcome not in ("waiting", Status.APPLIED) and step.row is not None:
            self._reporter.ended(step.outcome, step.row)
        if step.outcome != Status.APPLIED or step.row is None:
            return None
        return verify_epoch(self.contracts, step.row)

    def _payable(self, calls: list[Call]) -> list[Call]:
        """The calls that can be paid now; accounts that run dry get more as soon as the payer may send."""
        self._held_back = []
        if self._options.rpc is None:
            return calls
        if self._is_payer_free:
            self._site.top_up(self._site.miners)
        needs = self._sender.short_of(calls)
        if not needs:
            return calls
        if self._is_payer_free:
            most = max(needs.values())
            self._site.top_up([self._site.accounts[index] for index in needs], beyond_wei=most, least_wei=most)
            return calls
        self._held_back = [call for call in calls if call.sender in needs]
        return [call for call in calls if call.sender not in needs]
