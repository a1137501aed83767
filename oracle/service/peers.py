"""The signatures of other operators, pulled from their daemons. Nothing that a peer says is taken on trust.

A signature proves itself: it recovers to an operator over the digest that was derived here. So a peer that lies, hangs
or answers rubbish costs its own signature and no more.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass

from pydantic import ValidationError

from oracle.chain.http_client import BadStatus, Bounds, HttpClient, RequestFailed, TimedOut
from oracle.chain.redact import distinct_urls
from oracle.client.answers import ReportFields, SignaturesAnswer
from oracle.report.signing import CompactSignature, Report, signer_of
from oracle.service.derive import Derived
from oracle.service.signatures import compact_of, report_as_json

log = logging.getLogger(__name__)

_BOUNDS = Bounds(connect_seconds=1.0, wait_seconds=3.0, whole_seconds=3.0, most_bytes=256 * 1024)
_STEP_WAITS_SECONDS = 1.0  # for peers; those that take longer are asked by the next step


class PeerAway(Exception):
    """A peer gives no answer; says so in words."""


@dataclass(frozen=True)
class PeerState:
    """What a peer said last."""

    url: str  # as it may be shown
    reachable: bool
    agrees: bool | None  # with our digest, for the same epoch and reference block; None where it signed none there
    says: str  # in words
    is_awaited: bool = False  # it may sign yet


class Peers:
    """The daemons of other operators."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.urls = tuple(url.rstrip("/") for url in urls)
        self._clients = {url: peer_client(url) for url in self.urls}
        self._shown = dict(zip(self.urls, distinct_urls(self.urls), strict=True))
        self._pool = ThreadPoolExecutor(max(1, len(urls)), thread_name_prefix="peer")
        self._asked: dict[str, tuple[Derived, Future[SignaturesAnswer]]] = {}  # under way: our report, their answer
        # Of the report that is due: its digest, the signatures that were found, and peers that need not be asked again.
        self._digest: bytes | None = None
        self._found: dict[int, CompactSignature] = {}
        self._heard: set[str] = set()
        self.states: dict[str, PeerState] = {}  # by URL as shown
        self.agreed: dict[str, bool] = {}  # by URL as shown: with the last report that both sides signed
        self.disagreements = dict.fromkeys(self._shown.values(), 0)  # reports that each signed otherwise than we did

    def ask(self, derived: Derived) -> None:
        """Ask each peer that has not said yet what it signed, and take in what has come; waits for nobody.

        Called at each step while a report is due, so that every operator knows who disagrees, and has the signatures
        when its turn comes.

        Args:
            derived: The report.
        """
        if self._digest != derived.digest:
            self._digest, self._found, self._heard = derived.digest, {}, set()
        self.take_in()
        for url in self.urls:
            if url not in self._heard and url not in self._asked:
                self._asked[url] = (
                    derived,
                    self._pool.submit(copy_context().run, fetch_signatures, self._clients[url], derived.epoch),
                )

    def collect(self, derived: Derived, missing: int) -> Mapping[int, CompactSignature]:
        """Signatures of a report, by operator index: those that are here, and what comes soon.

        Args:
            derived: The report.
            missing: How many are enough; the others are not waited for.
        """
        self.ask(derived)
        deadline = time.monotonic() + _STEP_WAITS_SECONDS
        while len(self._found) < missing and (left := deadline - time.monotonic()) > 0:
            under_way = [future for asked, future in self._asked.values() if asked.digest == derived.digest]
            if not under_way:
                break
            wait(under_way, timeout=left, return_when="FIRST_COMPLETED")
            self.take_in()
        return dict(self._found)

    def take_in(self) -> None:
        """Judge the answers that have come; those about another report than the last are too late to count."""
        for url, (derived, future) in list(self._asked.items()):
            if future.done():
                del self._asked[url]
                valid = self._judged(url, future, derived)
                if derived.digest == self._digest:
                    self._found |= valid

    def close(self) -> None:
        """Ask nobody any more; does not wait for answers under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _judged(self, url: str, future: "Future[SignaturesAnswer]", derived: Derived) -> Mapping[int, CompactSignature]:
        """The valid signatures of an answer; leaves in `states` what is to be said of the peer."""
        shown = self._shown[url]
        try:
            answer = future.result()
        except PeerAway as error:
            self._say(PeerState(shown, False, None, str(error)))
            return {}
        except ValueError as error:
            self._say(PeerState(shown, True, None, f"answers what is no list of signatures: {first_line(error)}"))
            return {}
        valid, state = judge(shown, answer, derived)
        if state.agrees is not None and derived.digest == self._digest:
            self._heard.add(url)
        self._say(state)
        return valid

    def _say(self, state: PeerState) -> None:
        if self.states.get(state.url) != state and state.agrees is not True and not state.is_awaited:
            log.warning("peer %s %s", state.url, state.says)
            self.disagreements[state.url] += state.agrees is False
        self.states[state.url] = state
        if state.agrees is not None:
            self.agreed[state.url] = state.agrees


def peer_client(url: str) -> HttpClient:
    """Where a peer is asked: directly, as operators know each other's machines."""
    return HttpClient(url, by_proxy=False)


def fetch_signatures(client: HttpClient, epoch: int) -> SignaturesAnswer:
    """What a daemon says it signed for an epoch, within bounds on time and size.

    Raises:
        PeerAway: it does not answer in time.
        ValueError: it answers something else, or too much.
    """
    try:
        content = client.get(f"/v1/signatures/{epoch}", _BOUNDS)
    except BadStatus as error:
        raise ValueError(str(error)) from error
    except TimedOut as error:
        raise PeerAway("does not answer in time") from error
    except RequestFailed as error:
        raise PeerAway("does not answer") from error
    return SignaturesAnswer.model_validate_json(content)


def judge(url: str, answer: SignaturesAnswer, derived: Derived) -> tuple[dict[int, CompactSignature], PeerState]:
    """The signatures of an answer that prove themselves, by operator index, and what is to be said of the peer.

    Args:
        url: The peer's, as it may be shown.
        answer: What it answers.
        derived: The report that was derived here.
    """
    reference = "0x" + derived.reference.hash.hex()
    ours = [each for each in answer.signatures if each.reference_hash == reference and answer.epoch == derived.epoch]
    operators = {address: index for index, address in enumerate(derived.inputs.state.operators)}
    valid: dict[int, CompactSignature] = {}
    for each in ours:
        if each.digest != "0x" + derived.digest.hex():
            field, theirs = first_difference(each.report, derived.proposal.report)
            what = f"signed another report for epoch {derived.epoch}: its {field} is {theirs}"
            return {}, PeerState(url, True, False, what)
        signature = compact_of(each.signature)
        index = operators.get(signer_of(derived.digest, signature) or "")
        if index is None:
            return {}, PeerState(url, True, False, f"gives a signature of {each.signer} that is no operator's")
        valid[index] = signature
    if not valid:
        says = f"has not signed epoch {derived.epoch} at block {derived.reference.block} yet"
        return {}, PeerState(url, True, None, says, is_awaited=True)
    return valid, PeerState(url, True, True, f"signed epoch {derived.epoch}")


def first_difference(theirs: ReportFields, ours: Report) -> tuple[str, str]:
    """The first field in which a report differs from ours, in words, and what it holds there."""
    mine = report_as_json(ours)
    names = ("window_hash", "from_block", "to_block", "model_hash", "phi_hash", "deadline", "epoch")
    words = ("window", "first block", "last block", "model", "φ", "deadline", "epoch")
    for name, word in zip(names, words, strict=True):
        value = getattr(theirs, name)
        if value != mine[name]:
            return word, f"{value}, and ours {mine[name]}"
    return "digest", "of the same fields: it is for another chain or contract"


def first_line(error: ValueError) -> str:
    """What is wrong with an answer, short enough for a log."""
    text = str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)
    return text.splitlines()[0][:200] if text else type(error).__name__
