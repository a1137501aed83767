"""`catalyst network` and `catalyst compare`: options to runs."""

import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from oracle.control.choice import controller_named, decider
from oracle.control.controller import Controller
from oracle.engines.registry import ENGINES
from oracle.errors import SettingsError
from oracle.lab.network.compare import FIGURES, compare, verdicts
from oracle.lab.network.outage import read_outage
from oracle.lab.network.plan import NetworkPlan
from oracle.lab.network.play import Played, Standing, playing
from oracle.lab.network.run_directory import make_directory, write_run
from oracle.lab.network.view import RunView


@dataclass(frozen=True)
class NetworkOptions:
    """What the command lines say."""

    nodes: int
    minutes: int
    interval_seconds: int
    capacity: int
    seed: int
    out: Path | None
    bundle: Path | None
    encoder: str | None
    engine: str = "pow"
    kills: tuple[str, ...] = ()

    def plan(self, controller: Controller | None) -> NetworkPlan:
        """The run that these options ask for."""
        return NetworkPlan(
            seed=self.seed,
            intervals=max(1, 60 * self.minutes // self.interval_seconds),
            controller=controller,
            nodes=self.nodes,
            interval_seconds=self.interval_seconds,
            capacity_transactions=self.capacity,
            terms=ENGINES[self.engine].of_run(self.interval_seconds),
            outages=tuple(map(read_outage, self.kills)),
        )

    def controller(self, phi: str) -> Controller | None:
        """Who sets phi: `off`, `feedback` or `oracle`."""
        return None if phi == "off" else controller_named(phi, self.bundle, self.encoder)

    def model_options(self) -> list[str]:
        """The options that name the model to the oracle's own process; without any, its contract names it."""
        words = [] if self.bundle is None else ["--bundle", str(self.bundle.resolve())]
        return words if self.encoder is None else [*words, "--encoder", self.encoder]

    def directory(self, kind: str) -> Path:
        """Where the run is written."""
        return make_directory(self.out or Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{kind}")


def run_network(options: NetworkOptions, phi: str, *, real_time: bool, hold: bool) -> None:
    """Play one run, to its end or to Ctrl-C, and write its directory; if held, its chain then stands until Ctrl-C."""
    if real_time and options.kills:
        raise SettingsError(
            "--kill is of --time driven; in real time, kill a process of `catalyst node` or `catalyst oracle` yourself"
        )
    console = Console()
    plan = options.plan(options.controller(phi))
    directory = options.directory(f"network-{phi}")
    with ExitStack() as held:
        with RunView(phi, plan, console) as view:
            run = playing(plan, view.take, real_time=real_time, model_options=options.model_options())
            played, standing = held.enter_context(run)
        write_run(
            directory,
            name=phi,
            plan=plan,
            rounds=played.rounds,
            transactions=played.transactions,
            blocks=played.blocks,
            summary=played.summary,
        )
        _show(console, {phi: played})
        console.print(f"written to {directory}")
        if hold:
            _hold(standing)


def _hold(standing: Standing) -> None:
    """Wait for Ctrl-C."""
    click.echo(f"the chain stands at {standing.url} until Ctrl-C; recompute its reports in another terminal:")
    click.echo(f"catalyst verify --rpc {standing.url} --deployments {standing.deployments} --all")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def run_compare(options: NetworkOptions) -> None:
    """Play the three runs and write their directories and the page."""
    console = Console()
    controllers = {phi: options.controller(phi) for phi in ("off", "feedback", "oracle")}
    directory = options.directory("compare")
    runs = compare(options.plan(None), controllers, directory, lambda name, plan: RunView(name, plan, console))
    _show(console, runs)
    for line in verdicts(runs):
        console.print(line)
    console.print(f"written to {directory}; open {directory / 'report.html'}")


def _show(console: Console, runs: dict[str, Played]) -> None:
    table = Table("", *(decider(phi) for phi in runs), title="figures, in units of the target interval T")
    summaries = {name: asdict(played.summary) for name, played in runs.items()}
    for key, words, _ in (("rounds", "rounds", None), ("sent", "transactions sent", None), *FIGURES):
        table.add_row(words, *(f"{summary[key]:.4g}" for summary in summaries.values()))
    errors = (f"{played.audit.max_relative_error:.1e}" for played in runs.values())
    table.add_row("largest relative error on chain", *errors)
    console.print(table)
