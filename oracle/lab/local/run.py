"""`catalyst local`: the main job, from an empty chain to verified reports."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount

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
from oracle.chain.connection import Chain
from oracle.chain.contracts import Contracts
from oracle.chain.deployment import Deployment, deployment_path, load_deployment, new_deployment
from oracle.chain.owned import OwnedBlocks, start_chain
from oracle.control.policy import PolicyController
from oracle.errors import CatalystError
from oracle.formulas.lanes import WAD
from oracle.lab.local.chains import BlockClock, BlockSource, ForeignBlocks
from oracle.lab.local.console import Reporter
from oracle.lab.local.explain import ExplainedController, Explanation
from oracle.lab.local.options import DEPTH_BLOCKS, LocalOptions
from oracle.lab.local.traffic import PlannedTraffic, generated_traffic, load_recorded, recorded_traffic
from oracle.lab.local.verify import EpochResult, verify_epoch
from oracle.model.bundle import Bundle, load_bundle
from oracle.output import write_whole
from oracle.report.due import Triggers
from oracle.service.api import create_app
from oracle.service.cycle import Cycle
from oracle.service.daemon import Daemon
from oracle.service.http_server import HttpServer, take_port
from oracle.service.status import Status
from oracle.service.store import Store
from oracle.settings import OracleSettings
from oracle.window.blocks import Block
from oracle.workload.calls import Call, Venue, deploy_venue, workload_accounts
from oracle.workload.funding import fund
from oracle.workload.sender import Sender

WORKLOAD_ACCOUNTS = 40
# What each account of the traffic has at the start, on a chain of this run's own and on one that others run.
_OWN_BUDGET_WEI, _FOREIGN_BUDGET_WEI = 200 * WAD, WAD // 20
# Times the blocks that the asked epochs need, after which the run gives up.
_PATIENCE = 4
# Blocks that replayed traffic can pay for where the run goes on until it is stopped: about a day of them.
_SERVED_BLOCKS = 100_000
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
            server = HttpServer(create_app(job.daemon, job.record.as_json()), listener)
            server.start()
            cleanup.callback(server.stop)
            reporter.line(f"page     {server.url}/dapp/   (API under {server.url}/docs)")
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
        self._options = options
        self._source = source
        self._reporter = reporter
        chain = source.chain
        deployer, secret = _payer(options, source)
        self.record = _record(options, chain)
        mine: Callable[[], None] | None = (
            (lambda: source.next_block(INTERVAL_SECONDS)) if isinstance(source, OwnedBlocks) else None
        )
        steps = Deployer(chain, deployer, self.record, mine)
        # The venue first: the contracts' anchor, from which windows begin, then lies just ahead of the traffic.
        venue = deploy_venue(steps.contract)
        accounts = workload_accounts(secret + b"traffic", WORKLOAD_ACCOUNTS)
        self._top_up: Callable[[dict[int, int]], None] | None = None
        budget_wei = _OWN_BUDGET_WEI if options.rpc is None else _FOREIGN_BUDGET_WEI
        fund(chain, deployer, accounts, budget_wei, mine)
        if options.rpc is not None:

            def top_up(needs: dict[int, int]) -> None:
                most = max(needs.values())
                fund(chain, deployer, [accounts[i] for i in needs], budget_wei + most, None, least_wei=most)

            self._top_up = top_up
        self._is_payer_free = True  # no report of it is pending, whose nonce a payment would take
        self._held_back: list[Call] = []
        operators = workload_accounts(secret + b"operator", options.committee)
        self.contracts = self._deploy(steps, operators, secret, bundle)
        self._traffic = self._plan_traffic(venue, budget_wei // 2, recorded)
        reporter.line(f"traffic  {self._traffic.description}; its block 1 is the chain's block {chain.head() + 1}")
        self._sender = Sender(chain, accounts)
        self._clock = BlockClock(hash_rate=HASHES_PER_BLOCK / INTERVAL_SECONDS, seed=options.seed)
        self._store = Store(
            directory / "oracle.sqlite" if options.rpc is None else options.deployments / f"{chain.chain_id}.sqlite",
            chain_id=chain.chain_id,
            genesis_hash=chain.genesis_hash,
            oracle_address=self.contracts.addresses.oracle,
        )
        self.explanations: dict[int, Explanation] = {}  # by epoch, of the reports that this process decided
        self._explained = ExplainedController(PolicyController(bundle), bundle, self.contracts)
        self.daemon = Daemon(
            Cycle(
                chain=chain,
                contracts=self.contracts,
                controller=self._explained,
                operators=operators,
                submitter=deployer,
                settings=OracleSettings(
                    triggers=Triggers(epoch_blocks=options.epoch_blocks),
                    depth_blocks=DEPTH_BLOCKS,
                    capacity_transactions=self._traffic.capacity_transactions,
                    deadline_seconds=30 * INTERVAL_SECONDS,
                ),
                store=self._store,
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
        for _ in range(_PATIENCE * self._options.blocks_needed):
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
            f"{_PATIENCE * self._options.blocks_needed} blocks; the last one: {last}"
        )

    def run_on(self) -> None:
        """Go on at a pace to watch, until interrupted."""
        while True:
            time.sleep(_SERVE_BLOCK_SECONDS)
            result = self._one_block()
            if result is not None:
                self._reporter.epoch(result, self.explanations.pop(result.epoch, None))

    def _one_block(self) -> EpochResult | None:
        self._sender.send(self._payable(self._held_back + next(self._traffic.calls)))
        self._source.next_block(self._clock.interval_seconds(self.contracts.difficulty().difficulty))
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
        elif step.outcome not in ("waiting", Status.APPLIED) and step.row is not None:
            self._reporter.ended(step.outcome, step.row)
        if step.outcome != Status.APPLIED or step.row is None:
            return None
        result = verify_epoch(self.contracts, step.row)
        self._explained.applied(result)
        return result

    def _payable(self, calls: list[Call]) -> list[Call]:
        """The calls that can be paid now; accounts that run dry get more as soon as the payer may send."""
        self._held_back = []
        needs = self._sender.short_of(calls) if self._top_up is not None else {}
        if not needs or self._top_up is None:
            return calls
        if self._is_payer_free:
            self._top_up(needs)
            return calls
        self._held_back = [call for call in calls if call.sender in needs]
        return [call for call in calls if call.sender not in needs]

    def _deploy(self, steps: Deployer, operators: list[LocalAccount], secret: bytes, bundle: Bundle) -> Contracts:
        options = self._options
        contracts = deploy_consensus(
            steps,
            ConsensusPlan(
                miners=[account.address for account in workload_accounts(secret + b"node", options.nodes)],
                theta0_wad=THETA0_WAD,
                theta_min_wad=THETA_MIN_WAD,
                theta_max_wad=THETA_MAX_WAD,
                operators=[account.address for account in operators],
                threshold=options.threshold,
                guardian=steps.account.address,
                model_hash=bundle.model_hash,
                limits=LIMITS,
                hashes_per_block=HASHES_PER_BLOCK,
                interval_seconds=INTERVAL_SECONDS,
                half_life_seconds=HALF_LIFE_SECONDS,
                operators_option="--committee",
            ),
        )
        addresses = contracts.addresses
        self._reporter.line(
            f"deploy   oracle {addresses.oracle}, difficulty {addresses.controller}; "
            f"{options.nodes} nodes, {options.threshold} of {options.committee} operators, {steps.gas_used} gas"
        )
        return contracts

    def _plan_traffic(self, venue: Venue, budget_wei: int, recorded: list[Block] | None) -> PlannedTraffic:
        options = self._options
        if recorded is not None:
            return recorded_traffic(
                recorded,
                blocks=_SERVED_BLOCKS if options.serve else _PATIENCE * options.blocks_needed,
                accounts=WORKLOAD_ACCOUNTS,
                venue=venue,
                budget_wei=budget_wei,
            )
        return generated_traffic(
            seed=options.seed,
            blocks=options.blocks_needed,
            accounts=WORKLOAD_ACCOUNTS,
            venue=venue,
            value_divisor=1 if options.rpc is None else _OWN_BUDGET_WEI // _FOREIGN_BUDGET_WEI,
        )


def _payer(options: LocalOptions, source: BlockSource) -> tuple[LocalAccount, bytes]:
    """Who deploys and pays, and the secret that the run's other keys are derived from."""
    if isinstance(source, OwnedBlocks):
        account: LocalAccount = Account.from_key(source.faucet_key)
        return account, b"seed" + options.seed.to_bytes(8, "big", signed=True)
    assert options.deployer is not None  # noqa: S101 - LocalOptions refuses rpc without a key
    return options.deployer, bytes(options.deployer.key)


def _record(options: LocalOptions, chain: Chain) -> Deployment:
    if options.rpc is None:
        return new_deployment(chain, None)
    path = deployment_path(options.deployments, chain)
    return load_deployment(chain, path) if path.exists() else new_deployment(chain, path)
