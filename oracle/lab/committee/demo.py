"""`catalyst committee`: four operators as processes; one is killed, later one lies, and every epoch is applied."""

import time
from collections.abc import Callable

import requests

from oracle.errors import CatalystError
from oracle.lab.committee.processes import Operators, started
from oracle.lab.committee.reports import applied_reports
from oracle.lab.committee.site import Site, SitePlan, new_site
from oracle.lab.faults.members import Behaviour, Member
from oracle.model.bundle import DEFAULT_BUNDLE, load_bundle

OPERATORS, THRESHOLD = 4, 3
EPOCH_BLOCKS, DEPTH_BLOCKS, TAKEOVER_BLOCKS = 8, 2, 2
_BLOCK_TRANSACTIONS = 20
_BLOCK_SECONDS = 0.5  # real seconds at least, and as long as a step of an operator takes
_STEP_SECONDS = 20.0
_OPTIONS = (
    *("--epoch-blocks", str(EPOCH_BLOCKS), "--depth", str(DEPTH_BLOCKS), "--takeover-blocks", str(TAKEOVER_BLOCKS)),
    *("--capacity", str(_BLOCK_TRANSACTIONS), "--poll-seconds", "0.1"),
)
# Epochs, of those that are asked for: which operator is away in them, and how.
_KILLED, _KILLED_EPOCHS = 1, (0.25, 0.5)
_LIAR, _LIAR_EPOCHS = 2, (0.5, 0.75)


def run_committee(epochs: int, say: Callable[[str], None]) -> None:
    """Run it.

    Args:
        epochs: How many reports are to be applied.
        say: Takes a line of progress.

    Raises:
        CatalystError: an epoch was not applied, or twice.
    """
    plan = SitePlan(OPERATORS, THRESHOLD, load_bundle(DEFAULT_BUNDLE).model_hash, _BLOCK_TRANSACTIONS)
    with new_site(plan) as site:
        say(f"chain      {site.chain.name}; a report every {EPOCH_BLOCKS} blocks")
        with started(site, _OPTIONS) as operators:
            say(f"committee  {OPERATORS} operators, of whom {THRESHOLD} must sign")
            say("operators  " + ", ".join(f"{index} at {operators.url(index)}" for index in range(OPERATORS)))
            _Run(site, operators, epochs, say).play()


class _Run:
    """The run, block by block."""

    def __init__(self, site: Site, operators: Operators, epochs: int, say: Callable[[str], None]) -> None:
        self._site, self._operators, self._epochs, self._say = site, operators, epochs, say
        self._first_block = site.chain.head() + 1
        self._told = 0  # the last epoch that was told
        self._liar: Member | None = None
        self._addresses = [bytes.fromhex(each.address[2:]) for each in site.operators]

    def play(self) -> None:
        killed_at, back_at = (max(1, round(share * self._epochs)) for share in _KILLED_EPOCHS)
        lies_at, honest_at = (max(back_at + 1, round(share * self._epochs)) for share in _LIAR_EPOCHS)
        acts = [
            (killed_at, self._kill),
            (back_at, self._start_again),
            (lies_at, self._lie),
            (honest_at, self._be_honest),
        ]
        patience = 3 * EPOCH_BLOCKS * (self._epochs + 1)
        for _ in range(patience):
            if self._told >= self._epochs:
                break
            began = time.monotonic()
            self._operators.check()
            self._site.produce()
            self._tell()
            while acts and self._told >= acts[0][0]:
                acts.pop(0)[1]()
            self._operators.await_block(self._site.chain.head(), _STEP_SECONDS)
            time.sleep(max(0.0, _BLOCK_SECONDS - (time.monotonic() - began)))
        if self._liar is not None:
            self._liar.close()
        self._judge()

    def _tell(self) -> None:
        """A line for each report that was applied since."""
        chain, head = self._site.chain, self._site.chain.head()
        for report in applied_reports(chain, self._site.contracts, head, head):
            self._told = report.epoch
            sender = self._addresses.index(report.sender)
            self._say(
                f"epoch {report.epoch:<4} blocks to {report.to_block}, applied in block {report.block}, "
                f"sent by operator {sender}, signed by {', '.join(map(str, report.signers))}"
            )

    def _kill(self) -> None:
        self._operators.kill(_KILLED)
        self._say(f"killed     operator {_KILLED}, by SIGKILL")

    def _start_again(self) -> None:
        self._operators.start(_KILLED)
        self._operators.await_answers([_KILLED])
        self._say(f"started    operator {_KILLED} again")

    def _lie(self) -> None:
        """Put a liar in the place of an operator: it signs another digest than what all others derive."""
        self._operators.stop(_LIAR)
        self._liar = Member(
            Behaviour.OTHER_DIGEST,
            port=self._operators.ports[_LIAR],
            honest_url=self._operators.url(0),
            key=bytes(self._site.operators[_LIAR].key),
        )
        self._say(f"lies       operator {_LIAR}: from now on it signs another digest")

    def _be_honest(self) -> None:
        assert self._liar is not None  # noqa: S101 - it lied before
        disagreeing = [operator for operator in range(OPERATORS) if operator != _LIAR and self._disagrees(operator)]
        self._say(f"noticed    by operators {', '.join(map(str, disagreeing)) or 'none'}, as their metrics say")
        if not disagreeing:
            raise CatalystError("no operator noticed the one that lies")
        self._liar.close()
        self._liar = None
        self._operators.start(_LIAR)
        self._operators.await_answers([_LIAR])
        self._say(f"started    operator {_LIAR} again, honest")

    def _disagrees(self, operator: int) -> bool:
        """Whether an operator's metrics say that the liar's digest is not its own."""
        metrics = requests.get(f"{self._operators.url(operator)}/metrics", timeout=10).text
        return f'catalyst_peer_agrees{{peer="{self._operators.url(_LIAR)}"}} 0.0' in metrics

    def _judge(self) -> None:
        """See on the chain that every epoch was applied, once."""
        reports = list(
            applied_reports(self._site.chain, self._site.contracts, self._first_block, self._site.chain.head())
        )
        epochs = [report.epoch for report in reports]
        if epochs[: self._epochs] != list(range(1, self._epochs + 1)):
            raise CatalystError(f"epochs 1 to {self._epochs} were expected once each; the chain has {epochs}")
        anchor = self._site.contracts.anchor.height
        windows = [(report.to_block - anchor) // EPOCH_BLOCKS for report in reports]
        if windows != list(range(windows[0], windows[0] + len(windows))):
            raise CatalystError(f"an epoch of blocks went without a report: windows end in epochs {windows}")
        self._say(f"all {self._epochs} epochs were applied, each once")
